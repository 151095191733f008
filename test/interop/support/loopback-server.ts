import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request to one of the paths that are served. */
export interface LoopbackRequest {
  method: string;
  /** The rest of the URL after the served path, without a leading slash. */
  rest: string;
  body: Buffer;
}

export interface LoopbackResponse {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  bytes?: Uint8Array;
}

export type LoopbackHandler = (request: LoopbackRequest) => Promise<LoopbackResponse> | LoopbackResponse;

/** An HTTP server on 127.0.0.1 that answers for authorities under the URLs in certificates. */
export class LoopbackServer {
  /** Requests so far, as `GET /crl`. */
  readonly seen: string[] = [];
  readonly #handlers = new Map<string, LoopbackHandler>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
      });
    });
  }

  static async start(): Promise<LoopbackServer> {
    const loopback = new LoopbackServer();
    await new Promise<void>((resolve) => loopback.#server.listen(0, '127.0.0.1', resolve));
    return loopback;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The address of a path such as `/crl`. */
  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** Answers for a path and all paths below it; returns the URL. */
  serve(path: string, handler: LoopbackHandler | Uint8Array): string {
    this.#handlers.set(path, handler instanceof Uint8Array ? () => ({ bytes: handler }) : handler);
    return this.url(path);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [path, handler] =
      [...this.#handlers].find(([served]) => url === served || url.startsWith(`${served}/`)) ?? [];
    this.seen.push(`${method} ${path ?? url}`);
    if (path === undefined || !handler) {
      response.writeHead(404).end();
      return;
    }
    const rest = url.slice(path.length + 1);
    const {
      status = 200,
      headers = {},
      bytes,
    } = await handler({ method, rest, body: Buffer.concat(chunks) });
    response.writeHead(status, headers).end(bytes);
  }
}
