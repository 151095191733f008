/**
 * Whether certificates are revoked: by OCSP, by CRL, and from replies that were collected before.
 *
 * @packageDocumentation
 */
export type { HashName } from '../../crypto/types.ts';
export type {
  CertificateStatus,
  RevocationChecker,
  RevocationCheckOptions,
  RevocationLookup,
} from '../revocation-status.ts';
export type { Cache, KeyValueDriver } from './cache.ts';
export { createRevocationChecker, type RevocationCheckerOptions } from './checker.ts';
export { type Collectable, type CollectableReport, collectRevocation } from './collect.ts';
export { type FromResponsesOptions, fromResponses } from './from-responses.ts';
export type { CertIdHash } from './ocsp-request.ts';
