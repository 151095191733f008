import { NotationError } from '../errors/index.ts';
import { discard } from '../net/body.ts';
import type { RepositoryPath } from './api-path.ts';
import { blobBody, isPartOfLargeBlob, refuseManifestContent } from './blob.ts';
import { type Exchange, upstreamUrl } from './exchange.ts';
import { relay } from './relay.ts';
import { sendUpstream, type UpstreamResponse } from './upstream-request.ts';

/** The headers of a pull that the upstream gets. */
const OF_PULLS: readonly string[] = ['accept', 'range', 'if-range'];
/** Those of a pull of a whole blob. */
const OF_WHOLE: readonly string[] = ['accept'];
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
  const { setup, request, url } = exchange;
  const at = new URL(upstreamUrl(exchange, path?.rest ?? ''));
  const withheld = setup.authentication ? NOT_BY_OWN_CREDENTIALS : ['ns'];
  for (const [name, value] of url.searchParams)
    if (!withheld.includes(name)) at.searchParams.append(name, value);
  return pass(exchange, path, at, isPull(request) ? OF_PULLS : OF_PUSHES);
}

function isPull({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

async function pass(
  exchange: Exchange,
  path: RepositoryPath | undefined,
  at: URL,
  names: readonly string[],
): Promise<Response> {
  const { setup, request } = exchange;
  const sent = await sendOn(exchange, at, names);
  const { response } = sent;
  const isBlob = path?.endpoint === 'blob' && request.method === 'GET' && setup.mode === 'enforce';
  if (isBlob && response.status === 200) {
    const body = await blobBody(exchange, sent);
    return body === undefined
      ? refuseManifestContent(exchange, path.target)
      : relay(exchange, response, at, body);
  }
  sent.endLimit();
  if (isBlob && response.status === 206 && !isPartOfLargeBlob(response)) {
    // A part does not show whether the whole is a manifest.
    const whole = names === OF_PULLS ? await pass(exchange, path, at, OF_WHOLE) : undefined;
    if (whole?.status !== 200) discard(response.body);
    if (!whole) throw responseInvalid(exchange, 'sends a part of a blob, although the whole was requested');
    if (whole.status !== 200) return whole;
    discard(whole.body);
  }
  return relay(exchange, response, at, response.body);
}

/** Sends a request on with some of its headers. */
async function sendOn(exchange: Exchange, at: URL, names: readonly string[]): Promise<UpstreamResponse> {
  const { request, destination, access } = exchange;
  const { method, body } = request;
  const actions = isPull(request) ? 'pull' : method === 'DELETE' ? 'delete' : 'pull,push';
  const { sent } = await access.send(destination.repository, actions, async (authorization) => {
    const headers = headersOf(request, names, authorization);
    const sent = await sendUpstream(exchange, { method, url: at.href, headers, body });
    const { status, headers: received, url } = sent.response;
    // It may be sent again with another credential.
    if (status === 401) sent.endLimit();
    return { status, headers: received, url, sent, discard: () => discard(sent.response.body) };
  });
  const coding = sent.response.headers.get('content-encoding') ?? 'identity';
  if (coding === 'identity' || coding === 'aws-chunked' || method === 'HEAD') return sent;
  sent.endLimit();
  discard(sent.response.body);
  // Runtimes decode it or not, and then the length and the digest of the body are not those that the headers say.
  throw responseInvalid(exchange, 'sends an encoded body, although the encoding "identity" was requested');
}

function responseInvalid({ destination }: Exchange, reason: string): NotationError {
  return new NotationError('ERR_REGISTRY_RESPONSE', `${destination.upstream.registry} ${reason}`);
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
