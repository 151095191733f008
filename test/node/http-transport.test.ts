import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, Socket } from 'node:net';
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { followRedirects } from '../../src/net/redirects.ts';
import { type HttpRequest, sendRequest } from '../../src/net/transport.ts';
import { createHttpTransport, fromNotationConfig } from '../../src/node/index.ts';
import { createRegistry, parseReference } from '../../src/oci/index.ts';
import { policyOf } from '../net/support.ts';
import { bytesOf, failure, image, MANIFEST, NAME, start, utf8 } from '../oci/support.ts';
import { extensions, forgeCertificate } from '../support/forge.ts';
import { useNotationDirectory } from './notation-directory.ts';

const directory = useNotationDirectory();
/** The address 127.0.0.1 as the one alternative name. */
const NAMES = Uint8Array.of(0x30, 0x06, 0x87, 0x04, 127, 0, 0, 1);
const { pem: cert, privateKey: key } = forgeCertificate({
  subject: 'registry',
  extensions: [extensions.basicConstraints({ ca: true }), extensions.of('2.5.29.17', NAMES)],
});

interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that ends with the test, and the number of its connections. */
async function serve(listener: Listener, create: (listener: Listener) => Server = createServer) {
  let connections = 0;
  const server = create(listener).on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${port}/`), connections: () => connections };
}

/** A server of another protocol than HTTP, or of none that is right. */
async function serveBytes(answer: (socket: Socket) => void): Promise<URL> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined).on('data', () => answer(socket));
    onTestFinished(() => {
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

const transport = createHttpTransport();

function send(url: URL, request: Partial<HttpRequest> = {}, sender = transport) {
  const policy = policyOf({
    fetch: sender,
    follow: followRedirects({ max: 3, resolve: (to, from) => new URL(to, from) }),
  });
  return sendRequest({ method: 'GET', url, maxBytes: 1000, ...request }, policy);
}

describe('a connection', () => {
  it('is kept open after each method', async () => {
    const { url, connections } = await serve((_, response) => {
      response.setHeader('content-length', 4).end('here');
    });
    for (const method of ['HEAD', 'GET', 'POST', 'DELETE', 'GET'] as const) await send(url, { method });
    expect(connections()).toBe(1);
  });

  it('is kept open after a redirect whose body is not read', async () => {
    const { url, connections } = await serve(({ url: path }, response) => {
      if (path === '/away') response.writeHead(307, { location: '/' }).end('moved');
      else response.end('here');
    });
    const away = new URL('/away', url);
    for (let count = 0; count < 5; count++) expect((await send(away)).body).toEqual(utf8('here'));
    // The second one is opened while the body of the first redirect arrives.
    expect(connections()).toBeLessThan(3);
  });

  it('is replaced after a response that is longer than the limit', async () => {
    const { url, connections } = await serve((_, response) => response.end('x'.repeat(1_000_000)));
    for (let count = 0; count < 2; count++) expect((await send(url)).truncated).toBe(true);
    expect(connections()).toBe(2);
  });

  it('on which a HEAD was answered with a body is replaced by a repetition', async () => {
    const server = await start({
      intercept: ({ method }, response) => {
        if (method !== 'HEAD') return false;
        response.socket?.write('HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nHTTP/1.1 nonsense');
        return true;
      },
    });
    const { digest } = server.put(NAME, image());
    const registry = createRegistry({ transport });
    const found = await registry.repository(parseReference(`${server.host}/${NAME}`)).resolve(digest);
    expect(found.digest).toBe(digest);
  });

  it('that cannot be made in ten seconds is a failure, not a timeout', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const httpsAgent = new Agent();
    httpsAgent.createConnection = () => Object.assign(new Socket(), { connecting: true });
    const url = new URL('https://registry.example.com/');
    const policy = policyOf({ fetch: createHttpTransport({ httpsAgent }), timeout: 60_000 });
    const failed = failure(sendRequest({ method: 'GET', url, maxBytes: 1 }, policy));
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(2));
    vi.advanceTimersByTime(10_000);
    expect(await failed).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
      message: 'registry.example.com cannot be reached (ETIMEDOUT)',
    });
  });
});

describe('a request', () => {
  it('has the headers that fetch would add', async () => {
    const seen: IncomingMessage[] = [];
    const { url } = await serve((request, response) => {
      seen.push(request);
      response.end();
    });
    await send(url, { method: 'POST', body: new URLSearchParams({ a: 'é' }) });
    expect(seen[0]?.headers).toMatchObject({
      accept: '*/*',
      'accept-encoding': 'identity',
      'content-length': '8',
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      'user-agent': 'notarykit',
    });
  });

  it('whose URL contains credentials is not sent', async () => {
    const { url, connections } = await serve((_, response) => response.end());
    url.username = 'ci';
    expect(await failure(send(url))).toMatchObject({ code: 'ERR_REGISTRY_UNREACHABLE' });
    expect(connections()).toBe(0);
  });

  it('by another scheme is not sent', async () => {
    expect(await failure(send(new URL('data:text/plain,x')))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
    });
  });
});

describe('a response', () => {
  it('has the values of one header joined', async () => {
    const { url } = await serve((_, response) => {
      response.setHeader('location', ['a', 'b']).setHeader('www-authenticate', ['Basic', 'Bearer']).end();
    });
    const { headers } = await send(url);
    expect([headers.get('location'), headers.get('WWW-Authenticate')]).toEqual(['a, b', 'Basic, Bearer']);
    expect([headers.get('etag'), headers.has('etag')]).toEqual([null, false]);
  });

  it('is decoded from Brotli', async () => {
    const { url } = await serve((_, response) => {
      response.setHeader('content-encoding', 'br').end(brotliCompressSync('long '.repeat(100)));
    });
    expect((await send(url)).body).toEqual(utf8('long '.repeat(100)));
  });

  it('is decoded from Brotli as far as the limit only', async () => {
    const { url } = await serve((_, response) => {
      response.setHeader('content-encoding', 'br').end(brotliCompressSync(Buffer.alloc(1_000_000)));
    });
    const { body, truncated } = await send(url);
    expect([body.length, truncated]).toEqual([1001, true]);
  });

  it('in Brotli that is malformed is a failure', async () => {
    const { url } = await serve((_, response) =>
      response.setHeader('content-encoding', 'br').end('not Brotli'),
    );
    expect(await failure(send(url))).toMatchObject({ code: 'ERR_REGISTRY_UNREACHABLE' });
  });

  it('whose headers are too long says so', async () => {
    const { url } = await serve((_, response) => response.setHeader('x', 'x'.repeat(20_000)).end());
    expect(await failure(send(url))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: `${url.host} sends headers that are too long or too many for this runtime, or malformed`,
    });
  });

  it('with more headers than Node reads by default has them all', async () => {
    const many = 'a:\r\n'.repeat(2500);
    const url = await serveBytes((socket) => socket.end(`HTTP/1.1 200 OK\r\n${many}etag: last\r\n\r\n`));
    expect((await send(url)).headers.get('etag')).toBe('last');
  });

  it('that switches to another protocol is a failure', async () => {
    const url = await serveBytes((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: other\r\nconnection: upgrade\r\n\r\n');
    });
    expect(await failure(send(url))).toMatchObject({ code: 'ERR_REGISTRY_UNREACHABLE' });
  });

  it('that arrives in pieces is read to its end', async () => {
    const { url } = await serve(async (_, response) => {
      for (const piece of ['one ', 'two ', 'three']) {
        response.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    expect((await send(url)).body).toEqual(utf8('one two three'));
  });

  it('that breaks off while nobody reads is reported to the one who reads next', async () => {
    const url = await serveBytes((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'));
    const signal = new AbortController().signal;
    const { body } = await transport(url.href, {
      method: 'GET',
      headers: {},
      body: null,
      signal,
      redirect: 'manual',
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const reader = body?.getReader();
    await expect(async () => {
      while (!(await reader?.read())?.done);
    }).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('a registry on HTTPS', () => {
  const https = () =>
    serve(
      (_, response) => response.end('secure'),
      (listener) => createHttpsServer({ key, cert }, listener),
    );
  const secure = ({ host }: URL) => new URL(`https://${host}/`);

  it('is reached by an agent that trusts its certificate', async () => {
    const { url } = await https();
    const httpsAgent = new Agent({ ca: cert });
    const { body } = await send(secure(url), {}, createHttpTransport({ httpsAgent }));
    expect(body).toEqual(utf8('secure'));
  });

  it('is sent no request if its certificate is not trusted', async () => {
    const { url } = await https();
    expect(await failure(send(secure(url)))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
      message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
    });
  });
});

