/**
 * Tools for those who write trust policies: create, explain, lint and merge them.
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
export { explainBlobTrustPolicy, explainTrustPolicy } from './explain.ts';
export type {
  ActionExplanation,
  Comparison,
  IdentityExplanation,
  PolicyExplanation,
  StatementExplanation,
  StoreExplanation,
  TimestampExplanation,
} from './explanation.ts';
export { formatExplanation } from './format-explanation.ts';
export { type LintOptions, lintBlobTrustPolicy, lintTrustPolicy } from './lint.ts';
export type { LintFinding, LintRule, LintSeverity } from './lint-rules.ts';
export type { LintCertificate, LintTrustStore } from './lint-stores.ts';
export {
  type MergedPolicy,
  type MergeOptions,
  mergeBlobTrustPolicies,
  mergeTrustPolicies,
} from './merge.ts';
