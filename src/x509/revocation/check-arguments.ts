import { argumentInvalid } from '../../errors/notation-error.ts';
import { requireDate } from '../require.ts';
import type { RevocationCheckOptions } from './certificate-status.ts';
import type { EvaluationTime } from './evaluation.ts';

/**
 * Requires a function for a clock; the default is the clock of the machine.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function requireClock(clock: (() => Date) | undefined): () => Date {
  if (clock === undefined) return () => new Date();
  if (typeof clock !== 'function') throw argumentInvalid('clock must be a function that returns a Date');
  return clock;
}

/**
 * Reads the times of one check. A signing time of another type could come before every invalidity date.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readTimes(
  { now, authenticSigningTime }: RevocationCheckOptions,
  clock: () => Date,
): EvaluationTime {
  const time = now === undefined ? clock() : now;
  requireDate(time, now === undefined ? 'what clock returns' : 'now');
  if (authenticSigningTime !== undefined) requireDate(authenticSigningTime, 'authenticSigningTime');
  return { now: time, authenticSigningTime };
}
