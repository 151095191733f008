import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { hasCredentials } from './addresses.ts';
import type { Budget } from './budget.ts';
import { checkMixedContent } from './mixed-content.ts';
import { followRedirects } from './redirects.ts';
import type { HttpTransport } from './send.ts';
import { sendRequest, wholeBody } from './transport.ts';

/** Options of requests to authorities: OCSP responders, CRL distribution points and TSAs. */
export interface AuthorityOptions {
  /** Sends the requests, such as through a proxy; the `fetch` of the runtime by default. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Sends the requests unless `fetch` is given. `createHttpTransport` of `notarykit/node` makes a faster one for Node. */
  transport?: HttpTransport | undefined;
  /** Stops with `ERR_ABORTED`, or with `ERR_TIMEOUT` at its deadline. */
  signal?: AbortSignal | undefined;
}

/** A request to an authority. */
export interface AuthorityRequest extends AuthorityOptions {
  /** The kind of authority, such as `OCSP responder`, for errors. */
  what: string;
  url: string;
  schemes: readonly ('http:' | 'https:')[];
  /** The body of a POST, with its media type; without it the request is a GET. */
  body?: { mediaType: string; bytes: Uint8Array } | undefined;
  accept?: string | undefined;
  /** Statuses that are not failures, in addition to 200. */
  accepted?: readonly number[] | undefined;
  /** Milliseconds, from the start until the response has been read. */
  timeout: number;
  /** The most bytes of the response. */
  maxBytes: number;
  /** Is charged the requests and the bytes of the responses. */
  budget?: Budget | undefined;
}

/** A complete response. */
export interface AuthorityResponse {
  /** 200, or one of the statuses that the request accepts. */
  status: number;
  /** The content type in lower case and without parameters; empty if the authority sent none. */
  mediaType: string;
  bytes: Uint8Array;
}

const ERRORS = { unreachable: 'ERR_AUTHORITY_UNREACHABLE', response: 'ERR_AUTHORITY_RESPONSE' } as const;
const MAX_REDIRECTS = 3;

/**
 * Sends a request to an authority. Time, size and redirects are bounded: only redirects within its own origin are
 * followed.
 * @throws NotationError `ERR_PLAIN_HTTP_BLOCKED`, `ERR_AUTHORITY_UNREACHABLE`, `ERR_AUTHORITY_RESPONSE`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function queryAuthority(request: AuthorityRequest): Promise<AuthorityResponse> {
  const { what, body, accept, accepted = [], fetch, transport, timeout, maxBytes, signal, budget } = request;
  const url = parseUrl(request);
  const peer = `the ${what} ${quote(request.url)}`;
  const response = await sendRequest(
    {
      method: body ? 'POST' : 'GET',
      url,
      peer,
      headers: { ...(accept && { accept }), ...(body && { 'content-type': body.mediaType }) },
      body: body?.bytes,
      maxBytes,
      signal,
      budget,
    },
    {
      errors: ERRORS,
      timeout,
      fetch: fetch ?? transport,
      check: fetch ? undefined : checkMixedContent,
      follow: followRedirects({ max: MAX_REDIRECTS, resolve: resolveWithinOrigin }),
    },
  );
  const { status, headers } = response;
  if (status !== 200 && !accepted.includes(status)) {
    throw responseInvalid(peer, `responded with the status ${status}`);
  }
  const [mediaType = ''] = (headers.get('content-type') ?? '').split(';');
  return { status, mediaType: mediaType.trim().toLowerCase(), bytes: wholeBody(response) };
}

/** A certificate must not lead its verifier to other hosts of the verifier's network. */
function resolveWithinOrigin(location: string, from: URL): URL | undefined {
  const url = URL.canParse(location, from) ? new URL(location, from) : undefined;
  return url?.origin === from.origin && !hasCredentials(url) ? url : undefined;
}

function parseUrl({ what, url: text, schemes }: AuthorityRequest): URL {
  const peer = `the ${what} ${quote(text)}`;
  if (!URL.canParse(text)) throw responseInvalid(peer, 'has a malformed URL');
  const url = new URL(text);
  if (!schemes.some((scheme) => scheme === url.protocol)) {
    throw responseInvalid(
      peer,
      `has a URL of the scheme ${quote(url.protocol)}, not ${schemes.join(' or ')}`,
    );
  }
  // Not shown: they are secret.
  if (hasCredentials(url)) throw responseInvalid(`the ${what}`, 'has a URL with credentials');
  return url;
}

function responseInvalid(peer: string, reason: string): NotationError {
  return new NotationError('ERR_AUTHORITY_RESPONSE', `${peer} ${reason}`);
}
