import type { SourceLocation } from '../encoding/source-location.ts';
import { readUserMetadata } from '../envelope/payload.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { readLimits } from '../net/budget.ts';
import type { Reference } from '../oci/reference.ts';
import { requireRegistry } from '../storage/artifact.ts';
import { VERIFICATION_LIMITS, type VerificationLimits } from '../storage/limits.ts';
import { readIndexTarget } from './evaluate-in-index.ts';
import { readPlatforms } from './evaluate-platforms.ts';
import type { EvaluationResult } from './evaluation-result.ts';
import type { VerifierOptions, VerifyOptions } from './options.ts';

/** A reference, and where it is written. */
export interface LocatedReference {
  /** As `evaluate` takes it. */
  readonly reference: string | Reference;
  /** Copied to the result. */
  readonly location?: SourceLocation | undefined;
}

/** One of many references to evaluate. */
export type ListedReference = string | Reference | LocatedReference;

/** How far an evaluation of many references has come. */
export interface EvaluationProgress {
  /** How many references have a result. */
  done: number;
  /** How many references there are; absent unless they were given as an array. */
  total?: number;
}

/** The options of an evaluation of many references; those of one verification apply to each. */
export interface EvaluateAllOptions extends VerifyOptions {
  /** How many references are evaluated at the same time: 1 to 256, 8 by default. */
  concurrency?: number | undefined;
  /**
   * Called with each result as soon as there is one, in the order of completion. An error that it throws ends the
   * evaluation with that error.
   */
  onResult?: ((result: EvaluationResult, progress: EvaluationProgress) => void) | undefined;
  /**
   * The time by which the evaluation of all must end, as a `Date` or in milliseconds since 1970; none by default. The
   * references that have no result by then get the error `ERR_TIMEOUT`, which is `undecided`.
   */
  deadline?: Date | number | undefined;
}

const MAX_CONCURRENCY = 256;
/** The year 1973: a smaller number is taken for a duration. */
const EARLIEST_DEADLINE = 1e11;

/** The options of an evaluation, checked: the time of the deadline in milliseconds since 1970. */
export interface EvaluateAllRequest extends EvaluateAllOptions {
  readonly concurrency: number;
  readonly deadline: number | undefined;
}

/**
 * Checks the arguments of an evaluation of many references, so that a mistake is found before any request.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`
 */
export function readEvaluateAllOptions(
  references: unknown,
  options: EvaluateAllOptions,
  { registry, limits }: Pick<VerifierOptions, 'registry' | 'limits'>,
): EvaluateAllRequest {
  const { concurrency = 8, onResult, deadline, platforms, index, userMetadata } = options;
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(references);
  if (typeof references === 'string' || (typeof sync !== 'function' && typeof async !== 'function')) {
    throw argumentInvalid('references must be an array of references, or another iterable of them');
  }
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY) {
    throw argumentInvalid(`concurrency must be a whole number from 1 to ${MAX_CONCURRENCY}`);
  }
  if (onResult !== undefined && typeof onResult !== 'function') {
    throw argumentInvalid('onResult must be a function');
  }
  requireRegistry(registry);
  if (platforms !== undefined) readPlatforms(platforms);
  if (index !== undefined) readIndexTarget(index, platforms);
  readUserMetadata(userMetadata);
  readLimits<VerificationLimits>(VERIFICATION_LIMITS, limits, options.limits);
  return { ...options, concurrency, deadline: readDeadline(deadline) };
}

function readDeadline(deadline: unknown): number | undefined {
  if (deadline === undefined) return undefined;
  const time = deadline instanceof Date ? deadline.getTime() : deadline;
  if (typeof time === 'number' && time >= EARLIEST_DEADLINE && time < Number.POSITIVE_INFINITY) return time;
  throw argumentInvalid(
    'deadline must be a time, as a Date or in milliseconds since 1970; for a duration write new Date(Date.now() + 30_000)',
  );
}
