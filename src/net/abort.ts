import { isNotationError, NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';

/** The longest time in milliseconds that timers can wait: with a longer one, `setTimeout` does not wait at all. */
export const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * Checks an option that is a time limit in milliseconds.
 * @param option - The name of the option, for the error.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkTimeout(timeout: unknown, option = 'timeout'): void {
  if (typeof timeout === 'number' && timeout > 0 && timeout <= MAX_TIMEOUT) return;
  throw argumentInvalid(`${option} must be a number of milliseconds above 0 and at most ${MAX_TIMEOUT}`);
}

/** The reason of a signal that was aborted because an operation has used up its time. */
export class TimeUsedUp extends Error {}

/**
 * Throws if the signal is aborted.
 * @param what - The work that stops, for the error.
 * @throws NotationError `ERR_TIMEOUT` for a signal of `AbortSignal.timeout`, otherwise `ERR_ABORTED`; the reason of the
 * signal if that is a NotationError.
 */
export function throwIfAborted(signal: AbortSignal | undefined, what = 'the operation'): void {
  if (signal?.aborted) throw abortError(signal, what);
}

/**
 * Throws if the signal is aborted: the failure itself if the signal caused it, because it names the work that was
 * waited for.
 * @throws NotationError As {@link throwIfAborted} does
 */
export function rethrowIfAborted(failure: unknown, signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  if (isNotationError(failure) && [failure, failure.cause].includes(signal.reason)) throw failure;
  throwIfAborted(signal);
}

/**
 * Waits for work, and rejects as soon as the signal is aborted, whether or not the work notices.
 * @param what - The name of the work, for the error.
 * @throws NotationError As {@link throwIfAborted} does
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<T> {
  if (!signal) return work;
  let release: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    release = onAbort(signal, () => reject(abortError(signal, what)));
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    release?.();
  }
}

/**
 * Joins two signals into one that is aborted when either is, with its reason.
 * @returns The signal, and what to call when it is no longer needed.
 */
export function joinSignals(
  a: AbortSignal | undefined,
  b: AbortSignal | undefined,
): { signal: AbortSignal | undefined; release: () => void } {
  if (!a || !b) return { signal: a ?? b, release: () => undefined };
  const controller = new AbortController();
  const releases = [a, b].map((signal) => onAbort(signal, () => controller.abort(signal.reason)));
  return {
    signal: controller.signal,
    release: () => {
      for (const release of releases) release();
    },
  };
}

/**
 * Runs work that must end within a time limit.
 *
 * @param milliseconds - The time limit.
 * @param signal - Stops the work early.
 * @param what - The name of the work, for the error.
 * @param work - Gets a signal that is aborted when the time is up or `signal` is aborted.
 * @throws NotationError `ERR_TIMEOUT`, and as {@link throwIfAborted} does
 */
export async function withDeadline<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal, what);
  const controller = new AbortController();
  const expired = () => new NotationError('ERR_TIMEOUT', `${what} took longer than ${milliseconds} ms`);
  const timer = setTimeout(() => controller.abort(expired()), milliseconds);
  const release = signal && onAbort(signal, () => controller.abort(abortError(signal, what)));
  try {
    return await untilAborted(work(controller.signal), controller.signal, what);
  } finally {
    clearTimeout(timer);
    release?.();
  }
}

/**
 * Waits until the time has passed or the signal is aborted.
 * @param what - The work that the pause is a part of, for the error.
 */
export async function pause(
  milliseconds: number,
  signal: AbortSignal | undefined,
  what: string,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await untilAborted(passed, signal, what);
  } finally {
    clearTimeout(timer);
  }
}

/** The listeners of one signal, which has them as a single listener: Node warns of a leak when a signal has eleven. */
class AbortListeners {
  readonly listeners = new Set<() => void>();

  handleEvent(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

const listenersOf = new WeakMap<AbortSignal, AbortListeners>();

/**
 * Calls a listener when the signal is aborted, at once if it is aborted already.
 * @returns Stops listening.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  const known = listenersOf.get(signal) ?? new AbortListeners();
  listenersOf.set(signal, known);
  known.listeners.add(listener);
  signal.addEventListener('abort', known);
  return () => {
    known.listeners.delete(listener);
    if (known.listeners.size === 0) signal.removeEventListener('abort', known);
  };
}

/** Returns the error of work that stops because its signal is aborted. */
export function abortError({ reason }: AbortSignal, what: string): NotationError {
  if (isNotationError(reason)) return reason;
  if (reason instanceof TimeUsedUp) {
    return new NotationError('ERR_TIMEOUT', `${what} did not end before ${reason.message}`, {
      cause: reason,
    });
  }
  return isTimeout(reason)
    ? new NotationError('ERR_TIMEOUT', `${what} did not end before the deadline of the signal`, {
        cause: reason,
      })
    : new NotationError('ERR_ABORTED', `${what} was aborted`, { cause: reason });
}

/** Reports whether `AbortSignal.timeout` aborted a signal with this reason. */
function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}
