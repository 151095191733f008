import { NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { requireParsed } from './levels.ts';
import { quoteList } from './policy-problems.ts';
import { isRepository, scopesOf } from './scopes.ts';
import type { TrustPolicy, TrustPolicyStatement } from './types.ts';

/**
 * Selects the statement that applies to a repository: that with the repository itself as a scope, else that with
 * the longest prefix scope (dialect `extended`), else that with the global scope `*`.
 *
 * @param policy - A policy of {@link parseTrustPolicy}.
 * @param repository - Registry and repository without tag or digest, such as `registry.example.com/team/app`;
 * short forms are not expanded.
 * @returns The statement.
 * @throws NotationError `ERR_POLICY_NOT_APPLICABLE` when there is none: the artifact is untrusted;
 * `ERR_REFERENCE_INVALID` for a repository that no scope can name; `ERR_ARGUMENT_INVALID` for a policy of another origin
 * @see Trust Store and Trust Policy Specification, "Selecting a trust policy based on artifact URI"
 *
 * @example
 * ```ts
 * import { parseTrustPolicy, selectStatement } from 'notarykit/policy';
 *
 * const policy = parseTrustPolicy({
 *   version: '1.0',
 *   trustPolicies: [{
 *     name: 'unsigned tools',
 *     registryScopes: ['registry.example.com/tools'],
 *     signatureVerification: { level: 'skip' },
 *   }],
 * });
 * console.log(selectStatement(policy, 'registry.example.com/tools').name); // unsigned tools
 * ```
 */
export function selectStatement(policy: TrustPolicy, repository: string): TrustPolicyStatement {
  if (typeof repository !== 'string') throw argumentInvalid('repository must be a string');
  if (!isRepository(repository)) {
    throw new NotationError(
      'ERR_REFERENCE_INVALID',
      `${quote(repository)} is not a repository that a registry scope can name, "*" included: name the registry by a ` +
        'host name or an IPv4 address, and the repository in lower case, without tag or digest',
    );
  }
  const statement = narrowest(policy, [...scopesOf(repository)]);
  if (statement) return requireParsed(statement, 'parseTrustPolicy');
  const scopes = policy.statements.flatMap(({ registryScopes }) => registryScopes);
  throw new NotationError(
    'ERR_POLICY_NOT_APPLICABLE',
    `no statement of the trust policy applies to ${quote(repository)}; its registry scopes are ${quoteList(scopes)}`,
  );
}

/** One pass over the policy, however many parts the repository has. */
function narrowest({ statements }: TrustPolicy, scopes: readonly string[]): TrustPolicyStatement | undefined {
  const ranks = new Map(scopes.map((scope, rank) => [scope, rank]));
  let best: TrustPolicyStatement | undefined;
  let bestRank = scopes.length;
  for (const statement of statements) {
    for (const scope of statement.registryScopes) {
      const rank = ranks.get(scope) ?? scopes.length;
      if (rank >= bestRank) continue;
      best = statement;
      bestRank = rank;
    }
  }
  return best;
}