describe('fromNotationConfig', () => {
  it('sends requests by fetch once the program has replaced it', async () => {
    const { registry } = await fromNotationConfig({ configDirectory: directory.path });
    const repository = registry.repository(parseReference('registry.example.com/app'));
    vi.stubGlobal('fetch', async () => new Response(null, { status: 404 }));
    expect(await failure(repository.resolve('v1'))).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('sends requests by fetch once its dispatcher has been replaced', async () => {
    const server = await start();
    server.put(NAME, image(), { tag: 'v1' });
    const { registry } = await fromNotationConfig({ configDirectory: directory.path });
    const repository = registry.repository(parseReference(`${server.host}/${NAME}`));
    await fetch(`http://${server.host}/`);
    const kept = globalThis as unknown as { [key: symbol]: Dispatcher };
    const key = [2, 1].map((n) => Symbol.for(`undici.globalDispatcher.${n}`)).find((name) => kept[name]);
    const own = key && kept[key];
    if (!own) throw new Error('undici keeps no dispatcher');
    let dispatched = 0;
    class ProxyAgent {
      dispatch(options: object, handler: unknown): boolean {
        dispatched += 1;
        return (own as Dispatcher).dispatch(options, handler);
      }
    }
    kept[key] = new ProxyAgent();
    onTestFinished(() => {
      kept[key] = own;
    });
    await repository.resolve('v1');
    expect(dispatched).toBe(1);
  });

  it('sends requests by the transport unless a fetch is given', async () => {
    const server = await start();
    server.put(NAME, image(), { tag: 'v1' });
    const agents: (string | undefined)[] = [];
    server.switches.intercept = ({ headers }) => {
      agents.push(headers['user-agent']);
      return false;
    };
    const reference = parseReference(`${server.host}/${NAME}:v1`);
    for (const fetch of [undefined, globalThis.fetch]) {
      const { registry } = await fromNotationConfig({ configDirectory: directory.path, registry: { fetch } });
      await registry.repository(reference).resolve('v1');
    }
    expect(agents).toEqual(['notarykit', 'node']);
  });

  it('pushes by the transport, too', async () => {
    const server = await start();
    const { registry } = await fromNotationConfig({ configDirectory: directory.path });
    const repository = registry.repository(parseReference(`${server.host}/${NAME}`));
    const { digest } = await repository.pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    expect((await repository.resolve('v1')).digest).toBe(digest);
  });
});
