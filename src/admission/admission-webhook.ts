import { isNotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { oneLine } from '../errors/quote.ts';
import { MAX_TIMEOUT } from '../net/abort.ts';
import type { RegistryOptions } from '../oci/registry/registry.ts';
import { type Evaluator, type EvaluatorSource, readEvaluator } from '../verifier/evaluator.ts';
import { type ReviewAnswer, type ReviewRequest, readReview, uidOf, writeReview } from './admission-review.ts';
import {
  type Decider,
  type DecisionOptions,
  decideImages,
  type Evaluate,
  evaluateBy,
  type ImageDecision,
  readDecisionOptions,
} from './decide.ts';
import { type AdmissionEvent, type EventOptions, emitterOf } from './events.ts';
import { type PodImage, type PodOfObject, podOf } from './pod-images.ts';
import { createPullRegistries, type PullRegistries } from './pull-registries.ts';
import type { KubernetesSecrets } from './pull-secrets.ts';
import {
  jsonResponse,
  type RequestHandler,
  RequestRefused,
  readJsonRequest,
  startDeadline,
} from './request.ts';
import { answerFor, refusalWith } from './webhook-answer.ts';

/** The options of a webhook. */
export interface AdmissionWebhookOptions extends DecisionOptions, EventOptions {
  /**
   * `validate`, the default, for a `ValidatingWebhookConfiguration`. `mutate`, for a `MutatingWebhookConfiguration`: refuses
   * the same, and pins each image that it admits to the digest that was verified.
   */
  mode?: 'validate' | 'mutate' | undefined;
  /** What decides in place of `verifier` in a namespace, by its name: so a namespace has a trust policy of its own. */
  namespaces?: Readonly<Record<string, EvaluatorSource>> | undefined;
  /**
   * Reads secrets, such as `createKubernetesSecrets`: images are then verified with the pull secrets of their pod or, if it
   * has none, of its service account. Without a secret for an image the registry of the verifier is used.
   */
  secrets?: KubernetesSecrets | undefined;
  /** The options of the client that uses pull secrets. */
  registry?: Omit<RegistryOptions, 'credentials'> | undefined;
}

const WHAT = 'AdmissionReview';
/** Two objects of the 3 MiB that the API server accepts, and what surrounds them. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Milliseconds of the caller's timeout that are left for the way there and back. */
const MARGIN = 500;

/**
 * Makes an admission webhook for Kubernetes, which reviews the images of pods and of the objects that have a template of
 * pods: containers, init containers, ephemeral containers and image volumes. An update is reviewed as far as it changes an
 * image.
 *
 * The answer has a message of at most 1,024 bytes for the person at `kubectl`, warnings for images that are admitted with a
 * reservation, and the audit annotations `outcome` and `images`.
 *
 * @param options - What decides, also by namespace; what is admitted; the deadline, which a shorter `timeout` of the API server
 * shortens; and what reads pull secrets.
 * @returns The handler of requests.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 *
 * @example
 * ```ts
 * import { createAdmissionWebhook } from 'notarykit/admission';
 * import { createTrustStore, createVerifier } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example' });
 * const verifier = createVerifier({
 *   trustStore: createTrustStore({ 'ca:acme': root }),
 *   dialect: 'extended',
 *   trustPolicy: {
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'production',
 *         registryScopes: ['registry.example.com/production/*'],
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['*'],
 *       },
 *     ],
 *   },
 * });
 * const webhook = createAdmissionWebhook({ verifier, mode: 'mutate' });
 * console.log(typeof webhook.fetch); // function
 * ```
 */
export function createAdmissionWebhook(options: AdmissionWebhookOptions): RequestHandler {
  const { verifier, mode = 'validate', secrets } = options ?? {};
  const evaluator = readEvaluator(verifier, 'verifier');
  const namespaces = readNamespaces(options.namespaces);
  if (mode !== 'validate' && mode !== 'mutate') throw argumentInvalid('mode must be "validate" or "mutate"');
  const decider = readDecisionOptions(options);
  const registries = secrets && createPullRegistries(secrets, options.registry);
  const emit = emitterOf(options);

  async function review(given: ReviewRequest, signal: AbortSignal): Promise<Reviewed> {
    const current = namespaces.get(given.namespace) ?? evaluator;
    return reviewObject(given, { evaluate: evaluateBy(current), decider, registries, mode, signal });
  }

  return {
    async fetch(request) {
      const begun = performance.now();
      const milliseconds = Math.min(decider.deadline, timeoutOf(request.url));
      const deadline = startDeadline(milliseconds, request.signal, 'the review');
      let document: unknown;
      try {
        document = await readJsonRequest(request, {
          maxBytes: MAX_BYTES,
          signal: deadline.signal,
          what: WHAT,
        });
        const given = readReview(document);
        const { answer, decisions } = await review(given, deadline.signal);
        emit(eventOf(mode, 200, { given, decisions, refusal: answer.refusal?.message }), begun);
        return jsonResponse(200, writeReview(given.uid, answer));
      } catch (error) {
        const refusal = failureOf(error);
        emit(eventOf(mode, refusal.code, { refusal: refusal.message }), begun);
        return jsonResponse(refusal.code, writeReview(uidOf(document), { refusal }));
      } finally {
        deadline.end();
      }
    },
  };
}

/** How an object is reviewed. */
interface ReviewContext {
  evaluate: Evaluate;
  decider: Decider;
  registries: PullRegistries | undefined;
  mode: 'validate' | 'mutate';
  signal: AbortSignal;
}

interface Reviewed {
  answer: ReviewAnswer;
  decisions: readonly ImageDecision[];
}

async function reviewObject(given: ReviewRequest, context: ReviewContext): Promise<Reviewed> {
  const pods = podsOf(given);
  if ('refusal' in pods) return { answer: pods, decisions: [] };
  const { pod, changed } = pods;
  if (!pod || changed.length === 0) {
    const outcome = pod ? 'no image changes' : 'no pod';
    return { answer: { auditAnnotations: { outcome } }, decisions: [] };
  }
  const { decider, registries, mode, signal } = context;
  const evaluate = registries
    ? registries.evaluateWith(context.evaluate, pod, given.namespace, signal)
    : context.evaluate;
  const decisions = await decideImages(
    changed.map(({ image }) => image),
    evaluate,
    decider,
    signal,
  );
  const decided = changed.flatMap((image) => {
    const decision = decisions.get(image.image);
    return decision ? [{ ...image, decision }] : [];
  });
  return { answer: answerFor(decided, mode), decisions: [...decisions.values()] };
}

/** Returns the pod, and its images that the operation adds or changes. */
function podsOf({
  operation,
  kind,
  object,
  oldObject,
}: ReviewRequest):
  | { pod: PodOfObject | undefined; changed: PodImage[] }
  | Required<Pick<ReviewAnswer, 'refusal'>> {
  if (operation === 'DELETE' || operation === 'CONNECT') return { pod: undefined, changed: [] };
  try {
    const pod = podOf(object, kind);
    const before = operation === 'UPDATE' && oldObject ? podOf(oldObject, kind) : undefined;
    const known = new Set(before?.images.map(({ identity }) => identity));
    return { pod, changed: pod?.images.filter(({ identity }) => !known.has(identity)) ?? [] };
  } catch (error) {
    if (!isNotationError(error, 'ERR_ENCODING_INVALID')) throw error;
    return { refusal: refusalWith(400, error.message) };
  }
}

function failureOf(error: unknown): NonNullable<ReviewAnswer['refusal']> {
  if (error instanceof RequestRefused) return refusalWith(error.status, error.message);
  const why = error instanceof Error ? oneLine(error.message) : 'an unknown failure';
  return refusalWith(500, `the object could not be reviewed: ${why}`);
}

function eventOf(
  mode: ReviewContext['mode'],
  status: number,
  {
    given,
    decisions = [],
    refusal,
  }: { given?: ReviewRequest; decisions?: readonly ImageDecision[]; refusal?: string | undefined },
): Omit<AdmissionEvent, 'milliseconds'> {
  return {
    source: 'webhook',
    mode,
    status,
    decisions,
    ...(refusal !== undefined && { refusal }),
    ...(given && {
      review: {
        uid: given.uid,
        kind: given.kind.kind,
        namespace: given.namespace,
        name: given.name,
        operation: given.operation,
        dryRun: given.dryRun,
      },
    }),
  };
}

/** Returns the milliseconds that the API server leaves: it gives its timeout in the query, as Go writes durations. */
function timeoutOf(url: string): number {
  const [, seconds, unit] =
    /^(\d{1,6}(?:\.\d{1,9})?)(ms|s)$/.exec(new URL(url).searchParams.get('timeout') ?? '') ?? [];
  if (seconds === undefined) return MAX_TIMEOUT;
  const milliseconds = Number(seconds) * (unit === 's' ? 1000 : 1);
  return Math.max(1, milliseconds - MARGIN, milliseconds / 2);
}

function readNamespaces(given: unknown): ReadonlyMap<string, () => Evaluator> {
  if (given === undefined) return new Map();
  if (typeof given !== 'object' || given === null || given instanceof Map) {
    throw argumentInvalid('namespaces must be an object: what decides, by the name of a namespace');
  }
  return new Map(
    Object.entries(given).map(([name, source]) => [
      name,
      readEvaluator(source, `namespaces[${JSON.stringify(name)}]`),
    ]),
  );
}
