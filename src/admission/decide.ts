import { isDigest } from '../encoding/digest.ts';
import { isNotationError, NotationError, type Reason, reasonOf } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { oneLine, quote } from '../errors/quote.ts';
import { checkTimeout, throwIfAborted, untilAborted } from '../net/abort.ts';
import { formatReference, parseReference, type Reference } from '../oci/reference.ts';
import { asCompleted } from '../verifier/as-completed.ts';
import { type Classification, classify } from '../verifier/classify.ts';
import type { Evaluator, EvaluatorSource } from '../verifier/evaluator.ts';
import type { VerifyOptions } from '../verifier/options.ts';
import type { VerificationReport } from '../verifier/report.ts';

/** The classes of verdicts with which an image may be admitted. */
export type AdmittedClass = 'verified' | 'warned' | 'skipped';

/** How images are decided about. */
export interface DecisionOptions {
  /** What decides, such as the result of `createVerifier`. */
  verifier: EvaluatorSource;
  /**
   * The classes of verdicts, as `classify` returns them, with which an image is admitted. All three by default: the trust
   * policy says what is only logged or not verified, and the answer repeats it.
   */
  admit?: readonly AdmittedClass[] | undefined;
  /**
   * What becomes of an image if no verdict could be reached in time: `closed`, the default, refuses it; `open` admits it, and
   * the answer says so. An image that is unsigned or rejected, and one whose reference or policy is at fault, is refused
   * either way.
   */
  fail?: 'closed' | 'open' | undefined;
  /** Milliseconds in which a request is answered; 2,500 by default. Keep it below the timeout of the caller. */
  deadline?: number | undefined;
}

/** What was decided about an image. */
export interface ImageDecision {
  /** The complete reference; as it was given if it is not a valid one. */
  reference: string;
  class: Classification['class'];
  /** Whether trying again can help; only of the class `undecided`. */
  retryable?: boolean;
  admitted: boolean;
  /** The digest that the verdict is about. */
  digest?: string;
  /** Why the image is refused or was not decided about, or the warnings with which it is admitted. */
  reasons: readonly Reason[];
}

/** The checked options. */
export interface Decider {
  readonly admit: readonly AdmittedClass[];
  readonly fail: 'closed' | 'open';
  readonly deadline: number;
}

const CLASSES: readonly AdmittedClass[] = ['verified', 'warned', 'skipped'];
const DEADLINE = 2500;
/** Images that are evaluated at the same time. */
const CONCURRENCY = 16;

/**
 * Checks the options that are not evaluators.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readDecisionOptions(options: Omit<DecisionOptions, 'verifier'>): Decider {
  const { admit = CLASSES, fail = 'closed', deadline = DEADLINE } = options;
  if (!Array.isArray(admit) || !admit.every((name) => CLASSES.includes(name))) {
    throw argumentInvalid(`admit must be an array of ${CLASSES.join(', ')}`);
  }
  if (fail !== 'closed' && fail !== 'open') throw argumentInvalid('fail must be "closed" or "open"');
  checkTimeout(deadline, 'deadline');
  return { admit: [...admit], fail, deadline };
}

/** How one reference is evaluated. */
export type Evaluate = (reference: Reference, options: VerifyOptions) => Promise<VerificationReport>;

/** Returns how what decides now evaluates a reference: it stays the same until the end of the request. */
export function evaluateBy(current: () => Evaluator): Evaluate {
  try {
    const evaluator = current();
    return (reference, options) => evaluator.evaluate(formatReference(reference), options);
  } catch (error) {
    // Without an evaluator each image is undecided.
    return () => Promise.reject(error);
  }
}

/**
 * Decides about images, each once. What has no verdict when the signal is aborted is undecided.
 * @param images - As pods name them: without a registry it is Docker Hub, without a tag `latest`.
 * @returns A decision for each, by the image as it was given.
 */
export async function decideImages(
  images: Iterable<string>,
  evaluate: Evaluate,
  decider: Decider,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ImageDecision>> {
  const decisions = new Map<string, ImageDecision>();
  const spellings = new Map<string, { reference: Reference; images: string[] }>();
  for (const image of new Set(images)) {
    try {
      const reference = parseReference(image, { defaultTag: 'latest' });
      const name = formatReference(reference);
      const spelled = spellings.get(name);
      if (spelled) spelled.images.push(image);
      else spellings.set(name, { reference, images: [image] });
    } catch (error) {
      decisions.set(image, decisionOf(image, error, decider));
    }
  }
  const decided = asCompleted(
    spellings.values(),
    async ({ reference, images }) => {
      const decision = decisionOf(formatReference(reference), await outcomeOf(reference), decider);
      return { images, decision };
    },
    CONCURRENCY,
  );
  for await (const { images, decision } of decided) {
    for (const image of images) decisions.set(image, decision);
  }
  return decisions;

  async function outcomeOf(reference: Reference): Promise<unknown> {
    const what = `the verification of ${quote(formatReference(reference))}`;
    try {
      throwIfAborted(signal, what);
      return await untilAborted(evaluate(reference, { signal }), signal, what);
    } catch (error) {
      return error;
    }
  }
}

/** @param outcome - The report, or whatever was thrown. */
function decisionOf(reference: string, outcome: unknown, { admit, fail }: Decider): ImageDecision {
  const classification = classify(outcome);
  const { class: name } = classification;
  const admitted = admit.some((one) => one === name) || (name === 'undecided' && fail === 'open');
  const report = isNotationError(outcome) ? undefined : (Object(outcome) as Partial<VerificationReport>);
  const digest = report?.artifact?.digest;
  return {
    reference,
    ...classification,
    admitted,
    ...(typeof digest === 'string' && isDigest(digest) && { digest }),
    reasons: reasonsOf(outcome),
  };
}

function reasonsOf(outcome: unknown): readonly Reason[] {
  if (isNotationError(outcome)) return [reasonOf(outcome)];
  const { reason, warnings } = Object(outcome) as Partial<VerificationReport>;
  if (reason) return [reason];
  if (Array.isArray(warnings)) return warnings;
  if (!(outcome instanceof Error)) return [];
  // An evaluator of the user's own may throw anything.
  return [reasonOf(new NotationError('ERR_VERIFICATION_FAILED', oneLine(outcome.message)))];
}

/**
 * Returns the reference to pull: with the digest that was decided about in place of the tag. An image that has a digest, and one
 * of which no digest is known, stays as it is.
 */
export function pinImage(image: string, { digest, admitted }: ImageDecision): string {
  if (!admitted || digest === undefined || image.includes('@')) return image;
  const { registry, repository } = parseReference(image);
  return formatReference({ registry, repository, digest });
}
