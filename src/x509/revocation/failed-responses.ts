import { BoundedCache } from '../../encoding/bounded-cache.ts';
import { type ErrorCode, isNotationError, NotationError } from '../../errors/index.ts';

/** Milliseconds for which a failure is remembered. */
const REMEMBERED = 60_000;
/** Limit of the failures in memory, in bytes. */
const MAX_BYTES = 1024 * 1024;
/** Codes of responses that no caller can use. A failed request may succeed the next time. */
const CODES: readonly ErrorCode[] = ['ERR_CRL_INVALID', 'ERR_ENCODING_INVALID', 'ERR_LIMIT_EXCEEDED'];

/**
 * Remembers responses that could not be used, so that a hostile one of many megabytes is fetched and read once a minute
 * instead of with each verification.
 */
export class FailedResponses {
  readonly #failures = new BoundedCache<NotationError>(MAX_BYTES);

  /** Throws the failure that is remembered under a key, if there is one. */
  throwIfKnown(key: string): void {
    const error = this.#failures.get(key);
    if (error) throw error;
  }

  /** Does the work that gets a response, and remembers its failure if that is the fault of the response. */
  async watch<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isNotationError(error) && CODES.includes(error.code)) this.#remember(key, error);
      throw error;
    }
  }

  #remember(key: string, { code, message }: NotationError): void {
    const expires = Date.now() + REMEMBERED;
    const when = new Date(expires).toISOString();
    const error = new NotationError(code, `${message}; it is not fetched again before ${when}`);
    this.#failures.set(key, error, { bytes: 2 * error.message.length, expires });
  }
}
