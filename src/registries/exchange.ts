import * as z from 'zod/mini';
import { once } from '../encoding/once.ts';
import { parseDocument } from '../encoding/schema.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { throwIfAborted, withDeadline } from '../net/abort.ts';
import { readAtMost } from '../net/body.ts';
import { invalid } from './account.ts';

/** How a service that gives tokens is asked. */
export interface ExchangeOptions {
  /** Asks in place of the `fetch` of the runtime: for a proxy, or a certificate authority of your own. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds for one request; 10,000 by default. */
  timeout?: number | undefined;
  /** Stops a request with `ERR_ABORTED`; no other is sent afterwards. */
  signal?: AbortSignal | undefined;
}

/** A POST that carries a secret. */
export interface Exchange {
  /** The service, as errors name it. */
  service: string;
  url: URL;
  headers: Record<string, string>;
  body: string;
  /** Texts that must not be in an error, whoever writes them there. */
  secrets: readonly string[];
}

const TIMEOUT = 10_000;
/** The longest time that a timer can wait. */
const MAX_TIMEOUT = 2 ** 31 - 1;
const MAX_REPLY = 256 * 1024;
const REFUSED: readonly number[] = [400, 401, 403];
const CODE = /^[A-Za-z][A-Za-z_]{1,59}$/;

/** As AWS (`__type`) and registries (`errors`) name the reason. */
const failureSchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    __type: z.optional(z.string()),
    errors: z.optional(z.array(z.looseObject({ code: z.optional(z.string()) }))),
  }),
);

/** @throws NotationError `ERR_ARGUMENT_INVALID` */
export function checkExchangeOptions({ timeout = TIMEOUT }: ExchangeOptions): void {
  if (typeof timeout === 'number' && timeout > 0 && timeout <= MAX_TIMEOUT) return;
  throw invalid(`timeout must be a number of milliseconds up to ${MAX_TIMEOUT}`);
}

/**
 * Asks a service for a token, once: no redirect is followed, since the secret is meant for this address.
 * @throws NotationError `ERR_REGISTRY_UNAUTHORIZED`, `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function exchange<T extends z.ZodMiniType>(
  schema: T,
  request: Exchange,
  options: ExchangeOptions,
): Promise<z.infer<T>> {
  const { service, url } = request;
  const { timeout = TIMEOUT, signal } = options;
  const { status, bytes } = await withDeadline(timeout, signal, `the request to ${service}`, (deadline) =>
    reached(() => send(request, options, deadline), `${service} at ${url.host}`, deadline),
  );
  if (bytes.length > MAX_REPLY) {
    throw new NotationError(
      'ERR_LIMIT_EXCEEDED',
      `the reply of ${service} is longer than ${MAX_REPLY} bytes`,
    );
  }
  if (status !== 200) throw refusal(request, status, bytes);
  return withoutCause(() => parseDocument(schema, bytes, `reply of ${service}`, 'ERR_REGISTRY_RESPONSE'));
}

async function send(
  { service, url, headers, body }: Exchange,
  { fetch = globalThis.fetch }: ExchangeOptions,
  signal: AbortSignal,
): Promise<{ status: number; bytes: Uint8Array }> {
  const response = await fetch(url.href, { method: 'POST', headers, body, signal, redirect: 'manual' });
  if (response.redirected) {
    throw new NotationError(
      'ERR_REGISTRY_RESPONSE',
      `${service} was asked by a fetch that follows redirects`,
    );
  }
  return { status: response.status, bytes: await readAtMost(response.body, MAX_REPLY, signal) };
}

async function reached<T>(work: () => Promise<T>, name: string, signal: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isNotationError(error)) throw error;
    throwIfAborted(signal);
    // Not kept as a cause: what fetch says may quote headers.
    throw new NotationError('ERR_REGISTRY_UNREACHABLE', `${name} cannot be reached`);
  }
}

function refusal({ service, secrets }: Exchange, status: number, bytes: Uint8Array): NotationError {
  const code = codeOf(bytes);
  const shown = code !== undefined && CODE.test(code) && !secrets.some((secret) => overlaps(secret, code));
  return new NotationError(
    REFUSED.includes(status) ? 'ERR_REGISTRY_UNAUTHORIZED' : 'ERR_REGISTRY_RESPONSE',
    `${service} answers ${status || 'with a redirect'}${shown ? ` (${code})` : ''} when asked for a token`,
  );
}

function codeOf(bytes: Uint8Array): string | undefined {
  try {
    const body = parseDocument(failureSchema(), bytes, 'failure', 'ERR_REGISTRY_RESPONSE');
    return body.__type?.replace(/^.*#/, '') ?? body.errors?.[0]?.code;
  } catch {
    return undefined; // a page of a proxy, or nothing at all: the status has to do
  }
}

function overlaps(secret: string, text: string): boolean {
  return secret.length > 0 && (secret.includes(text) || text.includes(secret));
}

/** V8 quotes what is not JSON, and a token is in the reply. */
function withoutCause<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isNotationError(error) ? new NotationError(error.code, error.message) : error;
  }
}
