import { NotationError } from '../errors/index.ts';
import { discard } from '../net/body.ts';
import type { RepositoryPath } from './api-path.ts';
import { blobBody, refuseManifestContent } from './blob.ts';
import { type Exchange, upstreamUrl } from './exchange.ts';
import { relay } from './relay.ts';
import { sendUpstream } from './upstream-request.ts';

/** The headers of a pull that the upstream gets. */
const OF_PULLS: readonly string[] = ['accept', 'range', 'if-range'];
/** Those of a push. */
const OF_PUSHES: readonly string[] = ['accept', 'content-type', 'content-length', 'content-range'];

/**
 * Parameters that an upstream does not get with credentials of the gateway: a blob would be mounted from a repository that
 * the caller may not read. A registry without them opens an upload, which clients expect.
 */
const NOT_BY_OWN_CREDENTIALS: readonly string[] = ['ns', 'mount', 'from'];

/**
 * Passes a request on, and streams the response: blobs, lists, uploads. Redirects are for the client to follow. A blob with the
 * content of a manifest does not pass.
 * @param path - Where it is below the repository; absent for the root of the API.
 * @throws NotationError `ERR_TIMEOUT`, `ERR_REGISTRY_UNREACHABLE`, `ERR_REGISTRY_RESPONSE`
 */
export async function forward(exchange: Exchange, path: RepositoryPath | undefined): Promise<Response> {
  const { setup, request, url, destination, access } = exchange;
  const at = new URL(upstreamUrl(exchange, path?.rest ?? ''));
  const withheld = setup.authentication ? NOT_BY_OWN_CREDENTIALS : ['ns'];
  for (const [name, value] of url.searchParams)
    if (!withheld.includes(name)) at.searchParams.append(name, value);
  const isPull = request.method === 'GET' || request.method === 'HEAD';
  const actions = isPull ? 'pull' : request.method === 'DELETE' ? 'delete' : 'pull,push';
  const { sent } = await access.send(destination.repository, actions, async (authorization) => {
    const headers = headersOf(request, isPull ? OF_PULLS : OF_PUSHES, authorization);
    const { method, body } = request;
    const sent = await sendUpstream(exchange, { method, url: at.href, headers, body });
    const { status, headers: received, url } = sent.response;
    // It may be sent again with another credential.
    if (status === 401) sent.endLimit();
    return { status, headers: received, url, sent };
  });
  const { response } = sent;
  const coding = response.headers.get('content-encoding') ?? 'identity';
  if (coding !== 'identity' && coding !== 'aws-chunked' && request.method !== 'HEAD') {
    sent.endLimit();
    discard(response.body);
    // Runtimes decode it or not, and then the length and the digest of the body are not those that the headers say.
    const message = `${destination.upstream.registry} sends an encoded body, although the encoding "identity" was requested`;
    throw new NotationError('ERR_REGISTRY_RESPONSE', message);
  }
  if (
    path?.endpoint === 'blob' &&
    request.method === 'GET' &&
    response.status === 200 &&
    setup.mode === 'enforce'
  ) {
    const body = await blobBody(exchange, sent);
    return body === undefined
      ? refuseManifestContent(exchange, path.target)
      : relay(exchange, response, at, body);
  }
  sent.endLimit();
  return relay(exchange, response, at, response.body);
}

function headersOf(
  request: Request,
  names: readonly string[],
  authorization: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  for (const name of names) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  if (authorization !== undefined) headers.authorization = authorization;
  return headers;
}
