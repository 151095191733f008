import { NotationError } from '../errors/index.ts';

/** @throws NotationError `ERR_ABORTED` when the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

/**
 * The outcome of work, or `ERR_ABORTED` as soon as the signal is aborted, whether or not the work notices.
 */
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

/** A signal that is aborted when either is; it is released when nobody needs it any more. */
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
 * Runs work that must end within a time.
 *
 * @param milliseconds - The time.
 * @param signal - Stops the work early.
 * @param what - Names the work in the error.
 * @param work - Given a signal that is aborted when time is up or the other signal is.
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

/** Waits, unless the signal is aborted. */
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
