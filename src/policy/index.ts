/**
 * Trust policies: which signatures an artifact must have, by whom, and what a failed validation does; and tools to
 * make, explain, check and merge them.
 *
 * @packageDocumentation
 */
export {
  createBlobTrustPolicy,
  createTrustPolicy,
  type NewBlobTrustPolicyStatement,
  type NewStatement,
  type NewTrustPolicyStatement,
} from './create.ts';
export {
  type BlobTrustPolicyDocument,
  type StatementDocument,
  type TrustPolicyDocument,
  toBlobTrustPolicyDocument,
  toTrustPolicyDocument,
  type VerificationOverride,
} from './document.ts';
export { explainTrustPolicy } from './explain.ts';
export { explainBlobTrustPolicy } from './explain-blob.ts';
export type {
  ActionExplanation,
  Comparison,
  IdentityExplanation,
  PolicyExplanation,
  StatementExplanation,
  StoreExplanation,
  TimestampExplanation,
} from './explanation.ts';
export type { LintFinding, LintRule, LintSeverity } from './finding.ts';
export { formatExplanation } from './format-explanation.ts';
export { matchIdentity } from './identities.ts';
export { type LintOptions, lintBlobTrustPolicy, lintTrustPolicy } from './lint.ts';
export type { LintCertificate, LintTrustStore } from './lint-stores.ts';
export {
  type MergedPolicy,
  type MergeOptions,
  mergeBlobTrustPolicies,
  mergeTrustPolicies,
} from './merge.ts';
export { parseTrustPolicy, type TrustPolicyInput, type TrustPolicyOptions } from './parse.ts';
export { parseBlobTrustPolicy } from './parse-blob.ts';
export { selectStatement } from './select.ts';
export { selectBlobStatement } from './select-blob.ts';
export type {
  BlobTrustPolicy,
  BlobTrustPolicyStatement,
  Dialect,
  DistinguishedName,
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
