import { type ErrorCode, isNotationError, NotationError } from '../errors/index.ts';
import { type Abortable, type LazySignal, throwIfAborted, withDeadline } from './abort.ts';
import { discard, readAtMost } from './body.ts';
import type { Budget } from './budget.ts';
import { decodeBody } from './content-coding.ts';
import { createRedact, isOfHeaders, type Redact, reasonOfFailure, redactedCause } from './redact.ts';
import { type HttpTransport, sendByFetch, type TransportRequest, type TransportResponse } from './send.ts';

/** Headers that contain no secret. */
const PUBLIC_HEADERS: readonly string[] = ['accept', 'accept-encoding', 'range'];
/** Some runtimes do not notice that an encoded body is cut off. Browsers drop this header. */
const IDENTITY = { 'accept-encoding': 'identity' };
/** The most bytes of a body that explains a failure: a longer explanation would not be read. */
const MAX_EXPLANATION = 64 * 1024;
const HEADERS_STEP = 'Have the server, or the proxy in front of it, send fewer and shorter headers.';

/** One request. */
export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: URL;
  /** The peer, as errors name it; the host of `url` by default. */
  peer?: string | undefined;
  /** Only `accept` and `range` are sent to an origin other than that of `url`. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** The value of the Authorization header. It never leaves the origin of `url`. */
  authorization?: string | undefined;
  body?: Uint8Array | URLSearchParams | string | undefined;
  /** Secrets that no error may show. */
  secrets?: readonly string[] | undefined;
  /** The most bytes of the body of a successful response. */
  maxBytes: number;
  /**
   * Gets how many bytes of the body of a successful response have arrived; from the start again after a repetition. It
   * must not throw.
   */
  onReceived?: ((bytes: number) => void) | undefined;
  /** Whether a repetition does no harm; by default that depends on the method. */
  isRepeatable?: boolean | undefined;
  /** `false` if a redirect is the response, even if the policy follows redirects. */
  follow?: boolean | undefined;
  /** Stops the request with `ERR_ABORTED`, or with `ERR_TIMEOUT` at its deadline. */
  signal?: AbortSignal | undefined;
  /** Is charged the request with its redirects and repetitions, and the bytes of the responses as they arrive. */
  budget?: Budget | undefined;
}

/** A response whose body has been read. */
export interface HttpResponse {
  status: number;
  headers: TransportResponse['headers'];
  /** The URL of the response, after redirects. */
  url: URL;
  /** The peer, as errors name it. */
  peer: string;
  /** At most one byte more than the limit. */
  body: Uint8Array;
  /** Whether the body was longer than the limit. */
  truncated: boolean;
  /** Whether the request had been sent before, so that its effect may be there already. */
  repeated: boolean;
  /** Hides the secrets of the request in a string of the response. */
  redact: Redact;
}

/** How requests to a kind of peer are sent. Steps that are left out are skipped. */
export interface TransportPolicy {
  /** The codes of errors. */
  errors: {
    /** The connection failed, or broke off in the middle of a response. */
    unreachable: ErrorCode;
    /** The response is not one of such a peer. */
    response: ErrorCode;
  };
  /** Milliseconds for a request with its redirects and repetitions, until the body has been read. */
  timeout: number;
  /** Used instead of `globalThis.fetch`. */
  fetch?: HttpTransport | undefined;
  /** Throws if a URL must not be requested, be it the first one or the target of a redirect. */
  check?: ((url: URL, peer: string) => void) | undefined;
  /** Follows redirects. Without it a redirect is a response like any other. */
  follow?: Follow | undefined;
  /** Repeats the whole of a request within its timeout. */
  repeat?: Repeat | undefined;
}

/** A response with its body unread, and its URL. */
export interface LocatedResponse {
  response: TransportResponse;
  url: URL;
}

/**
 * Follows the redirects that begin with a response.
 * @param hop - Sends the request to another URL; by default without following redirects.
 * @param refuse - Makes the error of a redirect that must not be followed.
 */
export type Follow = (
  first: LocatedResponse,
  method: HttpRequest['method'],
  hop: (url: URL, redirect?: TransportRequest['redirect']) => Promise<TransportResponse>,
  refuse: Refuse,
) => Promise<LocatedResponse>;

/** Makes the error of a response that is not acceptable. */
export type Refuse = (reason: string, nextStep?: string) => NotationError;

/**
 * Makes attempts until one is final.
 * @param attempt - Gets the number of attempts before it.
 */
export type Repeat = (
  attempt: (count: number) => Promise<HttpResponse>,
  request: Pick<HttpRequest, 'method' | 'isRepeatable'>,
  signal: Abortable,
) => Promise<HttpResponse>;

/**
 * Sends a request and reads the response, whatever its status.
 * @throws NotationError Of the codes of the policy, `ERR_TIMEOUT`, `ERR_ABORTED`, and what `check` throws
 */
