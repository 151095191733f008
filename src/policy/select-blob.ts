import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { requireParsed } from './levels.ts';
import { quoteList } from './policy-problems.ts';
import type { BlobTrustPolicy, BlobTrustPolicyStatement } from './types.ts';

/**
 * Selects the statement that applies to a blob: the one of the given name, or without a name the one with
 * `globalPolicy`. The global statement is not a fallback: a name that no statement has selects nothing.
 *
 * @param policy - A policy of {@link parseBlobTrustPolicy}.
 * @param name - The name of the statement, compared character by character; without it the global statement applies.
 * @returns The statement.
 * @throws NotationError `ERR_POLICY_NOT_APPLICABLE` if no statement applies: the blob is untrusted; `ERR_ARGUMENT_INVALID`
 * for a policy of another origin
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#selecting-a-trust-policy
 * (rules TP-14, TP-15)
 *
 * @example
 * ```ts
 * import { parseBlobTrustPolicy, selectBlobStatement } from 'notarykit/policy';
 *
 * const policy = parseBlobTrustPolicy({
 *   version: '1.0',
 *   trustPolicies: [
 *     { name: 'unsigned tools', signatureVerification: { level: 'skip' } },
 *     {
 *       name: 'the rest',
 *       signatureVerification: { level: 'strict' },
 *       trustStores: ['ca:acme'],
 *       trustedIdentities: ['*'],
 *       globalPolicy: true,
 *     },
 *   ],
 * });
 * console.log(selectBlobStatement(policy).name); // the rest
 * console.log(selectBlobStatement(policy, 'unsigned tools').name); // unsigned tools
 * ```
 */
export function selectBlobStatement(policy: BlobTrustPolicy, name?: string): BlobTrustPolicyStatement {
  const { statements } = policy;
  const wanted = statements.find((statement) =>
    name === undefined ? statement.globalPolicy : statement.name === name,
  );
  if (wanted) return requireParsed(wanted, 'parseBlobTrustPolicy');
  const problem =
    name === undefined
      ? 'no statement of the blob trust policy has globalPolicy, so a statement name is required'
      : `no statement of the blob trust policy has the name ${quote(name)}`;
  const names = quoteList(statements.map((statement) => statement.name));
  throw new NotationError('ERR_POLICY_NOT_APPLICABLE', `${problem}; its statements are ${names}`);
}
