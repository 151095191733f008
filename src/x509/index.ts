/**
 * Certificates, the chain profile of the specification, distinguished names and trust stores.
 *
 * @packageDocumentation
 */
export type { HashName } from '../crypto/types.ts';
export {
  type Certificate,
  type CertificateInput,
  parseCertificate,
  parseCertificates,
} from './certificate.ts';
export { checkSigningChain, checkValidAt } from './chain.ts';
export {
  type Dialect,
  type DistinguishedName,
  type DistinguishedNameAttribute,
  formatDistinguishedName,
  isSubset,
  missingMandatoryAttributes,
  parseDistinguishedName,
  subjectIdentity,
} from './distinguished-name.ts';
export type { CertificateExtensions, KeyUsage, RevocationPointers } from './extensions.ts';
export { type Name, type NameAttribute, subjectText } from './name.ts';
export type { PublicKeyInfo } from './public-key.ts';
export type {
  CertificateStatus,
  RevocationChecker,
  RevocationCheckOptions,
  RevocationLookup,
} from './revocation-status.ts';
export type { CertificateSignatureAlgorithm } from './signature.ts';
export type {
  IssuedTimestamp,
  TimestampExpectation,
  Timestamper,
  TimestampVerifier,
  VerifiedTimestamp,
} from './timestamp-verifier.ts';
export {
  createTrustStore,
  type TrustStore,
  type TrustStoreContent,
  type TrustStoreType,
} from './trust-store.ts';
