import { argumentInvalid } from '../errors/notation-error.ts';

/**
 * Reads the caller's clock; the default is the clock of the machine.
 * @returns A copy of the date that the clock returns.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for anything but a function that returns a valid date
 */
export function readClock(clock: () => Date = () => new Date()): Date {
  const time = typeof clock === 'function' ? clock() : undefined;
  const copy = new Date(typeof time?.getTime === 'function' ? time.getTime() : Number.NaN);
  if (!Number.isNaN(copy.getTime())) return copy;
  throw argumentInvalid('clock must be a function that returns a valid Date');
}
