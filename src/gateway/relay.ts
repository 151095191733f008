import { resolveUrl } from '../net/addresses.ts';
import { nextLink } from '../oci/registry/link.ts';
import { challengesFor, takesCredentials } from './challenges.ts';
import { type Exchange, gatewayUrl } from './exchange.ts';
import { COMMON_HEADERS, refuse } from './responses.ts';

/** The headers of an upstream that clients get as they are. */
const RELAYED: readonly string[] = [
  'accept-ranges',
  'content-length',
  'content-range',
  'content-type',
  'docker-content-digest',
  'docker-ratelimit-source',
  'docker-upload-uuid',
  'etag',
  'last-modified',
  'oci-chunk-min-length',
  'oci-filters-applied',
  'oci-subject',
  'range',
  'ratelimit-limit',
  'ratelimit-remaining',
  'retry-after',
  'warning',
];

/** The head of a response of an upstream. */
export interface UpstreamHead {
  status: number;
  headers: { get(name: string): string | null };
}

/** Passes on a response of the upstream, with the headers that clients need. */
export function relay(exchange: Exchange, head: UpstreamHead, at: URL, body: BodyInit | null): Response {
  const { request } = exchange;
  const mayAuthenticate = takesCredentials(exchange);
  if (head.status === 401 && !mayAuthenticate) return unauthorized(exchange);
  const headers = new Headers(COMMON_HEADERS);
  for (const name of RELAYED) {
    const value = head.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const challenges = head.headers.get('www-authenticate');
  if (challenges !== null && mayAuthenticate)
    headers.set('www-authenticate', challengesFor(exchange, challenges));
  const location = locationFor(exchange, head, at);
  if (location !== undefined) headers.set('location', location);
  const link = linkFor(exchange, head, at);
  if (link !== undefined) headers.set('link', link);
  const isEmpty = request.method === 'HEAD' || head.status === 204 || head.status === 304;
  return new Response(isEmpty ? null : body, { status: head.status, headers });
}

/** Returns where a redirect or an upload leads: through the gateway, or to storage, which the client contacts itself. */
function locationFor(exchange: Exchange, { headers }: UpstreamHead, at: URL): string | undefined {
  const target = resolveUrl(headers.get('location') ?? '', at);
  if (headers.get('location') === null || !target) return undefined;
  const own = gatewayUrl(exchange, target);
  // Relative, because a proxy in front of the gateway may be reached by another scheme than the gateway.
  return own.origin === exchange.url.origin ? `${own.pathname}${own.search}` : own.href;
}

/** Returns the link to the next page, through the gateway. */
function linkFor(exchange: Exchange, { headers }: UpstreamHead, at: URL): string | undefined {
  const next = nextLink(headers.get('link'));
  const target = next === undefined ? undefined : resolveUrl(next, at);
  const own = target && gatewayUrl(exchange, target);
  return own && own.origin === exchange.url.origin ? `<${own.pathname}${own.search}>; rel="next"` : undefined;
}

/** Answers in place of an upstream that wants credentials which callers cannot give it. */
function unauthorized({ request, setup, destination }: Exchange): Response {
  const { registry } = destination.upstream;
  if (setup.authentication) {
    const message = `${registry} does not accept the credentials of the gateway`;
    return refuse(request.method, { status: 502, code: 'UNAVAILABLE', message });
  }
  return refuse(request.method, {
    status: 403,
    code: 'DENIED',
    message: `${registry} requires credentials, and gets none from here, because another registry is at the same host`,
    nextStep:
      'Give each upstream hosts of its own, or set passCredentials for the one that may get the credentials of callers.',
  });
}
