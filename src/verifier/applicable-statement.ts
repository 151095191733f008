import { NotationError } from '../errors/index.ts';
import { statementForReference } from '../policy/select.ts';
import type { TrustPolicy, TrustPolicyStatement } from '../policy/types.ts';

/**
 * Returns the statement that applies to a repository, or the error that rejects the artifact if no statement does.
 * @see docs/specification.md, rule TP-11
 */
export function applicableStatement(
  policy: TrustPolicy,
  repository: string,
  reference: string,
): TrustPolicyStatement | NotationError {
  try {
    return statementForReference(policy, repository, reference);
  } catch (error) {
    if (error instanceof NotationError) return error;
    throw error;
  }
}
