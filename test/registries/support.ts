import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { isNotationError, type NotationError } from '../../src/errors/index.ts';

export interface Seen {
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface TokenServer {
  origin: string;
  seen: Seen[];
  /** Routes every request to the server, which sees the intended host as `x-meant-for`. */
  fetch: typeof globalThis.fetch;
}

/** A server on the loopback interface that ends with the test. */
export async function serve(answer: (response: ServerResponse, seen: Seen) => unknown): Promise<TokenServer> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
    seen.push(one);
    answer(response, one);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fetch: typeof globalThis.fetch = (input, init) => {
    const url = new URL(String(input));
    const headers = new Headers(init?.headers);
    headers.set('x-meant-for', url.origin);
    return globalThis.fetch(`${origin}${url.pathname}`, { ...init, headers });
  };
  return { origin, seen, fetch };
}

export function respond(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export async function failure(work: unknown): Promise<NotationError> {
  try {
    await work;
  } catch (error) {
    if (isNotationError(error)) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

/** The failure of a function that must throw. */
export function thrown(work: () => unknown): Promise<NotationError> {
  return failure((async () => work())());
}

export function everythingOf(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) parts.push(at.message, at.stack ?? '');
  return parts.join('\n');
}
