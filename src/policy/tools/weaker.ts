import { VALIDATIONS } from '../levels.ts';
import type { StatementBase, ValidationAction, ValidationActions, ValidationType } from '../types.ts';

const STRICTNESS: Readonly<Record<ValidationAction, number>> = { skip: 0, log: 1, enforce: 2 };

/** The validations that some actions take less seriously than others do. */
export function weakened(actions: ValidationActions, others: ValidationActions): ValidationType[] {
  return VALIDATIONS.filter((type) => STRICTNESS[actions[type]] < STRICTNESS[others[type]]);
}

/** In what a statement demands less than another; empty where it does not. */
export function weakerThan(statement: StatementBase, other: StatementBase): string[] {
  const weaker: string[] = weakened(statement.actions, other.actions);
  if (statement.trustedIdentities === '*' && other.trustedIdentities !== '*')
    weaker.push('trustedIdentities');
  return weaker;
}