export function sendRequest(request: HttpRequest, policy: TransportPolicy): Promise<HttpResponse> {
  const { url, peer = url.host, authorization = '', secrets = [], signal } = request;
  const redact = createRedact([...secrets, authorization.replace(/^\S+ /, '')]);
  return withDeadline(policy.timeout, signal, `the request to ${peer}`, (deadline) => {
    const refuse: Refuse = (reason, nextStep) =>
      new NotationError(policy.errors.response, `${peer} ${reason}`, { nextStep });
    const context = { request, policy, peer, redact, refuse, signal: deadline };
    const attempt = (count: number) => attemptOnce(context, count > 0);
    return policy.repeat ? policy.repeat(attempt, request, deadline) : attempt(0);
  });
}

/**
 * Returns the whole body of a response.
 * @throws NotationError `ERR_LIMIT_EXCEEDED` if it was longer than the limit.
 */
export function wholeBody({ peer, body, truncated }: HttpResponse): Uint8Array {
  if (!truncated) return body;
  throw new NotationError('ERR_LIMIT_EXCEEDED', `${peer} sent more than ${body.length - 1} bytes`);
}

/** The values that every step of a request needs. */
interface Context {
  request: HttpRequest;
  policy: TransportPolicy;
  peer: string;
  redact: Redact;
  refuse: Refuse;
  signal: LazySignal;
}

async function attemptOnce(context: Context, repeated: boolean): Promise<HttpResponse> {
  const { peer, redact } = context;
  let hasBegun = false;
  try {
    const { response, url } = await requestHeaders(context);
    hasBegun = true;
    const { status, headers } = response;
    return { status, headers, url, peer, redact, repeated, ...(await readBody(context, response)) };
  } catch (error) {
    throw connectionFailure(context, error, hasBegun);
  }
}

async function requestHeaders(context: Context): Promise<LocatedResponse> {
  const { request, policy, peer, refuse } = context;
  let hasLeft = false;
  const hop = async (url: URL, redirect: TransportRequest['redirect'] = 'manual') => {
    policy.check?.(url, peer);
    // A redirect back to the first origin may have chosen the URL: secrets are not sent again.
    hasLeft ||= url.origin !== request.url.origin;
    request.budget?.charge('requests', 1);
    throwIfAborted(context.signal);
    const send = policy.fetch ?? sendByFetch;
    const response = await send(url.href, initOf(context, hasLeft, redirect));
    if (redirect === 'follow' || !response.redirected) return response;
    discard(response.body);
    // The redirect may have carried credentials to its target.
    throw refuse('was requested with a fetch that follows redirects by itself');
  };
  const first = { response: await hop(request.url), url: request.url };
  if (request.follow === false) return first;
  return policy.follow?.(first, request.method, hop, refuse) ?? first;
}

function initOf(
  { request, signal }: Context,
  hasLeft: boolean,
  redirect: TransportRequest['redirect'],
): TransportRequest {
  const { method, authorization, body = null } = request;
  const headers: Record<string, string> = { ...IDENTITY };
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (PUBLIC_HEADERS.includes(name) || (!hasLeft && redirect === 'manual')) headers[name] = value;
  }
  // Browsers that follow a redirect drop the Authorization header at another origin, and no other one.
  if (authorization && !hasLeft) headers.authorization = authorization;
  return {
    method,
    headers,
    body: body as TransportRequest['body'],
    redirect,
    get signal() {
      return signal.signal;
    },
    onAbort: (listener) => signal.onAbort(listener),
  };
}

async function readBody(
  { request, refuse, signal }: Context,
  { ok, body, headers }: TransportResponse,
): Promise<Pick<HttpResponse, 'body' | 'truncated'>> {
  const maxBytes = ok ? request.maxBytes : MAX_EXPLANATION;
  let charged = 0;
  const onLength = (length: number) => {
    request.budget?.charge('bytes', length - charged);
    charged = length;
    if (ok) request.onReceived?.(length);
  };
  // Not the length of a body that is decoded on the way.
  const expected = headers.has('content-encoding') ? 0 : Number(headers.get('content-length'));
  const read = await readAtMost(body, { maxBytes, signal, expected, onLength });
  const bytes = ok ? await decodeBody(read, headers, { maxBytes, signal, refuse }) : read;
  // Decoded bytes count, whether the runtime or this code decodes them.
  request.budget?.charge('bytes', Math.max(0, bytes.length - read.length));
  return { body: bytes, truncated: bytes.length > maxBytes };
}

function connectionFailure(
  { peer, policy, redact, signal }: Context,
  error: unknown,
  hasBegun: boolean,
): unknown {
  if (isNotationError(error) || signal.aborted) return error;
  const cause = redactedCause(error, redact);
  if (isOfHeaders(cause)) {
    const flaw = 'sends headers that are too long or too many for this runtime, or malformed';
    return new NotationError(policy.errors.response, `${peer} ${flaw}`, { cause, nextStep: HEADERS_STEP });
  }
  const reason = reasonOfFailure(cause);
  const how = hasBegun ? 'broke off in the middle of a response' : 'cannot be reached';
  const message = `${peer} ${how}${reason && ` (${reason})`}`;
  return new NotationError(policy.errors.unreachable, message, { cause });
}
