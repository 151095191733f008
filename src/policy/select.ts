import { NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { requireParsed } from './levels.ts';
import { quoteList } from './policy-problems.ts';
import { canonicalRepository, GLOBAL_SCOPE, narrowestOwner } from './scopes.ts';
import type { TrustPolicy, TrustPolicyStatement } from './types.ts';

/**
 * Selects the statement that applies to a repository: that with the repository itself as a scope, else that with
 * the longest prefix scope (dialect `extended`), else that with the global scope `*`.
 *
 * The spelling of the registry does not matter, in the scopes or in the repository: letter case, the ports 80 and 443,
 * leading zeros of a port, the forms of an IPv4 address and the names of Docker Hub (`docker.io/alpine` is
 * `docker.io/library/alpine`). Other names of one registry, such as a DNS alias, are other registries.
 *
 * @param policy - A policy of {@link parseTrustPolicy}.
 * @param repository - Registry and repository without tag or digest, such as `registry.example.com/team/app`. It must
 * begin with the registry: `org/app` is the repository `app` of a registry `org`, not `docker.io/org/app`.
 * @returns The statement.
 * @throws NotationError `ERR_POLICY_NOT_APPLICABLE` if no statement applies: the artifact is untrusted;
 * `ERR_REFERENCE_INVALID` for a repository that no scope can name; `ERR_ARGUMENT_INVALID` for a policy of another origin
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#selecting-a-trust-policy-based-on-artifact-uri
 * (rule TP-10)
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
  const name = canonicalRepository(repository);
  if (name === undefined) {
    throw new NotationError(
      'ERR_REFERENCE_INVALID',
      `${quote(repository)} is not a repository that a registry scope can name, "*" included: name the registry by a ` +
        'host name or an IPv4 address, and the repository in lower case, without tag or digest',
    );
  }
  const owner = narrowestOwner(policy.statements, name);
  if (owner) return requireParsed(owner.statement, 'parseTrustPolicy');
  const scopes = policy.statements.flatMap(({ registryScopes }) => registryScopes);
  throw new NotationError(
    'ERR_POLICY_NOT_APPLICABLE',
    `no statement of the trust policy applies to ${quote(repository)}; its registry scopes are ${quoteList(scopes)}`,
  );
}

/**
 * Selects the statement that applies to what a reference names, and rejects a short name of Docker Hub that reads like
 * a registry scope: `org/app` stands for `docker.io/org/app`, but `notation` knows no short names and would apply the
 * scope `org/app` or `org/*`, which may be stricter.
 *
 * @param repository - Registry and repository that the reference stands for.
 * @param reference - The reference as it was given, with its tag or digest.
 * @throws NotationError as {@link selectStatement}
 * @see docs/specification.md, rule TP-9
 */
export function statementForReference(
  policy: TrustPolicy,
  repository: string,
  reference: string,
): TrustPolicyStatement {
  const written = repositoryOf(reference);
  const name = written === repository ? undefined : canonicalRepository(written);
  if (name !== undefined && name !== canonicalRepository(repository)) {
    const owner = narrowestOwner(policy.statements, name);
    if (owner && owner.scope !== GLOBAL_SCOPE) {
      throw new NotationError(
        'ERR_REFERENCE_INVALID',
        `${quote(written)} is in the registry scope ${quote(owner.scope)} of the trust policy, but the reference stands ` +
          `for ${quote(repository)}; write the whole name, or give the reference as an object of registry and repository`,
      );
    }
  }
  return selectStatement(policy, repository);
}

/** Returns a reference without its tag and digest. */
export function repositoryOf(reference: string): string {
  return reference.replace(/@.*/s, '').replace(/:[^:/]*$/, '');
}
