import { argumentInvalid } from '../errors/notation-error.ts';
import { safely } from '../net/body.ts';
import type { ImageDecision } from './decide.ts';

/** What became of a request, for logs and metrics. It contains no secret. */
export interface AdmissionEvent {
  source: 'provider' | 'webhook';
  mode: 'validate' | 'mutate';
  /** The HTTP status of the answer. */
  status: number;
  /** The decision on each image that was evaluated. */
  decisions: readonly ImageDecision[];
  /** Why the request was not served, or the object not admitted. */
  refusal?: string;
  /** What was reviewed; only of a webhook. */
  review?: {
    uid: string;
    kind: string;
    namespace: string;
    name: string;
    operation: string;
    dryRun: boolean;
  };
  /** How long the answer took. */
  milliseconds: number;
}

/** Who is told what becomes of requests. */
export interface EventOptions {
  /** Called with what became of each request. An error that it throws is ignored. */
  onEvent?: ((event: AdmissionEvent) => void) | undefined;
}

/**
 * Returns a function that reports what became of a request, and when that began by `performance.now()`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function emitterOf({
  onEvent,
}: EventOptions): (event: Omit<AdmissionEvent, 'milliseconds'>, begun: number) => void {
  if (onEvent !== undefined && typeof onEvent !== 'function')
    throw argumentInvalid('onEvent must be a function');
  const emit = safely(onEvent);
  return (event, begun) => emit?.({ ...event, milliseconds: performance.now() - begun });
}
