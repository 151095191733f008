import { type ErrorCode, isNotationError, NotationError } from '../../errors/index.ts';

/** Milliseconds for which a failure is remembered. */
const REMEMBERED = 60_000;
/** Limit of the failures that are remembered; the oldest are forgotten first. */
const MAX_FAILURES = 1000;
/** Codes of responses that no caller can use. A failed request may succeed the next time. */
const CODES: readonly ErrorCode[] = ['ERR_CRL_INVALID', 'ERR_ENCODING_INVALID', 'ERR_LIMIT_EXCEEDED'];

/**
 * Remembers responses that could not be used, so that a hostile one of many megabytes is fetched and read once a minute
 * instead of with each verification.
 */
export class FailedResponses {
  readonly #failures = new Map<string, { error: NotationError; until: number }>();

  /** Throws the failure that is remembered under a key, if there is one. */
  throwIfKnown(key: string): void {
    const failure = this.#failures.get(key);
    if (!failure) return;
    if (Date.now() < failure.until) throw failure.error;
    this.#failures.delete(key);
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
    const until = Date.now() + REMEMBERED;
    const when = new Date(until).toISOString();
    const error = new NotationError(code, `${message}; it is not fetched again before ${when}`);
    this.#failures.delete(key);
    this.#failures.set(key, { error, until });
    if (this.#failures.size <= MAX_FAILURES) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      return;
    }
  }
}
