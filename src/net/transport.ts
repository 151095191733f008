import ky, { HTTPError, type KyInstance } from 'ky';
import { isNotationError, NotationError } from '../errors/index.ts';
import { pause, withDeadline } from './abort.ts';
import { mayLeadTo } from './addresses.ts';
import { discard, readAtMost } from './body.ts';
import { checkMixedContent } from './mixed-content.ts';
import { codeOf, type Redact, redactedCause, redactorOf } from './redact.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const OVERLOADED: readonly number[] = [429, 500, 502, 503, 504];
/** The ceiling of a body that explains a failure, in bytes: a longer one says nothing a person would read. */
export const MAX_FAILURE = 64 * 1024;
const UNSAFE_REDIRECT = 'redirects to an address that is malformed or not as safe as its own';
/** Milliseconds to wait before a request is repeated, whatever a Retry-After header asks. */
const MAX_DELAY = 5000;
const FIRST_DELAY = 300;

/** One request, redirects and repetitions included. */
export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: URL;
  headers?: Record<string, string>;
  /** The value of the Authorization header. It never leaves the origin of `url`. */
  authorization?: string | undefined;
  body?: Uint8Array | URLSearchParams;
  /** The ceiling of the body of a successful response, in bytes. */
  maxBytes: number;
  /** Told how much of the body of a successful response is there; from the start again when it is asked for again. */
  onReceived?: ((bytes: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** A response whose body has been read. */
export interface HttpResponse {
  status: number;
  headers: Headers;
  /** Where it came from, after redirects. */
  url: URL;
  /** At most one byte more than its ceiling: then the body was longer. */
  body: Uint8Array;
  /** Whether the request had been sent before, so that what it asks for may have been done already. */
  repeated: boolean;
  /** Takes the credentials of the request out of a text that the response gives. */
  redact: Redact;
}

/** Sends a request and reads the response, whatever its status. */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

/** What {@link createTransport} takes. */
export interface TransportOptions {
  fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds for a request, from its start until its body has been read. */
  timeout: number;
  /** How often a request is repeated when the connection fails or the registry is overloaded. */
  retries: number;
}

/**
 * The one way to the network: time-outs, ceilings, redirects and repetitions are decided here.
 * @throws NotationError `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_REGISTRY_UNREACHABLE`, `ERR_PLAIN_HTTP_BLOCKED`, and `ERR_REGISTRY_RESPONSE`
 * for redirects that are not followed.
 */
export function createTransport({ fetch, timeout, retries }: TransportOptions): Transport {
  const client = ky.create({
    // Called without a receiver: the fetch of browsers refuses others than the global object.
    ...(fetch && { fetch: (input, init) => fetch(input, init) }),
    timeout: false,
    throwHttpErrors: (status) => OVERLOADED.includes(status),
    retry: {
      limit: retries,
      // Clients that failed together must not come back together.
      jitter: true,
      methods: ['get', 'head', 'put', 'delete'],
      statusCodes: [...OVERLOADED],
      maxRetryAfter: MAX_DELAY,
      backoffLimit: MAX_DELAY,
    },
    hooks: {
      beforeRetry: [({ error }) => discard(error instanceof HTTPError ? error.response.body : null)],
    },
  });
  return ({ signal, ...request }) =>
    withDeadline(timeout, signal, `the request to ${request.url.host}`, async (deadline) => {
      if (!fetch) checkMixedContent(request.url, `the registry ${request.url.host}`);
      const again = request.method === 'GET' || request.method === 'DELETE' ? retries : 0;
      return withRetries(again, deadline, (repeated) => exchange(client, request, repeated, deadline));
    });
}

/** Sends a request and reads what it is answered with. */
async function exchange(
  client: KyInstance,
  request: Omit<HttpRequest, 'signal'>,
  sentBefore: boolean,
  deadline: AbortSignal,
): Promise<HttpResponse> {
  const redact = redactorOf(request);
  let repeated = sentBefore;
  const hooks = {
    beforeRetry: [
      () => {
        repeated = true;
      },
    ],
  };
  const { response, url } = await connected(request.url, redact, () =>
    follow(client.extend({ hooks }), request, deadline),
  );
  const { status, headers, ok } = response;
  const maxBytes = ok ? request.maxBytes : MAX_FAILURE;
  const read = () =>
    readAtMost(response.body, maxBytes, deadline, 0, ok ? safely(request.onReceived) : undefined);
  const body = await connected(url, redact, read, BrokenReply);
  return { status, headers, url, body, repeated, redact };
}

/** A connection that was lost in the middle of a reply. */
class BrokenReply extends NotationError {
  static readonly how = 'broke off in the middle of a reply';
}

/** A connection that was lost before there was a reply. */
class NoReply extends NotationError {
  static readonly how = 'failed';
}

/** Asks again where a reply broke off: a connection that fails before is taken care of below. */
async function withRetries<T>(
  retries: number,
  signal: AbortSignal,
  work: (repeated: boolean) => Promise<T>,
): Promise<T> {
  for (let count = 0; ; count++) {
    try {
      return await work(count > 0);
    } catch (error) {
      if (!(error instanceof BrokenReply) || count >= retries || signal.aborted) throw error;
      await pause(backoff(count), signal);
    }
  }
}

/** Milliseconds before a repetition, up to a ceiling that doubles: clients that failed together come back apart. */
export function backoff(count: number): number {
  return Math.random() * Math.min(MAX_DELAY, FIRST_DELAY * 2 ** count);
}

/** Who watches must not decide: what a listener throws is not the failure of a connection. */
export function safely<T>(listener: ((value: T) => void) | undefined): ((value: T) => void) | undefined {
  if (!listener) return undefined;
  return (value) => {
    try {
      listener(value);
    } catch {
      // ignored, as documented where listeners are given
    }
  };
}

async function connected<T>(
  url: URL,
  redact: Redact,
  work: () => Promise<T>,
  Failure: typeof BrokenReply | typeof NoReply = NoReply,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isNotationError(error)) throw error;
    const code = codeOf(error);
    const message = `the connection to ${url.host} ${Failure.how}${code === undefined ? '' : ` (${code})`}`;
    // What failed below may hold the request with its credentials: only its words are kept.
    throw new Failure('ERR_REGISTRY_UNREACHABLE', message, { cause: redactedCause(error, redact) });
  }
}

