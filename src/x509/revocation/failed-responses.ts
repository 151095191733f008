import { BoundedCache } from '../../encoding/bounded-cache.ts';
import { type ErrorCode, isNotationError, NotationError } from '../../errors/index.ts';

/** Limit of the failures in memory, in bytes. */
const MAX_BYTES = 1024 * 1024;
/**
 * Milliseconds for which a failure is remembered: of responses that no caller can use, and of requests that took all
 * their time. Another failed request costs little, and may succeed the next time.
 */
const REMEMBERED: { readonly [Code in ErrorCode]?: number } = {
  ERR_CRL_INVALID: 60_000,
  ERR_ENCODING_INVALID: 60_000,
  ERR_LIMIT_EXCEEDED: 60_000,
  ERR_TIMEOUT: 10_000,
};

/**
 * Remembers failures that cost a lot, so that a hostile response of many megabytes is fetched and read once a minute, and
 * a responder that does not respond is waited for once in ten seconds, instead of with each verification.
 */
export class FailedResponses {
  readonly #failures = new BoundedCache<NotationError>(MAX_BYTES);

  /** Throws the failure that is remembered under a key, if there is one. */
  throwIfKnown(key: string): void {
    const error = this.#failures.get(key);
    if (error) throw error;
  }

  /** Does the work that gets a response, and remembers its failure if it would cost as much again. */
  async watch<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isNotationError(error)) this.#remember(key, error);
      throw error;
    }
  }

  #remember(key: string, { code, message }: NotationError): void {
    const remembered = REMEMBERED[code];
    if (remembered === undefined) return;
    const expires = Date.now() + remembered;
    const when = new Date(expires).toISOString();
    const error = new NotationError(code, `${message}; it is not fetched again before ${when}`);
    this.#failures.set(key, error, { bytes: 2 * error.message.length, expires });
  }
}
