import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import type { Report } from './policy-problems.ts';
import type { RawStatement } from './schema.ts';
import type {
  StatementBase,
  ValidationAction,
  ValidationActions,
  ValidationType,
  VerificationLevel,
} from './types.ts';

/** The validations that a level governs, in the order of verification. */
export const VALIDATIONS: readonly ValidationType[] = [
  'integrity',
  'authenticity',
  'authenticTimestamp',
  'expiry',
  'revocation',
];

const strict: ValidationActions = {
  integrity: 'enforce',
  authenticity: 'enforce',
  authenticTimestamp: 'enforce',
  expiry: 'enforce',
  revocation: 'enforce',
};
const permissive: ValidationActions = {
  ...strict,
  authenticTimestamp: 'log',
  expiry: 'log',
  revocation: 'log',
};
const audit: ValidationActions = { ...permissive, authenticity: 'log' };
const skip: ValidationActions = {
  integrity: 'skip',
  authenticity: 'skip',
  authenticTimestamp: 'skip',
  expiry: 'skip',
  revocation: 'skip',
};

const ACTIONS: readonly unknown[] = ['enforce', 'log', 'skip'] satisfies ValidationAction[];

/** The actions of each level before overrides (rule TP-17). */
export const LEVELS: Readonly<Record<VerificationLevel, ValidationActions>> = {
  strict,
  permissive,
  audit,
  skip,
};

/**
 * Applies the overrides to the actions of a level; the schema says which overrides are allowed.
 * @see docs/specification.md, rules TP-19, TP-21
 */
export function resolveActions(
  { level, override }: RawStatement['signatureVerification'],
  report: Report,
): ValidationActions {
  const overrides = Object.entries(override ?? {}).filter(([, action]) => action !== undefined);
  if (level === 'skip' && overrides.length > 0) {
    report(
      ['signatureVerification', 'override'],
      'must be empty at level "skip"; remove it or choose another level',
    );
  }
  return { ...LEVELS[level], ...Object.fromEntries(overrides) };
}

/**
 * Checks that a statement has the values of a parsed policy. With a missing or unknown value a failed validation would
 * have no consequence, or a laxer rule would apply.
 * @param parser - The function that the policy must come from.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function requireParsed<Statement extends StatementBase>(
  statement: Statement,
  parser: string,
): Statement {
  const { name, dialect, level, actions, verifyTimestamp }: Partial<StatementBase> = statement;
  const known =
    typeof level === 'string' &&
    Object.hasOwn(LEVELS, level) &&
    Object.keys(strict).every((type) => ACTIONS.includes(actions?.[type as ValidationType])) &&
    (verifyTimestamp === 'always' || verifyTimestamp === 'afterCertExpiry') &&
    (dialect === 'spec' || dialect === 'extended');
  if (known) return statement;
  throw argumentInvalid(
    `trustPolicy must be the result of ${parser}: its statement ${quote(String(name))} is not`,
  );
}
