import {
  OPERATION_LIMITS,
  type OperationBudget,
  type OperationLimits,
  readLimits,
  withBudget,
} from '../net/budget.ts';

/**
 * The limits of signing one artifact. Signing that exceeds its time fails with `ERR_TIMEOUT`, signing that exceeds its
 * requests or bytes with `ERR_BUDGET_EXCEEDED`.
 */
export interface SigningLimits extends OperationLimits {
  /** Milliseconds; 60,000 by default. The time in which a blob is read from your stream does not count. */
  time?: number | undefined;
  /** HTTP requests, each redirect and each repetition counted; 1,000 by default. */
  requests?: number | undefined;
  /** Bytes that are received from the network, or read from an image layout; 128 MiB (134,217,728) by default. */
  bytes?: number | undefined;
}

/**
 * Signs something within the limits of the caller.
 * @param what - What is signed, for errors.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_TIMEOUT`, `ERR_BUDGET_EXCEEDED`, `ERR_ABORTED`
 */
export function signWithinLimits<T>(
  what: string,
  { limits, signal }: { limits?: SigningLimits | undefined; signal?: AbortSignal | undefined },
  sign: (budget: OperationBudget) => Promise<T>,
): Promise<T> {
  const complete = readLimits<SigningLimits>(OPERATION_LIMITS, limits);
  return withBudget(complete, signal, `the signing of ${what}`, sign);
}
