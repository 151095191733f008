/** What a transport sends: what `fetch` takes as its second argument. */
export interface TransportRequest {
  method: string;
  /** By their names in lower case. */
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer> | URLSearchParams | string | null;
  signal: AbortSignal;
  /**
   * Calls a listener when `signal` is aborted, at once if it is already. Returns what stops listening. In Node this takes less
   * memory than a listener of `signal`, which is made when it is read.
   */
  onAbort?: ((listener: () => void) => () => void) | undefined;
  /** `follow` only occurs in browsers, which hide redirects from scripts. */
  redirect: 'manual' | 'follow';
}

/** A body that has not been read. */
export interface TransportBody {
  getReader(): {
    read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
    cancel(): Promise<void>;
  };
  cancel(): Promise<void>;
}

/** A response whose headers have arrived: of a `Response` the members that are used. */
export interface TransportResponse {
  status: number;
  ok: boolean;
  redirected: boolean;
  type: string;
  url: string;
  headers: { get(name: string): string | null; has(name: string): boolean };
  body: TransportBody | null;
}

/**
 * Sends one HTTP request and gives its response once the headers have arrived, without following redirects. It stops when
 * the signal is aborted, until the body has been read. `globalThis.fetch` is a transport; `createHttpTransport` of
 * `notarykit/node` makes another.
 */
export type HttpTransport = (url: string, request: TransportRequest) => Promise<TransportResponse>;

/** Where undici, the `fetch` of Node, keeps what opens its connections. */
const DISPATCHER = Symbol.for('undici.globalDispatcher.1');

interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean;
}

/**
 * Sends a request by the `fetch` of the runtime. That of Node closes the connection after a HEAD unless its dispatcher
 * is told not to: the next request would have to open another one.
 */
export function sendByFetch(url: string, request: TransportRequest | RequestInit): Promise<Response> {
  const dispatcher = request.method === 'HEAD' ? dispatcherOfNode() : undefined;
  const options: object = dispatcher ? { ...request, dispatcher: keepingOpen(dispatcher) } : request;
  return globalThis.fetch(url, options);
}

function dispatcherOfNode(): Dispatcher | undefined {
  return (globalThis as { [DISPATCHER]?: Dispatcher })[DISPATCHER];
}

function keepingOpen(dispatcher: Dispatcher): Dispatcher {
  return { dispatch: (options, handler) => dispatcher.dispatch({ ...options, reset: false }, handler) };
}
