import type { Complete, OperationLimits } from '../net/budget.ts';

/**
 * The limits of one verification, or of one inspection. One that exceeds its time fails with `ERR_TIMEOUT`, one that
 * exceeds its requests or bytes with `ERR_BUDGET_EXCEEDED`: no verdict was reached.
 */
export interface VerificationLimits extends OperationLimits {
  /** Milliseconds; 10,000 by default. The time in which a blob is read from your stream does not count. */
  time?: number | undefined;
  /** HTTP requests, each redirect and each repetition counted; 1,000 by default. */
  requests?: number | undefined;
  /**
   * Bytes that are received from the network, or read from an image layout or a registry in memory; 128 MiB (134,217,728)
   * by default. The bytes of a blob of yours do not count.
   */
  bytes?: number | undefined;
  /**
   * Signatures of the artifact that are tried; 100 by default. Each takes two requests or more. If none of them is trusted
   * and there are more, the artifact is rejected with `ERR_LIMIT_EXCEEDED`.
   */
  signatures?: number | undefined;
}

/** The limits that apply unless the caller sets others. */
export const VERIFICATION_LIMITS: Complete<VerificationLimits> = {
  time: 10_000,
  requests: 1000,
  bytes: 128 * 1024 * 1024,
  signatures: 100,
};
