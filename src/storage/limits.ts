import { type Complete, OPERATION_LIMITS, type OperationLimits } from '../net/budget.ts';

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
  ...OPERATION_LIMITS,
  time: 10_000,
  signatures: 100,
};

/**
 * The limits of `copySignatures`. A copy that exceeds its time fails with `ERR_TIMEOUT`, one that exceeds its requests
 * or bytes with `ERR_BUDGET_EXCEEDED`; what has been copied stays.
 */
export interface CopyLimits extends OperationLimits {
  /** Milliseconds; ten minutes (600,000) by default, an hour (3,600,000) with `artifact`. */
  time?: number | undefined;
  /** HTTP requests to both registries, each redirect and each repetition counted; 10,000 by default. */
  requests?: number | undefined;
  /** Bytes that are read or received; 1 GiB (1,073,741,824) by default, with `artifact` in addition to `maxArtifactBytes`. */
  bytes?: number | undefined;
  /** The most signatures to copy of each manifest; 100 by default. */
  signatures?: number | undefined;
}

/**
 * Returns the limits of a copy that apply unless the caller sets others.
 * @param artifactBytes - The most bytes of the artifact, if it is copied as well.
 */
export function copyLimits(artifactBytes: number | undefined): Complete<CopyLimits> {
  return {
    time: artifactBytes === undefined ? 600_000 : 3_600_000,
    requests: 10_000,
    bytes: 1024 * 1024 * 1024 + (artifactBytes ?? 0),
    signatures: VERIFICATION_LIMITS.signatures,
  };
}
