import { argumentInvalid } from '../errors/notation-error.ts';

// Callers may write JavaScript: a value of another type, such as an empty list, must not pass a check unnoticed.

/**
 * Requires a valid date.
 * @param name - Names the argument in the error.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function requireDate(value: unknown, name: string): asserts value is Date {
  if (!isDate(value)) throw argumentInvalid(`${name} must be a valid Date`);
}

/** Reports whether a value is a valid Date, of this realm or another one. */
export function isDate(value: unknown): value is Date {
  const isOfDate = Object.prototype.toString.call(value) === '[object Date]';
  return isOfDate && !Number.isNaN((value as Date).getTime());
}
