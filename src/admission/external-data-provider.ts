import { conform } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { isNotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { oneLine } from '../errors/quote.ts';
import { readEvaluator } from '../verifier/evaluator.ts';
import {
  type DecisionOptions,
  decideImages,
  evaluateBy,
  type ImageDecision,
  pinImage,
  readDecisionOptions,
} from './decide.ts';
import { type EventOptions, emitterOf } from './events.ts';
import { cutBytes, explainImage, MAX_MESSAGE } from './explain.ts';
import {
  jsonResponse,
  type RequestHandler,
  RequestRefused,
  readJsonRequest,
  startDeadline,
} from './request.ts';

/** The options of a provider. */
export interface ExternalDataProviderOptions extends DecisionOptions, EventOptions {
  /**
   * `validate`, the default: the value of an image is `ok`, or begins with `ok: ` and says with what reservation it is
   * admitted. `mutate`: the value is the image with its digest in place of its tag. Gatekeeper keeps answers by provider and
   * key, so that each needs a `Provider` of its own.
   */
  mode?: 'validate' | 'mutate' | undefined;
}

const API_VERSION = 'externaldata.gatekeeper.sh/v1beta1';
const WHAT = 'ProviderRequest';
/** Above the largest object that Kubernetes stores, 1.5 MiB in etcd. */
const MAX_BYTES = 5 * 1024 * 1024;
const MAX_KEYS = 10_000;

const requestSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    apiVersion: s.oneOf(API_VERSION),
    kind: s.oneOf(WHAT),
    request: s.looseObject({ keys: s.nullish(s.array(s.string(), { max: MAX_KEYS })) }),
  }),
);

interface Item {
  key: string;
  value?: string;
  error?: string;
}

/**
 * Makes a provider for the external data of Gatekeeper: each key of a request is an image, and is answered by a value or by
 * an error. A key that is there twice is answered twice and evaluated once. An answer with an error status has no
 * items, so that no image is ever "ok" next to it.
 *
 * Gatekeeper keeps each answer for three minutes, errors too. Its policies admit what they do not check: use the constraint
 * template of `examples/kubernetes`, or check that each image has an answer, and that no answer is an error.
 *
 * @param options - What decides, what is admitted, and the deadline.
 * @returns The handler of requests.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see https://open-policy-agent.github.io/gatekeeper/website/docs/externaldata
 *
 * @example
 * ```ts
 * import { createExternalDataProvider } from 'notarykit/admission';
 * import { createTrustStore, createVerifier } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example' });
 * const verifier = createVerifier({
 *   trustStore: createTrustStore({ 'ca:acme': root }),
 *   trustPolicy: {
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'production',
 *         registryScopes: ['registry.example.com/team/app'],
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['*'],
 *       },
 *     ],
 *   },
 * });
 * const provider = createExternalDataProvider({ verifier });
 * const response = await provider.fetch(
 *   new Request('https://provider.example/validate', {
 *     method: 'POST',
 *     headers: { 'content-type': 'application/json' },
 *     body: JSON.stringify({
 *       apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
 *       kind: 'ProviderRequest',
 *       request: { keys: ['registry.example.com/Team/App:v1'] },
 *     }),
 *   }),
 * );
 * const { response: answer } = (await response.json()) as { response: { items: { error: string }[] } };
 * console.log(answer.items[0]?.error.includes('ERR_REFERENCE_INVALID')); // true
 * ```
 */
export function createExternalDataProvider(options: ExternalDataProviderOptions): RequestHandler {
  const { verifier, mode = 'validate' } = options ?? {};
  const evaluator = readEvaluator(verifier, 'verifier');
  if (mode !== 'validate' && mode !== 'mutate') throw argumentInvalid('mode must be "validate" or "mutate"');
  const decider = readDecisionOptions(options);
  const emit = emitterOf(options);
  const itemOf = mode === 'mutate' ? pinned : validated;

  return {
    async fetch(request) {
      const begun = performance.now();
      const deadline = startDeadline(decider.deadline, request.signal, `the answer to the ${WHAT}`);
      try {
        const keys = await readKeys(request, deadline.signal);
        const decisions = await decideImages(keys, evaluateBy(evaluator), decider, deadline.signal);
        const items = keys.map((key) => itemOf(key, decisions.get(key)));
        emit({ source: 'provider', mode, status: 200, decisions: [...decisions.values()] }, begun);
        return answer(200, items, '');
      } catch (error) {
        const { status, message } = refusalOf(error);
        emit({ source: 'provider', mode, status, decisions: [], refusal: message }, begun);
        return answer(status, [], message);
      } finally {
        deadline.end();
      }
    },
  };
}

async function readKeys(request: Request, signal: AbortSignal): Promise<readonly string[]> {
  const body = await readJsonRequest(request, { maxBytes: MAX_BYTES, signal, what: WHAT });
  const code = 'ERR_ENCODING_INVALID';
  try {
    return conform(requestSchema(), body, WHAT, code).request.keys ?? [];
  } catch (error) {
    if (isNotationError(error, code)) throw new RequestRefused(400, error.message, error);
    throw error;
  }
}

function refusalOf(error: unknown): { status: number; message: string } {
  if (error instanceof RequestRefused)
    return { status: error.status, message: cutBytes(error.message, MAX_MESSAGE) };
  const why = error instanceof Error ? oneLine(error.message) : 'an unknown failure';
  return { status: 500, message: cutBytes(`the images could not be verified: ${why}`, MAX_MESSAGE) };
}

function validated(key: string, decision: ImageDecision | undefined): Item {
  if (!decision?.admitted) return refused(key, decision);
  return {
    key,
    value: decision.class === 'verified' ? 'ok' : cutBytes(`ok: ${explainImage(decision)}`, MAX_MESSAGE),
  };
}

function pinned(key: string, decision: ImageDecision | undefined): Item {
  return decision?.admitted ? { key, value: pinImage(key, decision) } : refused(key, decision);
}

function refused(key: string, decision: ImageDecision | undefined): Item {
  return { key, error: decision ? explainImage(decision) : 'the image was not decided about' };
}

function answer(status: number, items: readonly Item[], systemError: string): Response {
  return jsonResponse(status, {
    apiVersion: API_VERSION,
    kind: 'ProviderResponse',
    response: { idempotent: true, items, systemError },
  });
}
