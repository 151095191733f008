import { selectBlobStatement } from '../select-blob.ts';
import type { BlobTrustPolicy, BlobTrustPolicyStatement } from '../types.ts';
import { checkParsed, explainSelection } from './explain.ts';
import type { Comparison, PolicyExplanation } from './explanation.ts';

/**
 * Explains which statement of a trust policy applies to a blob, and why.
 *
 * @param policy - A policy of {@link parseBlobTrustPolicy}.
 * @param name - The name of the statement that the blob is to be verified by; without it the global one is meant.
 * @returns The explanation, plain data; where no statement applies with the reason instead of a statement.
 * @see Trust Store and Trust Policy Specification, "Selecting a trust policy"
 *
 * @example
 * ```ts
 * import { parseBlobTrustPolicy } from 'notarykit/policy';
 * import { explainBlobTrustPolicy } from 'notarykit/policy/tools';
 *
 * const policy = parseBlobTrustPolicy({
 *   version: '1.0',
 *   trustPolicies: [{ name: 'unsigned tools', signatureVerification: { level: 'skip' } }],
 * });
 * console.log(explainBlobTrustPolicy(policy).reason?.code); // ERR_POLICY_NOT_APPLICABLE
 * ```
 */
export function explainBlobTrustPolicy(policy: BlobTrustPolicy, name?: string): PolicyExplanation {
  checkParsed(policy, 'parseBlobTrustPolicy', 'globalPolicy');
  return {
    ...(name !== undefined && { subject: name }),
    comparisons: policy.statements.map((statement) => compare(statement, name)),
    ...explainSelection(() => selectBlobStatement(policy, name)),
  };
}

function compare(statement: BlobTrustPolicyStatement, name: string | undefined): Comparison {
  const base = { statement: statement.name };
  if (name === undefined) {
    return statement.globalPolicy
      ? { ...base, match: 'global', applies: true, why: 'it has globalPolicy, and no name was given' }
      : { ...base, match: 'none', applies: false, why: 'it has no globalPolicy, and no name was given' };
  }
  if (statement.name === name) {
    return { ...base, match: 'name', applies: true, why: 'it has the name that was given' };
  }
  const why = statement.globalPolicy
    ? 'it has another name, and globalPolicy counts only where no name is given'
    : 'it has another name';
  return { ...base, match: 'none', applies: false, why };
}
