import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { versions } from 'node:process';
import { onAbort } from '../net/abort.ts';
import { hasCredentials } from '../net/addresses.ts';
import {
  type HttpTransport,
  sendByFetch,
  type TransportRequest,
  type TransportResponse,
} from '../net/send.ts';
import { bodyOf, hasBody } from './http-body.ts';

/** As long as `fetch` waits. A registry that cannot be connected to is unreachable, which is less than a timeout. */
const CONNECT_TIMEOUT = 10_000;
/** Some servers in front of registries require both. */
const USUAL_HEADERS = { accept: '*/*', 'user-agent': 'notarykit' };
const FORM = 'application/x-www-form-urlencoded;charset=UTF-8';

/** Options of {@link createHttpTransport}. */
export interface HttpTransportOptions {
  /** The connections for plain HTTP; by default the global agent of `node:http`. */
  httpAgent?: Agent | undefined;
  /**
   * The connections for HTTPS, such as `new Agent({ keepAlive: true, ca, cert, key })` of `node:https` for a private
   * certificate authority or a client certificate; by default the global agent of `node:https`.
   */
  httpsAgent?: Agent | undefined;
}

/**
 * Makes a transport for `createRegistry` that takes less than half the time of `fetch` in Node, and keeps connections
 * open: those of the global agents of `node:http` and `node:https`, with the certificate authorities and the proxy that
 * Node was started with (`NODE_EXTRA_CA_CERTS`, `NODE_USE_ENV_PROXY`). It ignores what was set for `fetch` alone, such as
 * the global dispatcher of undici. {@link fromNotationConfig} uses it unless `fetch` was set up otherwise.
 *
 * @param options - Other agents than the global ones.
 * @returns The transport, which loads `node:http` and `node:https` when they are first needed.
 *
 * @example
 * ```ts
 * import { createRegistry, parseReference } from 'notarykit/oci';
 * import { createHttpTransport } from 'notarykit/node';
 *
 * const registry = createRegistry({ transport: createHttpTransport() });
 * console.log(registry.repository(parseReference('registry.example.com/app:v1')).name);
 * // registry.example.com/app
 * ```
 */
export function createHttpTransport({ httpAgent, httpsAgent }: HttpTransportOptions = {}): HttpTransport {
  return async (address, request) => {
    const url = new URL(address);
    if (hasCredentials(url)) throw new TypeError('the URL of a request must not contain credentials');
    const { request: open } = modules[url.protocol] ?? (await moduleFor(url));
    const agent = url.protocol === 'https:' ? httpsAgent : httpAgent;
    return send(open(url, { ...optionsOf(request), ...(agent && { agent }) }), request, address);
  };
}

/** The `fetch` with which the program has begun. */
const ownFetch = globalThis.fetch;
/** Where undici, the `fetch` of Node, keeps what opens its connections, in its versions. */
const DISPATCHERS = ['undici.globalDispatcher.2', 'undici.globalDispatcher.1'].map((key) => Symbol.for(key));

/**
 * Makes the transport of registries that are given none: {@link createHttpTransport} in Node, `fetch` in other runtimes and
 * where the program has replaced it or its dispatcher, as for a proxy.
 */
export function createDefaultTransport(): HttpTransport {
  const transport = createHttpTransport();
  const isNode = versions.bun === undefined && versions.deno === undefined;
  return (url, request) => (isNode && !isFetchChanged() ? transport : sendByFetch)(url, request);
}

function isFetchChanged(): boolean {
  const kept: { [key: symbol]: unknown } = globalThis;
  const dispatcher = DISPATCHERS.map((key) => kept[key]).find((value) => value !== undefined);
  return (
    globalThis.fetch !== ownFetch ||
    (typeof dispatcher === 'object' && dispatcher?.constructor.name !== 'Agent')
  );
}

type HttpModule = Pick<typeof import('node:http'), 'request'>;

/** The modules that have been loaded, by scheme: that for HTTPS takes longer than the rest of a short program. */
const modules: { [scheme: string]: HttpModule } = {};

async function moduleFor({ protocol }: URL): Promise<HttpModule> {
  const module = protocol === 'https:' ? await import('node:https') : await import('node:http');
  modules[protocol] = module;
  return module;
}

function optionsOf({ method, headers, body }: TransportRequest): RequestOptions {
  const type = body instanceof URLSearchParams && { 'content-type': FORM };
  return { method, headers: { ...USUAL_HEADERS, ...type, ...headers } };
}

function send(sent: ClientRequest, request: TransportRequest, url: string): Promise<TransportResponse> {
  const { method, body } = request;
  // Node drops the headers beyond a number, and bounds their bytes anyway.
  sent.maxHeadersCount = 0;
  const stop = () => sent.destroy(request.signal.reason);
  const release = request.onAbort?.(stop) ?? onAbort(request.signal, stop);
  return new Promise((resolve, reject) => {
    let bodiless: TransportResponse | undefined;
    sent.on('response', (message) => {
      const response = responseOf(message, url);
      if (hasBody(message, method)) return resolve({ ...response, body: bodyOf(message, sent) });
      message.resume();
      bodiless = response;
    });
    sent.on('socket', (socket) => socket.connecting && limitConnecting(sent, socket));
    sent.on('error', (error) => (bodiless ? resolve(bodiless) : reject(error)));
    // The connection can be used again, or is lost.
    sent.on('close', () => {
      release();
      if (bodiless) resolve(bodiless);
      else reject(new Error('the connection was closed without a response'));
    });
    sent.end(body instanceof URLSearchParams ? body.toString() : body);
  });
}

function limitConnecting(sent: ClientRequest, socket: Socket): void {
  const late = () => Object.assign(new Error('the connection took too long'), { code: 'ETIMEDOUT' });
  const timer = setTimeout(() => sent.destroy(late()), CONNECT_TIMEOUT);
  const stop = () => clearTimeout(timer);
  socket.once('connect', stop).once('close', stop);
}

function responseOf({ statusCode: status = 0, rawHeaders }: IncomingMessage, url: string): TransportResponse {
  const ok = status >= 200 && status < 300;
  return {
    status,
    ok,
    redirected: false,
    type: 'default',
    url,
    headers: readHeaders(rawHeaders),
    body: null,
  };
}

/** As `Headers` has them: the values of one name are joined, which Node does for some names only. */
function readHeaders(raw: readonly string[]): TransportResponse['headers'] {
  const headers = new Map<string, string>();
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? '';
    const value = raw[index + 1] ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return {
    get: (name) => headers.get(name.toLowerCase()) ?? null,
    has: (name) => headers.has(name.toLowerCase()),
  };
}
