import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import type { SignerCallOptions } from '../envelope/signer.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { oneLine } from '../errors/quote.ts';
import { checkTimeout, throwIfAborted, untilAborted } from '../net/abort.ts';
import { readJson } from '../net/json.ts';
import { TRANSIENT, withRetries } from '../net/retry.ts';
import { type HttpRequest, type HttpResponse, sendRequest } from '../net/transport.ts';

/** How a key service is reached. */
export interface KmsRequestOptions {
  /** Used instead of the `fetch` of the runtime: for a proxy, or a private CA. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds for one request; 10,000 by default. */
  timeout?: number | undefined;
  /** How often a request is repeated if the service is overloaded or the connection fails; 4 by default. */
  retries?: number | undefined;
}

/** A request that is ready to be sent. */
export interface PreparedRequest extends Pick<HttpRequest, 'url' | 'headers' | 'body'> {
  method: 'GET' | 'POST';
  /** Secrets that no error may show. */
  secrets: readonly string[];
}

/** How a service explains a failure. */
export interface KmsFailure {
  /** The code of the service, such as `ThrottlingException`. */
  code?: string | undefined;
  message?: string | undefined;
}

/** The particulars of one service. */
export interface KmsDialect {
  /** The service, as errors name it. */
  service: string;
  /** Reads the body of an unsuccessful response, which may be anything. */
  failureOf(response: HttpResponse): KmsFailure;
  /** Codes of failures that mean more than the status of their response. */
  codes?: Readonly<Record<string, keyof typeof MEANINGS>>;
  /** Next steps by the code of a failure, if they say more than that of the code. */
  nextSteps?: Readonly<Record<string, string>>;
  /** Statuses that may pass, in addition to those of every service. */
  transient?: readonly number[];
}

const ERRORS = { unreachable: 'ERR_KMS_UNREACHABLE', response: 'ERR_KMS_RESPONSE' } as const;
const TIMEOUT = 10_000;
const RETRIES = 4;
const MAX_RETRIES = 100;
/** Bytes of a response: the largest is a key with a thousand versions. */
const MAX_RESPONSE = 1024 * 1024;
const MAX_SHOWN = 300;
/** Characters of a secret that no response has by chance. */
const MIN_REPEATED = 16;
const MEANINGS = {
  throttled: 'ERR_KMS_RESPONSE',
  unauthorized: 'ERR_KMS_UNAUTHORIZED',
  notFound: 'ERR_KEY_NOT_FOUND',
  unsupported: 'ERR_ALGORITHM_UNSUPPORTED',
} as const;
const STATUS_MEANINGS: Readonly<Record<number, keyof typeof MEANINGS>> = {
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'notFound',
};

/**
 * Sends a request to a key service, and repeats it within the limit. Every request may be repeated: an extra signature
 * does no harm.
 *
 * @param prepare - Makes the request, again for each attempt.
 * @param renew - Called with the response if the service refuses the credentials. Returns whether a request that is made
 * anew may be accepted: it is sent once.
 * @returns The JSON of the response.
 * @throws NotationError `ERR_KMS_UNAUTHORIZED`, `ERR_KEY_NOT_FOUND`, `ERR_KMS_RESPONSE`, `ERR_KMS_UNREACHABLE`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function callService<T>(
  dialect: KmsDialect,
  schema: s.Schema<T>,
  prepare: () => Promise<PreparedRequest>,
  { fetch, timeout = TIMEOUT, retries = RETRIES }: KmsRequestOptions,
  {
    renew,
    signal,
    budget,
  }: SignerCallOptions & { renew?: ((response: HttpResponse) => boolean) | undefined } = {},
): Promise<T> {
  checkTimeout(timeout);
  checkRetries(retries);
  const { service } = dialect;
  let isSent = false;
  let mayRenew = true;

  const send = async () => {
    isSent = false;
    const what = `the request to ${service}`;
    throwIfAborted(signal, what);
    const request = await untilAborted(prepare(), signal, what);
    isSent = true;
    // Redirects are not followed: the request is meant for this URL only.
    const response = await sendRequest(
      { ...request, peer: `${service} at ${request.url.host}`, maxBytes: MAX_RESPONSE, signal, budget },
      { errors: ERRORS, timeout, fetch },
    );
    checkNotRepeated(response, request.secrets);
    return { ...response, failure: failureOf(dialect, response) };
  };

  const attempt = async () => {
    const response = await send();
    const refused = response.failure?.error.code === 'ERR_KMS_UNAUTHORIZED';
    if (!mayRenew || !refused || !renew?.(response)) return response;
    mayRenew = false;
    return send();
  };

  const { failure, ...response } = await withRetries(attempt, {
    limit: retries,
    signal,
    what: `the request to ${service}`,
    mayPass: (outcome) =>
      // A failure to prepare a request is final: requests for tokens have repetitions of their own.
      isNotationError(outcome)
        ? isSent && (outcome.code === 'ERR_KMS_UNREACHABLE' || outcome.code === 'ERR_TIMEOUT')
        : outcome.failure?.mayPass === true,
  });
  if (failure) throw failure.error;
  return readJson(schema, response, 'ERR_KMS_RESPONSE');
}

/** An unsuccessful response as an error. */
interface Failure {
  error: NotationError;
  /** Whether the request may succeed when it is repeated. */
  mayPass: boolean;
}

function failureOf(
  { service, codes = {}, nextSteps = {}, transient = [], ...dialect }: KmsDialect,
  response: HttpResponse,
): Failure | undefined {
  const { status, url, redact } = response;
  if (status === 200) return undefined;
  const { code = '', message = '' } = dialect.failureOf(response);
  const meaning = Object.hasOwn(codes, code) ? codes[code] : STATUS_MEANINGS[status];
  const words = oneLine(redact([code, message].filter(Boolean).join(': ')), MAX_SHOWN);
  // The path names the key if the service itself says nothing.
  const detail = words ? `, ${words}` : ` to ${url.pathname}`;
  return {
    error: new NotationError(
      meaning ? MEANINGS[meaning] : 'ERR_KMS_RESPONSE',
      `${service} responded with ${status || 'a redirect'}${detail}`,
      { nextStep: Object.hasOwn(nextSteps, code) ? nextSteps[code] : undefined },
    ),
    mayPass: meaning === 'throttled' || TRANSIENT.includes(status) || transient.includes(status),
  };
}

/** Text of the response may get into errors later, where the secrets are no longer known. */
function checkNotRepeated({ status, body, peer }: HttpResponse, secrets: readonly string[]): void {
  const text = new TextDecoder().decode(body);
  const repeats = secrets.some((secret) => secret.length >= MIN_REPEATED && text.includes(secret));
  if (status !== 200 || !repeats) return;
  throw new NotationError(
    'ERR_KMS_RESPONSE',
    `the response of ${peer} repeats the credentials that it was sent`,
  );
}

function checkRetries(retries: number): void {
  if (Number.isSafeInteger(retries) && retries >= 0 && retries <= MAX_RETRIES) return;
  throw argumentInvalid(`retries must be a whole number from 0 to ${MAX_RETRIES}`);
}

/** How Azure and Google explain a failure: `{ "error": { "code", "status", "message" } }`. */
export const errorSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    error: s.looseObject({
      code: s.optional(s.unknown()),
      status: s.optional(s.unknown()),
      message: s.optional(s.string()),
    }),
  }),
);
