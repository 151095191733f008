import ky, { HTTPError } from 'ky';
import { discard } from './body.ts';
import { backoff, MAX_DELAY, OVERLOADED } from './retry.ts';
import type { Send } from './transport.ts';

/**
 * Makes a sender, based on ky, that repeats idempotent requests if the connection fails or the peer is overloaded.
 *
 * @param fetch - Used instead of `globalThis.fetch`, and called with a `Request`.
 * @param limit - How often a request is repeated at most.
 */
export function createRepeatingSend(fetch: typeof globalThis.fetch | undefined, limit: number): Send {
  const client = ky.create({
    // Called without a receiver: the fetch of browsers accepts no other than the global object.
    ...(fetch && { fetch: (input, init) => fetch(input, init) }),
    timeout: false,
    throwHttpErrors: (status) => OVERLOADED.includes(status),
    retry: {
      limit,
      methods: ['get', 'head', 'put', 'delete'],
      statusCodes: [...OVERLOADED],
      maxRetryAfter: MAX_DELAY,
      delay: (count) => backoff(count - 1),
    },
    hooks: {
      beforeRetry: [({ error }) => discard(error instanceof HTTPError ? error.response.body : null)],
    },
  });
  return async (url, init, onRepeat) => {
    try {
      return await client(url, { ...init, hooks: { beforeRetry: [onRepeat] } });
    } catch (error) {
      // Only the response is used: the error holds the request with its credentials.
      if (error instanceof HTTPError) return error.response;
      throw error;
    }
  };
}
