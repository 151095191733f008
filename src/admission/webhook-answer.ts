import { oneLine } from '../errors/quote.ts';
import type { PatchOperation, ReviewAnswer } from './admission-review.ts';
import { type ImageDecision, pinImage } from './decide.ts';
import { cutBytes, explainImage, explainRefusal, MAX_MESSAGE } from './explain.ts';
import type { PodImage } from './pod-images.ts';

/** The API server cuts longer warnings. */
const MAX_WARNING = 256;
const MAX_WARNINGS = 12;

/** An image of the object, and what was decided about it. */
type Decided = PodImage & { decision: ImageDecision };

/** Returns the answer about the images of an object; one that mutates pins those that are admitted. */
export function answerFor(decided: readonly Decided[], mode: 'validate' | 'mutate'): ReviewAnswer {
  const refused = decided.filter(({ decision }) => !decision.admitted);
  const reserved = decided.filter(({ decision }) => decision.admitted && decision.class !== 'verified');
  const auditAnnotations = {
    outcome: outcomeOf(decided),
    images: cutBytes(decided.map(annotationOf).join('; '), MAX_MESSAGE),
  };
  if (refused.length > 0) {
    const pairs = refused.map(({ usage, decision }) => [usage, decision] as const);
    const passes = refused.every(({ decision }) => decision.class === 'undecided');
    return { refusal: refusalWith(passes ? 503 : 403, explainRefusal(pairs)), auditAnnotations };
  }
  return {
    warnings: warningsFor(reserved),
    auditAnnotations,
    ...(mode === 'mutate' && { patch: patchFor(decided) }),
  };
}

function outcomeOf(decided: readonly Decided[]): string {
  if (decided.some(({ decision }) => !decision.admitted)) return 'refused';
  return decided.some(({ decision }) => decision.class === 'undecided')
    ? 'admitted without a verdict (fail open)'
    : 'admitted';
}

function annotationOf({ usage, decision: { reference, digest, class: name } }: Decided): string {
  const pinned = digest === undefined || reference.includes('@') ? reference : `${reference}@${digest}`;
  return `${usage}: ${oneLine(pinned)} ${name}`;
}

function warningsFor(decided: readonly Decided[]): string[] {
  const warnings = decided.map(({ usage, decision }) =>
    cutBytes(`${usage}: ${explainImage(decision)}`, MAX_WARNING),
  );
  if (warnings.length <= MAX_WARNINGS) return warnings;
  return [
    ...warnings.slice(0, MAX_WARNINGS),
    `and ${warnings.length - MAX_WARNINGS} more images with warnings`,
  ];
}

function patchFor(decided: readonly Decided[]): PatchOperation[] {
  return decided.flatMap(({ image, pointer, decision }) => {
    const value = pinImage(image, decision);
    return value === image ? [] : [{ op: 'replace' as const, path: pointer, value }];
  });
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  403: 'Forbidden',
  405: 'MethodNotAllowed',
  408: 'Timeout',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  503: 'ServiceUnavailable',
};

/** Makes the status of an object that is not allowed. */
export function refusalWith(code: number, message: string): NonNullable<ReviewAnswer['refusal']> {
  return { code, reason: REASONS[code] ?? 'InternalError', message: cutBytes(message, MAX_MESSAGE) };
}
