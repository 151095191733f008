import { type ErrorCode, errorCodes } from './codes.ts';

/** Options of {@link NotationError}. */
export interface NotationErrorOptions {
  /** The underlying failure, if there is one. */
  cause?: unknown;
  /** What to do about this failure, if more is known about it than its code says: an imperative sentence. */
  nextStep?: string | undefined;
}

/**
 * The one class of error that notarykit throws.
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 *
 * const error = new NotationError('ERR_SIGNATURE_EXPIRED', 'the signature expired on 2025-01-01T00:00:00Z');
 * console.log(error.code, error.nextStep);
 * ```
 */
export class NotationError extends Error {
  override readonly name: string = 'NotationError';
  /** The kind of failure; stable across versions. */
  readonly code: ErrorCode;
  /** The advice: an imperative sentence. */
  readonly nextStep: string;

  /**
   * @param code - The kind of failure.
   * @param message - A sentence, without a full stop, that says what failed and names the offending part.
   * @param options - The underlying failure, and a next step other than that of the code.
   */
  constructor(code: ErrorCode, message: string, options?: NotationErrorOptions) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.nextStep = options?.nextStep ?? errorCodes[code];
  }
}

/**
 * Reports whether a value is a {@link NotationError}.
 *
 * @param error - Any thrown value.
 * @returns Whether it is one.
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 *
 * console.log(isNotationError(new TypeError('something else'))); // false
 * ```
 */
export function isNotationError(error: unknown): error is NotationError;
/**
 * Reports whether a value is a {@link NotationError} with a certain code.
 *
 * @param error - Any thrown value.
 * @param code - The required code.
 * @returns Whether it is one with this code.
 *
 * @example
 * ```ts
 * import { isNotationError, NotationError } from 'notarykit/errors';
 *
 * try {
 *   throw new NotationError('ERR_NOT_FOUND', 'no such manifest');
 * } catch (error) {
 *   if (!isNotationError(error, 'ERR_NOT_FOUND')) throw error;
 * }
 * ```
 */
export function isNotationError<Code extends ErrorCode>(
  error: unknown,
  code: Code,
): error is NotationError & { readonly code: Code };
export function isNotationError(error: unknown, code?: ErrorCode): error is NotationError {
  return error instanceof NotationError && (code === undefined || error.code === code);
}

/** A failure as plain data, which survives `structuredClone` and `JSON.stringify`. */
export interface Reason {
  code: ErrorCode;
  /** The problem, in a sentence. */
  message: string;
  /** The advice: an imperative sentence. */
  nextStep: string;
}

/**
 * Returns a failure as plain data.
 *
 * @param error - The failure.
 * @returns Its code, message and next step, without cause and stack.
 *
 * @example
 * ```ts
 * import { NotationError, reasonOf } from 'notarykit/errors';
 *
 * const reason = reasonOf(new NotationError('ERR_NOT_FOUND', 'no such manifest'));
 * console.log(JSON.stringify(reason));
 * ```
 */
export function reasonOf({ code, message, nextStep }: NotationError): Reason {
  return { code, message, nextStep };
}

/**
 * Makes the error of an invalid argument.
 * @param message - Names the argument and says what it must be.
 */
export function argumentInvalid(message: string, cause?: unknown): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message, { cause });
}

/** Makes an error with the code and the next step of another one, and a message that says more. */
export function withMessage(cause: NotationError, message: string): NotationError {
  return new NotationError(cause.code, message, { cause, nextStep: cause.nextStep });
}