/** Follows redirects by hand, because not every runtime keeps the Authorization header at home. */
async function follow(
  client: KyInstance,
  { url: start, authorization, ...request }: HttpRequest,
  signal: AbortSignal,
): Promise<{ response: Response; url: URL }> {
  let url = start;
  let credentials = authorization;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await send(client, { ...request, url, authorization: credentials }, 'manual', signal);
    // Credentials may have gone along, and who answers now could ask for more.
    if (response.redirected) throw refused(url, 'was asked by a fetch that follows redirects by itself');
    const hidden = response.type === 'opaqueredirect';
    if (hidden || REDIRECTS.includes(response.status)) checkMethod(request.method, url);
    // Browsers hide redirects from scripts. They do drop the Authorization header at another origin.
    if (hidden) {
      const followed = await send(client, { ...request, url, authorization: credentials }, 'follow', signal);
      const end = resolveUrl(followed.url, url);
      if (!end) throw refused(url, UNSAFE_REDIRECT);
      return { response: followed, url: end };
    }
    const location = REDIRECTS.includes(response.status) ? response.headers.get('location') : null;
    if (location === null) return { response, url };
    discard(response.body);
    const next = resolveUrl(location, url);
    if (!next) throw refused(url, UNSAFE_REDIRECT);
    if (next.origin !== url.origin) credentials = undefined;
    url = next;
  }
  throw refused(start, `redirects more than ${MAX_REDIRECTS} times`);
}

async function send(
  client: KyInstance,
  { method, url, headers, authorization, body }: Omit<HttpRequest, 'signal'>,
  redirect: RequestRedirect,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await client(url, {
      method,
      redirect,
      signal,
      headers: { ...headers, ...(authorization !== undefined && { authorization }) },
      ...(body && { body: body as BodyInit }),
    });
  } catch (error) {
    // Not kept as a cause: it holds the request with its credentials.
    if (error instanceof HTTPError) return error.response;
    throw error;
  }
}

/**
 * The address that a Location or Link header names, unless it is malformed, carries credentials, is not HTTP, or leads
 * from HTTPS to plain HTTP or to the client's own machine (see {@link mayLeadTo}).
 */
export function resolveUrl(reference: string, base: URL): URL | undefined {
  // Runtimes differ in what they make of other characters, which RFC 3986 has none of.
  if (!/^[!-~]*$/.test(reference) || !URL.canParse(reference, base)) return undefined;
  const url = new URL(reference, base);
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && base.protocol === 'http:');
  return safe && !url.username && !url.password && mayLeadTo(url, base) ? url : undefined;
}

/** The body of a request may be a secret and is meant for one host. */
function checkMethod(method: HttpRequest['method'], url: URL): void {
  if (method !== 'GET' && method !== 'HEAD') throw refused(url, `redirects a ${method}`);
}

function refused(url: URL, reason: string): NotationError {
  return new NotationError('ERR_REGISTRY_RESPONSE', `${url.host} ${reason}`);
}
