import type { Report } from './policy-problems.ts';
import type { RawStatement } from './schema.ts';
import type { ValidationActions, ValidationType, VerificationLevel } from './types.ts';

/** What a level governs, in the order of verification. */
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

/** What each level does before overrides. */
export const LEVELS: Readonly<Record<VerificationLevel, ValidationActions>> = {
  strict,
  permissive,
  audit,
  skip,
};

/** The actions of a level with its overrides applied; which overrides there may be is in the schema. */
export function resolveActions(
  { level, override }: RawStatement['signatureVerification'],
  report: Report,
): ValidationActions {
  const overrides = Object.entries(override ?? {}).filter(([, action]) => action !== undefined);
  if (level === 'skip' && overrides.length > 0) {
    report(
      'signatureVerification.override is of no use at the level "skip"; remove it or choose another level',
    );
  }
  return { ...LEVELS[level], ...Object.fromEntries(overrides) };
}
