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

/**
 * The listeners of one signal, which has them as a single listener: Node warns of a leak when a signal has eleven. They are
 * not in a `Set`: that of a signal that lives long leaves copies of itself behind, which V8 allocates as old, and which
 * keep listeners that were removed, with all that they refer to, until V8 collects the old generation.
 */
class AbortListeners {
  readonly #listeners: (() => void)[] = [];

  get isEmpty(): boolean {
    return this.#listeners.length === 0;
  }

  /** @returns Removes the listener. */
  add(listener: () => void): () => void {
    this.#listeners.push(listener);
    return () => {
      const index = this.#listeners.indexOf(listener);
      if (index >= 0) this.#listeners.splice(index, 1);
    };
  }

  handleEvent(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** What stops work. */
export type Abortable = AbortSignal | LazySignal;

/**
 * Does what a controller and its signal do, and makes an `AbortSignal` only when one is read: in Node 20 even those that
 * nothing refers to any more outlive the collections of the young generation.
 */
export class LazySignal {
  aborted = false;
  reason: unknown;
  readonly #listeners = new AbortListeners();
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#listeners.handleEvent();
    this.#controller?.abort(reason);
  }

  /** As the function {@link onAbort} does. */
  onAbort(listener: () => void): () => void {
    if (!this.aborted) return this.#listeners.add(listener);
    listener();
    return () => undefined;
  }
}

/** The reason of a signal that was aborted because an operation has used up its time. */
export class TimeUsedUp extends Error {}

/**
 * Throws if the signal is aborted.
 * @param what - The work that stops, for the error.
 * @throws NotationError `ERR_TIMEOUT` for a signal of `AbortSignal.timeout`, otherwise `ERR_ABORTED`; the reason of the
 * signal if that is a NotationError.
 */
export function throwIfAborted(signal: Abortable | undefined, what = 'the operation'): void {
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
export function untilAborted<T>(work: Promise<T>, signal: Abortable | undefined, what: string): Promise<T> {
  // It may come from a function of the caller's, which may return something other than a promise.
  const promise = Promise.resolve(work);
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const release = onAbort(signal, () => reject(abortError(signal, what)));
    const end =
      <V>(settle: (value: V) => void) =>
      (value: V) => {
        release();
        settle(value);
      };
    promise.then(end(resolve), end(reject));
  });
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
 * @param work - Gets what is aborted when the time is up or `signal` is aborted.
 * @throws NotationError `ERR_TIMEOUT`, and as {@link throwIfAborted} does
 */
export async function withDeadline<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  what: string,
  work: (deadline: LazySignal) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal, what);
  const deadline = new LazySignal();
  const expired = () => new NotationError('ERR_TIMEOUT', `${what} took longer than ${milliseconds} ms`);
  const timer = setTimeout(() => deadline.abort(expired()), milliseconds);
  const release = signal && onAbort(signal, () => deadline.abort(abortError(signal, what)));
  try {
    return await untilAborted(work(deadline), deadline, what);
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
  signal: Abortable | undefined,
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

const listenersOf = new WeakMap<AbortSignal, AbortListeners>();

/**
 * Calls a listener when the signal is aborted, at once if it is aborted already.
 * @returns Stops listening.
 */
export function onAbort(signal: Abortable, listener: () => void): () => void {
  if ('onAbort' in signal) return signal.onAbort(listener);
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  const known = listenersOf.get(signal) ?? new AbortListeners();
  listenersOf.set(signal, known);
  if (known.isEmpty) signal.addEventListener('abort', known);
  const remove = known.add(listener);
  return () => {
    remove();
    if (known.isEmpty) signal.removeEventListener('abort', known);
  };
}

/** Returns the error of work that stops because its signal is aborted. */
export function abortError({ reason }: Pick<Abortable, 'reason'>, what: string): NotationError {
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
