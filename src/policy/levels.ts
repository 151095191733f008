import type { Report } from './policy-problems.ts';
import type { RawStatement } from './schema.ts';
import type { ValidationActions, ValidationType, VerificationLevel } from './types.ts';

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

/** The actions of each level before overrides. */
export const LEVELS: Readonly<Record<VerificationLevel, ValidationActions>> = {
  strict,
  permissive,
  audit,
  skip,
};

/** Applies the overrides to the actions of a level; the schema says which overrides are allowed. */
export function resolveActions(
  { level, override }: RawStatement['signatureVerification'],
  report: Report,
): ValidationActions {
  const overrides = Object.entries(override ?? {}).filter(([, action]) => action !== undefined);
  if (level === 'skip' && overrides.length > 0) {
    report('signatureVerification.override must be empty at level "skip"; remove it or choose another level');
  }
  return { ...LEVELS[level], ...Object.fromEntries(overrides) };
}
