import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { extensions, forgeCertificate } from '../../support/forge.ts';

/** Answers the requests for one host. */
export type Site = (request: IncomingMessage, response: ServerResponse) => void;

/** A request that a browser made: `GET https://quay.io/v2/`. */
export interface WebRequest {
  method: string;
  host: string;
  /** Path and query. */
  path: string;
}

/**
 * The web as the started browsers see it: a proxy on loopback that leads every host to a site of the test, with or
 * without TLS. A host without a site cannot be reached, so that no test depends on another machine.
 */
export class Web {
  /** Every request to a site, in order. */
  readonly requests: WebRequest[] = [];
  /** Hosts without a site to which a browser wanted to connect, with their ports. */
  readonly unreachable: string[] = [];
  readonly #sites = new Map<string, Site>();
  readonly #sockets = new Set<Socket>();
  readonly #proxy: Server;
  readonly #secure: Server;

  private constructor() {
    const answer: Site = (message, response) => this.#answer(message, response);
    this.#secure = createSecureServer(forgeServerKey(), answer);
    this.#proxy = createServer(answer);
    this.#proxy.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#proxy.on('connect', ({ url = '' }, socket, head) => {
      socket.on('error', () => undefined);
      if (!this.#sites.has(url.replace(/:443$/, ''))) {
        this.unreachable.push(url);
        socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
        return;
      }
      const inner = connect(portOf(this.#secure), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        inner.write(head);
        inner.pipe(socket).pipe(inner);
      });
      inner.on('error', () => socket.destroy());
      socket.on('close', () => inner.destroy());
    });
  }

  static async start(): Promise<Web> {
    const web = new Web();
    await Promise.all([listen(web.#secure), listen(web.#proxy)]);
    return web;
  }

  /** The port of the proxy on 127.0.0.1. */
  get proxyPort(): number {
    return portOf(this.#proxy);
  }

  /** Answers for a host, such as `quay.io`. */
  serve(host: string, site: Site): void {
    this.#sites.set(host, site);
  }

  /** From now on the host cannot be reached. Returns its site, to serve it again. */
  unplug(host: string): Site {
    const site = this.site(host);
    this.#sites.delete(host);
    return site;
  }

  site(host: string): Site {
    const site = this.#sites.get(host);
    if (!site) throw new Error(`there is no site ${host}`);
    return site;
  }

  /** The requests to a host, as `GET /v2/`. */
  seen(host: string): string[] {
    return this.requests.filter((one) => one.host === host).map(({ method, path }) => `${method} ${path}`);
  }

  async stop(): Promise<void> {
    // The server does not know those that became tunnels.
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([close(this.#secure), close(this.#proxy)]);
  }

  #answer(message: IncomingMessage, response: ServerResponse): void {
    // A request to a proxy names the whole URL; one inside of a tunnel names the path.
    const { pathname, search, host } = new URL(message.url ?? '/', `https://${message.headers.host}`);
    const site = this.#sites.get(host);
    if (!site) {
      this.unreachable.push(host);
      response.writeHead(502).end();
      return;
    }
    message.url = pathname + search;
    this.requests.push({ method: message.method ?? '', host, path: message.url });
    site(message, response);
  }
}

/** A site that is a server on a loopback port, such as a registry. */
export function forwardTo(target: string): Site {
  const [hostname, port] = target.split(':');
  return (message, response) => {
    const { method, url: path, headers } = message;
    const forwarded = request({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    message.pipe(forwarded);
  };
}

/** One site for paths with a prefix, another one for the rest. */
export function either(prefix: string, first: Site, second: Site): Site {
  return (message, response) => (message.url?.startsWith(prefix) ? first : second)(message, response);
}

/** A site of pages: HTML by path, without the query. Other paths do not exist. */
export function pages(byPath: Readonly<Record<string, string>>): Site {
  return ({ url = '/' }, response) => {
    const html = byPath[url.replace(/\?.*/, '')];
    const type = { 'content-type': 'text/html; charset=utf-8' };
    if (html === undefined) response.writeHead(404, type).end('<!doctype html><title>Not found</title>');
    else response.writeHead(200, type).end(html);
  };
}

/** The browsers are told to accept any certificate. */
function forgeServerKey(): { key: string; cert: string } {
  const { pem: cert, privateKey: key } = forgeCertificate({
    subject: 'the web of the tests',
    extensions: [extensions.basicConstraints({ ca: true })],
  });
  return { key, cert };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
