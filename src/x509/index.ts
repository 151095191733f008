/**
 * Certificates, the chain profile of the specification, distinguished names and trust stores.
 *
 * @packageDocumentation
 */
export type { HashName } from '../crypto/types.ts';
export {
  type DistinguishedNameAttribute,
  formatDistinguishedName,
} from '../encoding/distinguished-name.ts';
export {
  type Certificate,
  type CertificateInput,
  parseCertificate,
  parseCertificates,
} from './certificate.ts';
export { checkSigningChain, checkValidAt } from './chain.ts';
export type { CertificateExtensions, KeyUsage, RevocationPointers } from './extensions.ts';
export { type Name, type NameAttribute, subjectText } from './name.ts';
export type { PublicKeyInfo } from './public-key.ts';
export type { CertificateSignatureAlgorithm } from './signature.ts';
export {
  createTrustStore,
  type TrustStore,
  type TrustStoreType,
} from './trust-store.ts';
