import { NotationError } from '../errors/index.ts';
import type { ArtifactFacts, BlobFacts, RejectedOutcome } from './report.ts';

/**
 * The error of a blob that is not trusted.
 *
 * @example
 * ```ts
 * import { BlobVerificationError } from 'notarykit/verifier';
 *
 * const explain = (error: unknown) => {
 *   if (!(error instanceof BlobVerificationError)) throw error;
 *   return error.report.reason.code;
 * };
 * console.log(typeof explain);
 * ```
 */
export class BlobVerificationError extends NotationError {
  override readonly name = 'BlobVerificationError';
  readonly report: BlobFacts & RejectedOutcome;

  /** @param report - The report on a rejected blob. */
  constructor(report: BlobFacts & RejectedOutcome) {
    super('ERR_VERIFICATION_FAILED', `the blob is not trusted: ${report.reason.message}`);
    this.report = report;
  }
}

/**
 * The error of an artifact that is not trusted.
 *
 * @example
 * ```ts
 * import { VerificationError } from 'notarykit/verifier';
 *
 * const explain = (error: unknown) => {
 *   if (!(error instanceof VerificationError)) throw error;
 *   return error.report.reason.code;
 * };
 * console.log(typeof explain);
 * ```
 */
export class VerificationError extends NotationError {
  override readonly name = 'VerificationError';
  readonly report: ArtifactFacts & RejectedOutcome;

  /** @param report - The report on a rejected artifact. */
  constructor(report: ArtifactFacts & RejectedOutcome) {
    super('ERR_VERIFICATION_FAILED', `${report.reference} is not trusted: ${report.reason.message}`);
    this.report = report;
  }
}
