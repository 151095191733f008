import { type FetchServer, serveFetch } from './fetch-server.ts';

/** Answers in place of the registry, or changes what it answers. */
export type Intercept = (
  request: { method: string; path: string; headers: Headers },
  forward: () => Promise<Response>,
) => Promise<Response>;

/** A registry behind a proxy that tests can make misbehave. */
export interface Upstream {
  /** Stands for the registry. */
  host: string;
  /** Requests so far, such as `GET /v2/`. */
  readonly seen: string[];
  /** What becomes of the requests; they are forwarded by default. */
  intercept: Intercept | undefined;
  stop(): Promise<void>;
}

export async function startUpstream(registry: string): Promise<Upstream> {
  const upstream: Omit<Upstream, 'host' | 'stop'> = { seen: [], intercept: undefined };
  const server: FetchServer = await serveFetch(async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method, headers, signal } = request;
    upstream.seen.push(`${method} ${pathname}`);
    const body = await bodyOf(request);
    headers.delete('host');
    headers.delete('connection');
    const forward = () =>
      fetch(`http://${registry}${pathname}${search}`, { method, headers, signal, body, redirect: 'manual' });
    return upstream.intercept ? upstream.intercept({ method, path: pathname, headers }, forward) : forward();
  });
  return Object.assign(upstream, server);
}

async function bodyOf(request: Request): Promise<ArrayBuffer | null> {
  return request.body === null ? null : request.arrayBuffer();
}
