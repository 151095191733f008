import { NotationError } from '../errors/index.ts';
import { selectStatement } from '../policy/select.ts';
import type { TrustPolicy, TrustPolicyStatement } from '../policy/types.ts';

/**
 * The statement that applies to a repository, or why there is none.
 *
 * @param repository - The fully qualified name.
 * @param reference - As it was asked for. Where it is a short name for something on Docker Hub and a registry scope
 * reads like it, no statement applies: the `notation` CLI knows no short names and would mean that scope, which may
 * be stricter than what applies to the whole name.
 */
export function applicableStatement(
  policy: TrustPolicy,
  repository: string,
  reference: string,
): TrustPolicyStatement | NotationError {
  const written = reference.replace(/@.*/s, '').replace(/:[^:/]*$/, '');
  if (written !== repository && hasScope(policy, written)) {
    return new NotationError(
      'ERR_REFERENCE_INVALID',
      `${JSON.stringify(written)} is a registry scope of the trust policy, but the reference stands for ${repository}; ` +
        'write the whole name, or give the reference as an object of registry and repository',
    );
  }
  try {
    return selectStatement(policy, repository);
  } catch (error) {
    if (error instanceof NotationError) return error;
    throw error;
  }
}

function hasScope({ statements }: TrustPolicy, scope: string): boolean {
  return statements.some(({ registryScopes }) => registryScopes.includes(scope));
}
