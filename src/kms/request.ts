import * as z from 'zod/mini';
import { parseJson } from '../encoding/json.ts';
import { once } from '../encoding/once.ts';
import { conform } from '../encoding/schema.ts';
import { type ErrorCode, isNotationError, NotationError } from '../errors/index.ts';
import { pause, throwIfAborted, untilAborted, withDeadline } from '../net/abort.ts';
import { isLoopback } from '../net/addresses.ts';
import { discard, readAtMost } from '../net/body.ts';
import { checkRequestOptions } from './arguments.ts';

/** How a key service is asked. */
export interface KmsRequestOptions {
  /** Asks in place of the `fetch` of the runtime: for a proxy, or a certificate authority of your own. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds for one request; 10,000 by default. */
  timeout?: number | undefined;
  /** How often a request is repeated where the service is overloaded or the connection fails; 4 by default. */
  retries?: number | undefined;
}

/** A request that is ready to be sent. */
export interface PreparedRequest {
  url: URL;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string | undefined;
  /** Texts that must not be in an error, whoever writes them there. */
  secrets: readonly string[];
}

/** What a service says of a failure. */
export interface KmsFailure {
  /** The code of the service, such as `ThrottlingException`. */
  code?: string | undefined;
  message?: string | undefined;
}

/** What is particular to one service. */
export interface KmsDialect {
  /** The service, as errors name it. */
  service: string;
  /** Reads the body of a failure, which may be anything. */
  failureOf(body: unknown): KmsFailure;
  /** Codes of failures that have a meaning of their own, beside those of HTTP. */
  codes?: Readonly<Record<string, 'throttled' | 'unauthorized' | 'notFound' | 'unsupported'>>;
}

const TIMEOUT = 10_000;
const RETRIES = 4;
const FIRST_DELAY = 200;
const MAX_DELAY = 5000;
/** Bytes of a reply: a key with a thousand versions of its own is the largest. */
const MAX_REPLY = 1024 * 1024;
const MAX_SHOWN = 300;
/** Characters of a secret that no reply has by chance. */
const MIN_REPEATED = 16;
const OVERLOADED: readonly number[] = [408, 429, 500, 502, 503, 504];

interface Attempt {
  /** The path that was asked, which names the key where the service itself says nothing. */
  path: string;
  status: number;
  body: unknown;
  retryAfter: string | null;
  secrets: readonly string[];
}

/**
 * Asks a key service, as often as it takes within the bound. All that is asked can be asked again: a signature that was
 * made and lost on the way is of no harm.
 *
 * @param prepare - Makes the request, anew for each attempt.
 * @param renew - Told that the service refuses the credentials; whether there are others to try, once.
 * @returns The reply as JSON.
 * @throws NotationError `ERR_KMS_UNAUTHORIZED`, `ERR_KEY_NOT_FOUND`, `ERR_KMS_RESPONSE`, `ERR_KMS_UNREACHABLE`,
 * `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function askService<T extends z.ZodMiniType>(
  dialect: KmsDialect,
  schema: T,
  prepare: () => Promise<PreparedRequest>,
  options: KmsRequestOptions,
  { renew, signal }: { renew?: (() => boolean) | undefined; signal?: AbortSignal | undefined } = {},
): Promise<z.infer<T>> {
  const { retries = RETRIES } = options;
  checkRequestOptions(options);
  let mayRenew = renew !== undefined;
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(signal);
    const outcome = await tryOnce(dialect, prepare, options, signal);
    if (!(outcome instanceof NotationError) && outcome.status === 200) {
      return conform(schema, outcome.body, `reply of ${dialect.service}`, 'ERR_KMS_RESPONSE');
    }
    const failure = outcome instanceof NotationError ? outcome : failureOf(dialect, outcome);
    if (failure.code === 'ERR_KMS_UNAUTHORIZED' && mayRenew && renew?.()) {
      mayRenew = false;
      continue;
    }
    if (attempt >= retries || !mayPass(dialect, outcome)) throw failure;
    await pause(delayOf(attempt, outcome), signal);
  }
}

async function tryOnce(
  { service }: KmsDialect,
  prepare: () => Promise<PreparedRequest>,
  { fetch = globalThis.fetch, timeout = TIMEOUT }: KmsRequestOptions,
  signal: AbortSignal | undefined,
): Promise<Attempt | NotationError> {
  const { url, method, headers, body, secrets } = await untilAborted(prepare(), signal);
  try {
    return await withDeadline(timeout, signal, `the request to ${service} at ${url.host}`, async (signal) => {
      // Not followed: what is sent is meant for this address.
      const init = {
        method,
        headers,
        signal,
        redirect: 'manual',
        ...(body !== undefined && { body }),
      } as const;
      const response = await fetch(url.href, init);
      if (response.redirected) {
        discard(response.body);
        throw new NotationError('ERR_KMS_RESPONSE', `${service} was asked by a fetch that follows redirects`);
      }
      const bytes = await readAtMost(response.body, MAX_REPLY, signal);
      if (bytes.length > MAX_REPLY) throw tooLong(service);
      return {
        path: url.pathname,
        status: response.status,
        body: readBody(bytes, response.status, service, secrets),
        retryAfter: response.headers.get('retry-after'),
        secrets,
      };
    });
  } catch (error) {
    if (isNotationError(error)) {
      if (error.code === 'ERR_TIMEOUT') return error;
      throw error;
    }
    throwIfAborted(signal);
    // Not kept as a cause: what fetch says may quote headers.
    const message = `${service} at ${url.host} cannot be reached${causeOf(error, secrets)}`;
    return new NotationError('ERR_KMS_UNREACHABLE', message);
  }
}

/** The code that the operating system or TLS gives, or else what is said, without secrets. */
function causeOf(error: unknown, secrets: readonly string[]): string {
  if (!(error instanceof Error)) return '';
  const { cause = error } = error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string')
    return `: ${cause.code.slice(0, 60)}`;
  return `: ${redact(error.message, secrets).slice(0, 100)}`;
}

