import { VALIDATIONS } from '../levels.ts';
import type { StatementBase, ValidationAction, ValidationActions, ValidationType } from '../types.ts';

const STRICTNESS: Readonly<Record<ValidationAction, number>> = { skip: 0, log: 1, enforce: 2 };

/** Returns the validations whose action is less strict than the other one. */
export function weakerActions(actions: ValidationActions, others: ValidationActions): ValidationType[] {
  return VALIDATIONS.filter((type) => STRICTNESS[actions[type]] < STRICTNESS[others[type]]);
}

/** Returns what a statement requires less strictly than another; empty if nothing. */
export function weakerThan(statement: StatementBase, other: StatementBase): string[] {
  const weaker: string[] = weakerActions(statement.actions, other.actions);
  if (statement.trustedIdentities === '*' && other.trustedIdentities !== '*')
    weaker.push('trustedIdentities');
  return weaker;
}
