/**
 * Trust policies: which signatures an artifact must have, who must have signed, and what a failed validation does.
 *
 * @packageDocumentation
 */
export { type DistinguishedName, isSubset, parseDistinguishedName } from './distinguished-name.ts';
export { matchIdentity } from './identities.ts';
export { parseTrustPolicy, type TrustPolicyInput, type TrustPolicyOptions } from './parse.ts';
export { parseBlobTrustPolicy } from './parse-blob.ts';
export { selectStatement } from './select.ts';
export { selectBlobStatement } from './select-blob.ts';
export { missingMandatoryAttributes, subjectIdentity } from './subject-identity.ts';
export {
  type BlobTrustPolicyDocument,
  type StatementDocument,
  type TrustPolicyDocument,
  toBlobTrustPolicyDocument,
  toTrustPolicyDocument,
  type VerificationOverride,
} from './to-document.ts';
export type {
  BlobTrustPolicy,
  BlobTrustPolicyStatement,
  Dialect,
  NamedStore,
  PolicyOf,
  StatementBase,
  TrustedIdentity,
  TrustPolicy,
  TrustPolicyStatement,
  TrustStoreType,
  ValidationAction,
  ValidationActions,
  ValidationType,
  VerificationLevel,
} from './types.ts';
