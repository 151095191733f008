/**
 * Revocation of certificates: by OCSP, by CRL, and from responses fetched before.
 *
 * @packageDocumentation
 */
export type { HashName } from '../../crypto/types.ts';
export type { Budget, OperationLimits, Resource } from '../../net/budget.ts';
export type { Cache, KeyValueDriver } from '../../net/external-cache.ts';
export type { CertIdHash } from './cert-id.ts';
export type {
  CertificateStatus,
  RevocationChecker,
  RevocationCheckOptions,
  RevocationLookup,
} from './certificate-status.ts';
export { createRevocationChecker, type RevocationCheckerOptions } from './checker.ts';
export {
  type FetchRevocationResponsesOptions,
  fetchRevocationResponses,
  type RevocationSubject,
  type RevocationSubjectReport,
} from './fetch-responses.ts';
export { createOfflineRevocationChecker, type OfflineRevocationCheckerOptions } from './offline-checker.ts';
