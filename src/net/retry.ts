import { isNotationError, type NotationError } from '../errors/index.ts';
import { type Abortable, pause } from './abort.ts';
import type { TransportResponse } from './send.ts';

/** The statuses of a peer that is overloaded, not running or gave up waiting: a later attempt may succeed. */
export const TRANSIENT: readonly number[] = [408, 429, 500, 502, 503, 504];
/** The longest time in milliseconds to wait before a request is repeated, whatever a Retry-After header requires. */
const MAX_DELAY = 5000;
const FIRST_DELAY = 300;

/** Options of {@link withRetries}. */
export interface RetryOptions<T> {
  /** How often an attempt is repeated at most. */
  limit: number;
  signal: Abortable | undefined;
  /** The name of the work, for the error of an aborted signal. */
  what: string;
  /** Reports whether the failure, or the response, may be temporary. */
  mayPass: (outcome: T | NotationError) => boolean;
}

/**
 * Repeats an attempt as long as its outcome may pass, and waits in between: as long as a Retry-After header requires
 * (RFC 9110, section 10.2.3), or by {@link backoff}.
 * @param attempt - Gets the number of attempts before it.
 * @throws What the last attempt throws, `ERR_ABORTED`
 */
export async function withRetries<T extends Pick<TransportResponse, 'headers'>>(
  attempt: (count: number) => Promise<T>,
  { limit, signal, what, mayPass }: RetryOptions<T>,
): Promise<T> {
  for (let count = 0; ; count++) {
    const outcome = await outcomeOf(attempt(count));
    const failed = isNotationError(outcome);
    if (count < limit && !signal?.aborted && mayPass(outcome)) {
      await pause((failed ? undefined : requiredDelay(outcome.headers)) ?? backoff(count), signal, what);
    } else if (failed) {
      throw outcome;
    } else {
      return outcome;
    }
  }
}

/**
 * Returns the milliseconds before a repetition, at random below a limit that doubles, so that clients that failed together
 * do not retry together.
 */
export function backoff(count: number): number {
  return Math.random() * Math.min(MAX_DELAY, FIRST_DELAY * 2 ** count);
}

async function outcomeOf<T>(work: Promise<T>): Promise<T | NotationError> {
  try {
    return await work;
  } catch (error) {
    if (isNotationError(error)) return error;
    throw error;
  }
}

function requiredDelay(headers: TransportResponse['headers']): number | undefined {
  const after = headers.get('retry-after') ?? '';
  const delay = /^\d{1,6}$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
  return delay >= 0 ? Math.min(delay, MAX_DELAY) : undefined;
}
