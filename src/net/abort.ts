import { NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';

/** The longest time in milliseconds that timers can wait: with a longer one, `setTimeout` does not wait at all. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * Checks an option that is a time limit in milliseconds.
 * @param option - The name of the option, for the error.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkTimeout(timeout: unknown, option = 'timeout'): void {
  if (typeof timeout === 'number' && timeout > 0 && timeout <= MAX_TIMEOUT) return;
  throw argumentInvalid(`${option} must be a number of milliseconds above 0 and at most ${MAX_TIMEOUT}`);
}

/** @throws NotationError `ERR_ABORTED` if the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

/** Waits for work, and rejects with `ERR_ABORTED` as soon as the signal is aborted, whether or not the work notices. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(aborted(signal));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

/**
 * Joins two signals into one that is aborted when either is.
 * @returns The signal, and what to call when it is no longer needed.
 */
export function joinSignals(
  a: AbortSignal | undefined,
  b: AbortSignal | undefined,
): { signal: AbortSignal | undefined; release: () => void } {
  if (!a || !b) return { signal: a ?? b, release: () => undefined };
  const controller = new AbortController();
  const [stopA, stopB] = [a, b].map((signal) => () => controller.abort(aborted(signal)));
  if (stopA) a.addEventListener('abort', stopA, { once: true });
  if (stopB) b.addEventListener('abort', stopB, { once: true });
  const release = () => {
    if (stopA) a.removeEventListener('abort', stopA);
    if (stopB) b.removeEventListener('abort', stopB);
  };
  return { signal: controller.signal, release };
}

/**
 * Runs work that must end within a time limit.
 *
 * @param milliseconds - The time limit.
 * @param signal - Stops the work early.
 * @param what - The name of the work, for the error.
 * @param work - Gets a signal that is aborted when the time is up or `signal` is aborted.
 * @throws NotationError `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function withDeadline<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const controller = new AbortController();
  const expired = new NotationError('ERR_TIMEOUT', `${what} took longer than ${milliseconds} ms`);
  const timer = setTimeout(() => controller.abort(expired), milliseconds);
  const abort = () => controller.abort(signal && aborted(signal));
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await untilAborted(work(controller.signal), controller.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** Waits until the time has passed or the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await untilAborted(passed, signal);
  } finally {
    clearTimeout(timer);
  }
}

function aborted({ reason }: AbortSignal): NotationError {
  if (reason instanceof NotationError) return reason;
  return new NotationError('ERR_ABORTED', 'the operation was aborted', { cause: reason });
}
