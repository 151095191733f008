import { NotationError } from '../errors/index.ts';
import { onAbort } from '../net/abort.ts';
import { discard } from '../net/body.ts';
import type { RepositoryPath } from './api-path.ts';
import { type Exchange, upstreamUrl } from './exchange.ts';
import { relay } from './relay.ts';

/** The headers of a pull that the upstream gets. */
const OF_PULLS: readonly string[] = ['accept', 'range', 'if-range'];
/** Those of a push. */
const OF_PUSHES: readonly string[] = ['accept', 'content-type', 'content-length', 'content-range'];

/**
 * Passes a request on, and streams the response: blobs, lists, uploads. Redirects are for the client to follow.
 * @param path - Where it is below the repository; absent for the root of the API.
 * @throws NotationError `ERR_TIMEOUT`, `ERR_REGISTRY_UNREACHABLE`, `ERR_REGISTRY_RESPONSE`
 */
export async function forward(exchange: Exchange, path: RepositoryPath | undefined): Promise<Response> {
  const { request, url, destination, access } = exchange;
  const at = upstreamUrl(exchange, path?.rest ?? '');
  for (const [name, value] of url.searchParams) if (name !== 'ns') at.searchParams.append(name, value);
  const isPull = request.method === 'GET' || request.method === 'HEAD';
  const actions = isPull ? 'pull' : request.method === 'DELETE' ? 'delete' : 'pull,push';
  const response = await access.send(destination.repository, actions, (authorization) =>
    sendOnce(exchange, at, isPull ? OF_PULLS : OF_PUSHES, authorization),
  );
  const coding = response.headers.get('content-encoding') ?? 'identity';
  if (coding !== 'identity' && coding !== 'aws-chunked' && request.method !== 'HEAD') {
    discard(response.body);
    // Runtimes decode it or not, and then the length and the digest of the body are not those that the headers say.
    const message = `${destination.upstream.registry} sends an encoded body, although the encoding "identity" was requested`;
    throw new NotationError('ERR_REGISTRY_RESPONSE', message);
  }
  return relay(exchange, response, at, response.body);
}

async function sendOnce(
  { setup, request, destination }: Exchange,
  url: URL,
  names: readonly string[],
  authorization: string | undefined,
): Promise<Response> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  for (const name of names) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  if (authorization !== undefined) headers.authorization = authorization;
  const { registry } = destination.upstream;
  const stop = new AbortController();
  const expired = new NotationError('ERR_TIMEOUT', `${registry} did not respond within ${setup.timeout} ms`);
  const timer = setTimeout(() => stop.abort(expired), setup.timeout);
  // Not released: the caller may leave while the body is on its way.
  if (request.signal) onAbort(request.signal, () => stop.abort(request.signal.reason));
  try {
    return await setup.send(url.href, {
      method: request.method,
      headers,
      redirect: 'manual',
      signal: stop.signal,
      ...(request.body && { body: request.body, duplex: 'half' }),
    });
  } catch (cause) {
    if (stop.signal.reason === expired) throw expired;
    throw new NotationError('ERR_REGISTRY_UNREACHABLE', `${registry} cannot be reached`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
