import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { checkTimeout } from '../net/abort.ts';
import { readExplanation, readJson } from '../net/json.ts';
import { TRANSIENT, withRetries } from '../net/retry.ts';
import { SIGNATURE_STEPS } from '../net/sigv4.ts';
import { type HttpResponse, type Repeat, sendRequest } from '../net/transport.ts';

/** How a service that issues tokens is reached. */
export interface ExchangeOptions {
  /** Used instead of the `fetch` of the runtime: for a proxy, or a private CA. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds for a request with its repetitions; 10,000 by default. */
  timeout?: number | undefined;
  /** Stops a request with `ERR_ABORTED`, or with `ERR_TIMEOUT` at its deadline; no other is sent afterwards. */
  signal?: AbortSignal | undefined;
}

/** A POST that carries a secret. */
export interface Exchange {
  /** The service, as errors name it. */
  service: string;
  url: URL;
  headers: Record<string, string>;
  body: string;
  /** Secrets that no error may show. */
  secrets: readonly string[];
}

const ERRORS = { unreachable: 'ERR_REGISTRY_UNREACHABLE', response: 'ERR_REGISTRY_RESPONSE' } as const;
const TIMEOUT = 10_000;
const MAX_RESPONSE = 256 * 1024;
const RETRIES = 2;
const REFUSED: readonly number[] = [400, 401, 403];
/** Codes of AWS, which come with the status 400. */
const THROTTLED: readonly string[] = ['ThrottlingException', 'Throttling', 'TooManyRequestsException'];
const CODE = /^[A-Za-z][A-Za-z_]{1,59}$/;

/** How AWS (`__type`) and registries (`errors`) name the reason. */
const failureSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    __type: s.optional(s.string()),
    errors: s.optional(s.array(s.looseObject({ code: s.optional(s.string()) }))),
  }),
);

/** @throws NotationError `ERR_ARGUMENT_INVALID` */
export function checkExchangeOptions({ timeout = TIMEOUT }: ExchangeOptions): void {
  checkTimeout(timeout);
}

/**
 * Requests a token from a service. Redirects are not followed: the secret is meant for this URL. A request may be
 * repeated: another token does no harm.
 *
 * @param prepare - Makes the request.
 * @param correct - Called with a response that refuses the request. Returns whether a request that is made anew may be
 * accepted: it is sent once.
 * @throws NotationError `ERR_REGISTRY_UNAUTHORIZED`, `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function exchange<T>(
  schema: s.Schema<T>,
  prepare: () => Promise<Exchange>,
  options: ExchangeOptions,
  correct?: (response: HttpResponse) => boolean,
): Promise<T> {
  let request = await prepare();
  let response = await send(request, options);
  if (REFUSED.includes(response.status) && correct?.(response)) {
    request = await prepare();
    response = await send(request, options);
  }
  if (response.status !== 200) throw refusal(request, response);
  return readJson(schema, response, 'ERR_REGISTRY_RESPONSE');
}

function send(
  { service, ...request }: Exchange,
  { fetch, timeout = TIMEOUT, signal }: ExchangeOptions,
): Promise<HttpResponse> {
  const peer = `${service} at ${request.url.host}`;
  return sendRequest(
    { ...request, method: 'POST', peer, maxBytes: MAX_RESPONSE, signal },
    { errors: ERRORS, timeout, fetch, repeat },
  );
}

const repeat: Repeat = (attempt, _, signal) =>
  withRetries(attempt, {
    limit: RETRIES,
    signal,
    what: 'the request for a token',
    mayPass: (outcome) =>
      isNotationError(outcome)
        ? outcome.code === ERRORS.unreachable
        : TRANSIENT.includes(outcome.status) || isThrottled(outcome),
  });

function isThrottled(response: HttpResponse): boolean {
  return response.status === 400 && THROTTLED.includes(codeOf(response) ?? '');
}

function refusal({ service, secrets }: Exchange, response: HttpResponse): NotationError {
  const { status } = response;
  const code = codeOf(response) ?? '';
  const shown = CODE.test(code) && !secrets.some((secret) => overlaps(secret, code));
  const refused = REFUSED.includes(status) && !isThrottled(response);
  return new NotationError(
    refused ? 'ERR_REGISTRY_UNAUTHORIZED' : 'ERR_REGISTRY_RESPONSE',
    `${service} responded with ${status || 'a redirect'}${shown ? ` (${code})` : ''} to the request for a token`,
    { nextStep: Object.hasOwn(SIGNATURE_STEPS, code) ? SIGNATURE_STEPS[code] : undefined },
  );
}

function codeOf(response: HttpResponse): string | undefined {
  const explanation = readExplanation(failureSchema(), response);
  return explanation?.__type?.replace(/^.*#/, '') ?? explanation?.errors?.[0]?.code;
}

/** A code that is part of a secret must not be shown either. */
function overlaps(secret: string, text: string): boolean {
  return secret.length > 0 && (secret.includes(text) || text.includes(secret));
}
