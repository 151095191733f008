import { isNotationError, NotationError } from '../errors/index.ts';
import { LazySignal, throwIfAborted, untilAborted } from '../net/abort.ts';
import { discard } from '../net/body.ts';
import { createRedact, reasonOfFailure, redactedCause } from '../net/redact.ts';
import type { Exchange } from './exchange.ts';

/** A request to the upstream of an exchange. */
export interface UpstreamRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: ReadableStream<Uint8Array> | null;
}

/** A response whose body is to be read, and what stops it. */
export interface UpstreamResponse {
  response: Response;
  /** Is aborted when the time is up. */
  stop: LazySignal;
  /** Ends the time limit, which otherwise holds for the body as well. */
  endLimit: () => void;
}

/**
 * Sends a request to an upstream, and no redirect is followed.
 * @throws NotationError `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_REGISTRY_UNREACHABLE`, `ERR_REGISTRY_RESPONSE`
 */
export async function sendUpstream(
  { setup, request, destination }: Exchange,
  { method, url, headers, body }: UpstreamRequest,
): Promise<UpstreamResponse> {
  const { registry } = destination.upstream;
  const what = `the request to ${registry}`;
  const stop = new LazySignal();
  let sent: Promise<Response> | undefined;
  const timeUp = () => {
    stop.abort(new NotationError('ERR_TIMEOUT', `${what} took longer than ${setup.timeout} ms`));
    // Nobody waits for a response that comes later.
    sent?.then((late) => discard(late.body)).catch(() => undefined);
  };
  // An upload takes as long as the client needs for it.
  const timer = body ? undefined : setTimeout(timeUp, setup.timeout);
  const endLimit = () => clearTimeout(timer);
  // The caller's own signal: to make and to join signals for each request takes as long as the rest of it.
  const { signal } = request;
  try {
    const streamed = body ? { body, duplex: 'half' } : undefined;
    sent = setup.send(url, { method, headers, redirect: 'manual', signal, ...streamed });
    const response = await untilAborted(sent, stop, what);
    if (!response.redirected) return { response, stop, endLimit };
    discard(response.body);
  } catch (error) {
    endLimit();
    throwIfAborted(stop, what);
    throwIfAborted(signal ?? undefined, what);
    const { authorization = '' } = headers;
    const cause = redactedCause(error, createRedact([authorization.replace(/^\S+ /, '')]));
    const reason = reasonOfFailure(cause);
    const message = `${registry} cannot be reached${reason && ` (${reason})`}`;
    throw new NotationError('ERR_REGISTRY_UNREACHABLE', message, { cause });
  }
  endLimit();
  // Redirects may lead to where neither the credentials nor the caller may go.
  throw new NotationError(
    'ERR_REGISTRY_RESPONSE',
    `${registry} was requested with a fetch that follows redirects`,
  );
}

/**
 * Reads the body of a response, and ends its time limit.
 * @throws NotationError `ERR_TIMEOUT`, `ERR_REGISTRY_UNREACHABLE`, and those of `read`
 */
export async function untilRead<T>(
  { destination }: Exchange,
  { stop, endLimit }: Pick<UpstreamResponse, 'stop' | 'endLimit'>,
  what: string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    const result = await read();
    throwIfAborted(stop, what);
    return result;
  } catch (error) {
    throwIfAborted(stop, what);
    if (isNotationError(error)) throw error;
    const message = `${destination.upstream.registry} broke off in the middle of a response`;
    throw new NotationError('ERR_REGISTRY_UNREACHABLE', message);
  } finally {
    endLimit();
  }
}
