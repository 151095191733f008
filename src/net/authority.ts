import { isNotationError, NotationError } from '../errors/index.ts';
import { withDeadline } from './abort.ts';
import { discard, readAtMost } from './body.ts';
import { checkMixedContent } from './mixed-content.ts';

const MAX_REDIRECTS = 3;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** How authorities are reached. */
export interface AuthorityOptions {
  /** Sends the requests, such as through a proxy; the `fetch` of the runtime by default. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Stops with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

/** A question to an OCSP responder, a CRL distribution point or a time-stamping authority. */
export interface AuthorityRequest extends AuthorityOptions {
  /** The name of the kind of authority, for errors. */
  what: string;
  address: string;
  schemes: readonly ('http:' | 'https:')[];
  /** Posted with its media type; a GET without. */
  body?: { mediaType: string; bytes: Uint8Array } | undefined;
  accept?: string | undefined;
  /** Milliseconds, from the start until the reply has been read. */
  timeout: number;
  /** The ceiling of the reply, in bytes. */
  maxBytes: number;
}

/** A reply with the status 200, read whole. */
export interface AuthorityReply {
  /** As the authority wrote it; empty where it did not. */
  mediaType: string;
  bytes: Uint8Array;
}

/**
 * Asks an authority. Time, size and redirects are bounded: one that redirects is followed within its own origin only.
 * @throws NotationError `ERR_PLAIN_HTTP_BLOCKED`, `ERR_AUTHORITY_UNREACHABLE`, `ERR_AUTHORITY_RESPONSE`, `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT`,
 * `ERR_ABORTED`
 */
export async function askAuthority(request: AuthorityRequest): Promise<AuthorityReply> {
  const { what, address, maxBytes, timeout, signal } = request;
  const url = readAddress(request);
  const name = `the ${what} ${shown(address)}`;
  if (!request.fetch) checkMixedContent(url, name);
  return withDeadline(timeout, signal, `asking ${name}`, async (deadline) => {
    const response = await connected(name, () => follow(url, name, request, deadline));
    if (response.status !== 200) {
      discard(response.body);
      throw unsuitable(name, `answers with the status ${response.status}`);
    }
    const bytes = await connected(name, () =>
      readAtMost(response.body, maxBytes, deadline, lengthOf(response)),
    );
    if (bytes.length > maxBytes) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', `${name} sends more than ${maxBytes} bytes`);
    }
    return { mediaType: response.headers.get('content-type') ?? '', bytes };
  });
}

function readAddress({ what, address, schemes }: AuthorityRequest): URL {
  const name = `the ${what} ${shown(address)}`;
  if (!URL.canParse(address)) throw unsuitable(name, 'has a malformed address');
  const url = new URL(address);
  if (!schemes.some((scheme) => scheme === url.protocol)) {
    throw unsuitable(
      name,
      `has an address of the scheme ${url.protocol.slice(0, 20)} and must have ${schemes.join(' or ')}`,
    );
  }
  // Not shown: they are secret.
  if (url.username || url.password) throw unsuitable(`the ${what}`, 'has an address with credentials');
  return url;
}

async function follow(
  start: URL,
  name: string,
  { body, accept, fetch = globalThis.fetch }: AuthorityRequest,
  signal: AbortSignal,
): Promise<Response> {
  let url = start;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await fetch(url.href, {
      method: body ? 'POST' : 'GET',
      redirect: 'manual',
      signal,
      headers: { ...(accept && { accept }), ...(body && { 'content-type': body.mediaType }) },
      ...(body && { body: body.bytes as BodyInit }),
    });
    // Browsers hide where a redirect leads, and other fetches follow by themselves.
    const hidden = response.type === 'opaqueredirect' || response.redirected;
    if (!hidden && !REDIRECTS.includes(response.status)) return response;
    discard(response.body);
    const location = response.headers.get('location') ?? '';
    if (hidden || body || !URL.canParse(location, url)) throw unsuitable(name, 'redirects');
    const next = new URL(location, url);
    if (next.origin !== url.origin || next.username || next.password) {
      throw unsuitable(name, `redirects to another place, ${shown(next.origin)}`);
    }
    url = next;
  }
  throw unsuitable(name, `redirects more than ${MAX_REDIRECTS} times`);
}

async function connected<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    throw new NotationError('ERR_AUTHORITY_UNREACHABLE', `${name} cannot be reached${detail(cause)}`, {
      cause,
    });
  }
}

/** What the runtime says went wrong, such as ECONNREFUSED. */
function detail(cause: unknown): string {
  const inner: unknown = cause instanceof Error ? (cause.cause ?? cause) : cause;
  const { code, message }: { code?: unknown; message?: unknown } = inner instanceof Error ? inner : {};
  const text = typeof code === 'string' ? code : typeof message === 'string' ? message : '';
  return text && ` (${text.slice(0, 100)})`;
}

/** What the reply claims, where nothing decodes it on the way. */
function lengthOf({ headers }: Response): number {
  const length = Number(headers.has('content-encoding') ? 0 : headers.get('content-length'));
  return Number.isSafeInteger(length) && length > 0 ? length : 0;
}

function shown(address: string): string {
  return JSON.stringify(address.slice(0, 200));
}

function unsuitable(name: string, reason: string): NotationError {
  return new NotationError('ERR_AUTHORITY_RESPONSE', `${name} ${reason}`);
}