/** Of a failure anything will do; of a success it must be JSON. */
function readBody(bytes: Uint8Array, status: number, service: string, secrets: readonly string[]): unknown {
  if (status === 200 && repeats(bytes, secrets)) {
    throw new NotationError(
      'ERR_KMS_RESPONSE',
      `the reply of ${service} repeats the credentials that it was sent`,
    );
  }
  try {
    return parseJson(bytes, `reply of ${service}`);
  } catch (cause) {
    if (status !== 200 || !isNotationError(cause)) return undefined;
    // Without the cause: V8 quotes what is not JSON.
    throw new NotationError('ERR_KMS_RESPONSE', cause.message);
  }
}

/** What a reply says may come into errors later on, where nobody knows the secrets any more. */
function repeats(bytes: Uint8Array, secrets: readonly string[]): boolean {
  const text = new TextDecoder().decode(bytes);
  return secrets.some((secret) => secret.length >= MIN_REPEATED && text.includes(secret));
}

function tooLong(service: string): NotationError {
  return new NotationError('ERR_LIMIT_EXCEEDED', `the reply of ${service} is longer than ${MAX_REPLY} bytes`);
}

/** Whether it may pass by itself. */
function mayPass({ codes, ...dialect }: KmsDialect, outcome: Attempt | NotationError): boolean {
  if (outcome instanceof NotationError) return true;
  const { code } = dialect.failureOf(outcome.body);
  return OVERLOADED.includes(outcome.status) || (code !== undefined && codes?.[code] === 'throttled');
}

function delayOf(attempt: number, outcome: Attempt | NotationError): number {
  const asked = outcome instanceof NotationError ? undefined : secondsOf(outcome.retryAfter);
  if (asked !== undefined) return Math.min(asked * 1000, MAX_DELAY);
  // Clients that failed together must not come back together.
  return Math.min(FIRST_DELAY * 2 ** attempt, MAX_DELAY) * (0.5 + Math.random() / 2);
}

function secondsOf(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  const seconds = /^\d{1,6}$/.test(retryAfter)
    ? Number(retryAfter)
    : (Date.parse(retryAfter) - Date.now()) / 1000;
  return seconds >= 0 ? seconds : undefined;
}

const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'ERR_KMS_UNAUTHORIZED',
  403: 'ERR_KMS_UNAUTHORIZED',
  404: 'ERR_KEY_NOT_FOUND',
};
const MEANINGS = {
  throttled: 'ERR_KMS_RESPONSE',
  unauthorized: 'ERR_KMS_UNAUTHORIZED',
  notFound: 'ERR_KEY_NOT_FOUND',
  unsupported: 'ERR_ALGORITHM_UNSUPPORTED',
} as const;

function failureOf(
  { service, codes, ...dialect }: KmsDialect,
  { path, status, body, secrets }: Attempt,
): NotationError {
  const { code, message } = dialect.failureOf(body);
  const meaning = code !== undefined && codes && Object.hasOwn(codes, code) ? codes[code] : undefined;
  const own = meaning ? MEANINGS[meaning] : (STATUS_CODES[status] ?? 'ERR_KMS_RESPONSE');
  const said = redact([code, message].filter(Boolean).join(': '), secrets).slice(0, MAX_SHOWN);
  return new NotationError(
    own,
    `${service} answers ${status || 'with a redirect'}${said ? `, ${said}` : ` to ${path}`}`,
  );
}

function redact(text: string, secrets: readonly string[]): string {
  const safe = secrets
    .filter((secret) => secret.length > 3)
    .reduce((kept, secret) => kept.replaceAll(secret, '***'), text);
  // One line of a log, whatever the service writes.
  return safe.replace(/[\s\p{C}]+/gu, ' ');
}

/**
 * The address of a service.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for what is none, and for plain HTTP beyond the machine itself
 */
export function serviceAddress(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username + url.password !== '') {
    throw new NotationError(
      'ERR_ARGUMENT_INVALID',
      `${what} must be an address such as https://kms.example.com`,
    );
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url;
  throw new NotationError(
    'ERR_ARGUMENT_INVALID',
    `${what} must begin with https: what is sent there is secret`,
  );
}

/** What a header takes. */
export const TOKEN = /^[\x21-\x7e]{1,16384}$/;

/**
 * A token, as a header takes it. The message says nothing of it.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkToken(token: unknown, what: string): string {
  if (typeof token === 'string' && TOKEN.test(token)) return token;
  throw new NotationError('ERR_ARGUMENT_INVALID', `${what} must be a text of visible ASCII characters`);
}

/** A failure as Azure and Google give it: `{ "error": { "code", "status", "message" } }`. */
export const errorSchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    error: z.looseObject({
      code: z.optional(z.unknown()),
      status: z.optional(z.unknown()),
      message: z.optional(z.string()),
    }),
  }),
);
