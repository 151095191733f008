import { NotationError, reasonOf } from '../errors/index.ts';
import { throwIfAborted } from '../net/abort.ts';
import type { ValidationAction } from '../policy/types.ts';
import type { Check, CheckName } from './report.ts';

/** A check that was run, and what it found out. */
export interface Outcome<T> {
  check: Check;
  value?: T;
}

/** Runs one check, unless the policy skips it: what it throws is its result. */
export async function run<T>(
  name: CheckName,
  action: ValidationAction,
  signal: AbortSignal | undefined,
  check: () => T | Promise<T>,
): Promise<Outcome<T>> {
  if (action === 'skip') return { check: { name, action, result: 'skipped' } };
  try {
    return { check: { name, action, result: 'passed' }, value: await check() };
  } catch (error) {
    // A check that was broken off has no result, and neither has the whole.
    throwIfAborted(signal);
    return { check: { name, action, result: 'failed', reason: reasonOf(toNotationError(error)) } };
  }
}

/** A check that is not run, because of an earlier one or of the policy. */
export function unrun(name: CheckName, action: ValidationAction): Check {
  return { name, action, result: action === 'skip' ? 'skipped' : 'notRun' };
}

/** Whatever an envelope makes a runtime throw, it fails this envelope only. */
function toNotationError(error: unknown): NotationError {
  if (error instanceof NotationError) return error;
  const message = `the signature envelope cannot be judged: ${String(error).slice(0, 300)}`;
  return new NotationError('ERR_ENVELOPE_INVALID', message);
}
