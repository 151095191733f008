/**
 * Trust policies: which signatures an artifact must have, by whom, and what a failed validation does.
 *
 * @packageDocumentation
 */
export { matchIdentity } from './identities.ts';
export { parseTrustPolicy, type TrustPolicyOptions } from './parse.ts';
export { selectStatement } from './select.ts';
export type {
  Dialect,
  DistinguishedName,
  NamedStore,
  TrustedIdentity,
  TrustPolicy,
  TrustPolicyStatement,
  TrustStoreType,
  ValidationAction,
  ValidationActions,
  ValidationType,
  VerificationLevel,
} from './types.ts';
