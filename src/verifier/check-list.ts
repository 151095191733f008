import { NotationError, type Reason, reasonOf } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { rethrowIfAborted } from '../net/abort.ts';
import type { ValidationAction } from '../policy/types.ts';
import type { Check, CheckName, FailedCheck } from './report.ts';

/** The checks of one signature, in the order in which they were planned (rule VER-5). */
export class CheckList {
  readonly #checks = new Map<CheckName, Check>();
  #rejection: FailedCheck | undefined;

  /** Notes a check that has not been run yet. */
  plan(name: CheckName, action: ValidationAction): void {
    this.#checks.set(name, { name, action, result: action === 'skip' ? 'skipped' : 'notRun' });
  }

  /** Notes the result of a check, unless it failed before. */
  record(check: Check): void {
    if (this.get(check.name)?.result === 'failed') return;
    this.#checks.set(check.name, check);
    if (check.result === 'failed' && check.action === 'enforce') this.#rejection ??= check;
  }

  get(name: CheckName): Check | undefined {
    return this.#checks.get(name);
  }

  /** The first failure that the policy enforces. */
  get rejection(): FailedCheck | undefined {
    return this.#rejection;
  }

  /** The reasons of the failures that are only logged. */
  get warnings(): Reason[] {
    return this.toArray().flatMap(({ action, reason }) => (action === 'log' && reason ? [reason] : []));
  }

  toArray(): Check[] {
    return [...this.#checks.values()];
  }
}

/** Runs a check and returns its error as the failure; if the caller's signal has aborted, it throws. */
export async function capture<T>(
  work: () => T | Promise<T>,
  signal: AbortSignal | undefined,
): Promise<{ value: T; failure?: undefined } | { value?: undefined; failure: NotationError }> {
  try {
    return { value: await work() };
  } catch (error) {
    rethrowIfAborted(error, signal);
    return { failure: toNotationError(error) };
  }
}

/** Makes the check of a failure, or a passed check without one. */
export function checkOf(
  name: CheckName,
  action: ValidationAction,
  failure: NotationError | undefined,
): Check {
  return failure
    ? { name, action, result: 'failed', reason: reasonOf(failure) }
    : { name, action, result: 'passed' };
}

/** An envelope that makes the runtime throw fails only itself. */
function toNotationError(error: unknown): NotationError {
  if (error instanceof NotationError) return error;
  const message = `the signature envelope cannot be verified: ${quote(error, 300)}`;
  return new NotationError('ERR_ENVELOPE_INVALID', message, { cause: error });
}
