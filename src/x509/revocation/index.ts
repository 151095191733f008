/**
 * Revocation of certificates: by OCSP, by CRL, and from responses collected before.
 *
 * @packageDocumentation
 */
export type { HashName } from '../../crypto/types.ts';
export type { Cache, KeyValueDriver } from './cache.ts';
export type {
  CertificateStatus,
  RevocationChecker,
  RevocationCheckOptions,
  RevocationLookup,
} from './certificate-status.ts';
export { createRevocationChecker, type RevocationCheckerOptions } from './checker.ts';
export { type Collectable, type CollectableReport, collectRevocation } from './fetch-responses.ts';
export { type FromResponsesOptions, fromResponses } from './given-source.ts';
export type { CertIdHash } from './ocsp-request.ts';
