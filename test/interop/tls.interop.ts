import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as plainRequest } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { connect as secure } from 'node:tls';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  evaluate,
  parseReference,
  parseTrustPolicy,
  type Registry,
  sign,
} from '../../src/index.ts';
import { extensions, forgeCertificate } from '../support/forge.ts';
import { NotationCli } from './support/notation-cli.ts';
import { freePort } from './support/registries.ts';
import { type Outcome, run } from './support/run.ts';
import { toolPath } from './support/tools.ts';
import { policy } from './support/verdict.ts';

// A registry with a certificate of a private authority, and a registry behind a proxy: both need a `fetch` of the
// caller.

/** The address 127.0.0.1 as the one alternative name. */
const NAMES = Uint8Array.of(0x30, 0x06, 0x87, 0x04, 127, 0, 0, 1);
const INDEX = 'application/vnd.oci.image.index.v1+json';
const authority = forgeCertificate({
  subject: 'private authority',
  extensions: [extensions.basicConstraints({ ca: true })],
});
const server = forgeCertificate({
  subject: 'registry',
  issuer: authority,
  extensions: [extensions.of('2.5.29.17', NAMES)],
});
const key = inject('chains')['EC-256']['leaf + root'];

let directory: string;
let child: ChildProcess;
let host: string;
let proxy: Proxy;
let cli: NotationCli;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interop-tls-'));
  ({ child, host } = await startTlsRegistry());
  proxy = await startProxy();
  cli = await NotationCli.create();
  await cli.addKey('acme', key);
  await cli.addCertificates('ca:acme', key.root);
  await cli.setTrustPolicy(policy('*'));
});

afterAll(async () => {
  proxy?.close();
  child?.kill();
  await cli?.dispose();
  await rm(directory, { recursive: true, force: true });
});

async function startTlsRegistry(): Promise<{ child: ChildProcess; host: string }> {
  const address = `127.0.0.1:${await freePort()}`;
  const [certificate, privateKey, authorityFile, configuration] = [
    'registry.pem',
    'registry.key',
    'authority.pem',
    'config.yml',
  ].map((name) => join(directory, name)) as [string, string, string, string];
  await writeFile(certificate, server.pem);
  await writeFile(privateKey, server.privateKey, { mode: 0o600 });
  await writeFile(authorityFile, authority.pem);
  const content = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(directory, 'storage') } },
    http: { addr: address, secret: 'interop', tls: { certificate, key: privateKey } },
  };
  await writeFile(configuration, JSON.stringify(content));
  const started = spawn(toolPath('docker-registry'), ['serve', configuration], { env: {}, stdio: 'ignore' });
  process.once('exit', () => started.kill());
  const trusting = fetchWith({ ca: authority.pem });
  for (let tries = 0; tries < 300; tries++) {
    if (started.exitCode !== null) throw new Error(`docker-registry ended with ${started.exitCode}`);
    const response = await trusting(`https://${address}/v2/`).catch(() => undefined);
    if (response?.ok) return { child: started, host: address };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`docker-registry does not answer on ${address}`);
}

/** The code of a user whose runtime has no other way to trust a CA or to use a proxy. */
function fetchWith(options: RequestOptions): typeof fetch {
  return async (input, init) => {
    const { url, method, headers, body, signal } = new Request(input, init);
    const bytes = body && Buffer.from(await new Response(body).arrayBuffer());
    const send = url.startsWith('https:') ? request : plainRequest;
    return new Promise((resolve, reject) => {
      const settings = { ...options, method, headers: Object.fromEntries(headers), signal };
      const sent = send(url, settings, (message) => {
        const { statusCode: status = 0 } = message;
        const empty = method === 'HEAD' || status === 204;
        const stream = empty ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
        resolve(new Response(stream, { status, headers: message.headers as Record<string, string> }));
      });
      sent.on('error', reject).end(bytes ?? undefined);
    });
  };
}

interface Proxy {
  port: number;
  /** The hosts of the CONNECT requests. */
  requested: string[];
  /** The whole URLs of the requests to forward. */
  forwarded: string[];
  close(): void;
}

/** A proxy that tunnels (`CONNECT`), and forwards requests over plain HTTP. */
async function startProxy(): Promise<Proxy> {
  const requested: string[] = [];
  const forwarded: string[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((message, response) => {
    const { url = '', method, headers } = message;
    forwarded.push(url);
    // The host is that of the address (RFC 9112, section 3.2.2).
    const options = { method, headers: { ...headers, host: new URL(url).host } };
    const upstream = plainRequest(url, options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    message.pipe(upstream);
  });
  listener.on('connect', ({ url = '' }, socket: Socket) => {
    requested.push(url);
    const [name = '', port = ''] = url.split(':');
    const upstream = connect(Number(port), name, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => [socket, upstream].map((one) => one.destroy()));
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    requested,
    forwarded,
    close: () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}

/** A fetch through the proxy that trusts the authority. */
const proxiedFetch: typeof fetch = async (input, init) => {
  const [name = '', port = ''] = new URL(input instanceof Request ? input.url : input).host.split(':');
  const tunnel = plainRequest({
    host: '127.0.0.1',
    port: proxy.port,
    method: 'CONNECT',
    path: `${name}:${port}`,
  }).end();
  const [response, socket] = (await once(tunnel, 'connect')) as [{ statusCode?: number }, Socket];
  if (response.statusCode !== 200) throw new Error(`the proxy answers ${response.statusCode}`);
  const createConnection = () => secure({ socket, host: name, ca: authority.pem });
  return fetchWith({ createConnection })(input, init);
};

/** A fetch that sends requests over plain HTTP to the proxy (RFC 9112, section 3.2.2). */
const forwardedFetch: typeof fetch = (input, init) => {
  const path = String(input instanceof Request ? input.url : input);
  return fetchWith({ hostname: '127.0.0.1', port: proxy.port, path })(input, init);
};

async function pushIndex(registry: Registry, name: string, at = host): Promise<string> {
  const repository = registry.repository(parseReference(`${at}/${name}`));
  const bytes = new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] }),
  );
  return `${at}/${name}@${(await repository.pushManifest(INDEX, bytes, { tag: 'v1' })).digest}`;
}

async function verdictOf(reference: string, registry: Registry): Promise<string> {
  const trustStore = createTrustStore({ 'ca:acme': key.root });
  const trustPolicy = parseTrustPolicy(policy('*'));
  return (await evaluate(reference, { registry, trustStore, trustPolicy })).outcome;
}

function notation(...args: readonly string[]): Promise<Outcome> {
  const home = dirname(cli.configDirectory);
  return run('notation', args, {
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    NOTATION_CONFIG: cli.configDirectory,
    NOTATION_CACHE: join(home, 'cache', 'notation'),
    DOCKER_CONFIG: join(home, 'docker'),
    SSL_CERT_FILE: join(directory, 'authority.pem'),
  });
}

const WAYS = [
  ['directly', () => fetchWith({ ca: authority.pem })],
  ['through a proxy', () => proxiedFetch],
] as const;

describe.each(WAYS)('a registry on HTTPS with a private authority, reached %s', (way, fetchOf) => {
  const name = way.replaceAll(' ', '-');
  const options = { plainHttp: false, retries: 0 } as const;

  it('keeps signatures that are verified here and by the CLI', async () => {
    const registry = createRegistry({ ...options, fetch: fetchOf() });
    const reference = await pushIndex(registry, `here/${name}`);
    proxy.requested.length = 0;
    await sign(reference, { signer: await createSigner(key), registry });
    expect(await verdictOf(reference, registry)).toBe('verified');
    expect(new Set(proxy.requested)).toEqual(new Set(way === 'directly' ? [] : [host]));
    expect(await notation('verify', reference)).toMatchObject({ code: 0 });
  });

  it('has signatures of the CLI verified', async () => {
    const registry = createRegistry({ ...options, fetch: fetchOf() });
    const reference = await pushIndex(registry, `cli/${name}`);
    expect(await notation('sign', '--key', 'acme', reference)).toMatchObject({ code: 0 });
    expect(await verdictOf(reference, registry)).toBe('verified');
  });

  it('takes blobs in chunks', async () => {
    const registry = createRegistry({ ...options, fetch: fetchOf(), chunkSize: 100_000 });
    const repository = registry.repository(parseReference(`${host}/chunks/${name}`));
    const bytes = Uint8Array.from({ length: 350_000 }, (_, index) => index % 253);
    const sent: number[] = [];
    const onProgress = (at: { sent: number }) => sent.push(at.sent);
    const blob = await repository.pushBlob('application/octet-stream', bytes, { onProgress });
    expect(sent).toEqual([100_000, 200_000, 300_000, 350_000, 350_000]);
    expect(await repository.fetchBlob(blob, { maxBytes: 1_000_000 })).toEqual(bytes);
  });
});

describe('a registry on plain HTTP, reached through a proxy that forwards', () => {
  it('accepts a login and serves signatures, to notarykit and to the CLI, and gets every request through the proxy', async () => {
    const plain = inject('hosts').tagRegistry;
    const registry = createRegistry({ fetch: forwardedFetch, retries: 0 });
    proxy.forwarded.length = 0;
    const reference = await pushIndex(registry, 'forwarded/app', plain);
    await sign(reference, { signer: await createSigner(key), registry });
    expect(await verdictOf(reference, registry)).toBe('verified');
    // The push of the manifest, the request for the referrers, and an upload to the URL that the registry returned.
    const { origin } = new URL(`http://${plain}`);
    expect(proxy.forwarded.filter((url) => !url.startsWith(`${origin}/v2/forwarded/app/`))).toEqual([]);
    for (const part of ['/manifests/', '/referrers/', '/blobs/uploads/', '?_state=', '/blobs/sha256:']) {
      expect(proxy.forwarded.filter((url) => url.includes(part))).not.toEqual([]);
    }
    expect(await cli.run('verify', '--insecure-registry', reference)).toMatchObject({ code: 0 });
  });
});

describe('a registry on HTTPS with a private authority', () => {
  it('cannot be reached by a fetch that does not trust the authority', async () => {
    const registry = createRegistry({ plainHttp: false, retries: 0 });
    await expect(verdictOf(`${host}/here/directly:v1`, registry)).rejects.toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
    });
  });

  it('restarts an upload whose response was lost, and serves the blob as a stream', async () => {
    let chunks = 0;
    const trusting = fetchWith({ ca: authority.pem });
    const losing: typeof fetch = async (input, init) => {
      const { method } = new Request(input instanceof Request ? input.clone() : input, init);
      const response = await trusting(input, init);
      if (method === 'PATCH' && ++chunks === 2) throw new TypeError('the connection was lost');
      return response;
    };
    const registry = createRegistry({ plainHttp: false, retries: 0, fetch: losing, chunkSize: 100_000 });
    const repository = registry.repository(parseReference(`${host}/resumed/app`));
    const bytes = Uint8Array.from({ length: 350_000 }, (_, index) => index % 249);
    const blob = await repository.pushBlob('application/octet-stream', bytes);
    // The registry has dropped the session if it has more bytes than the URL says.
    expect(chunks).toBe(6);
    const stream = repository.fetchBlobStream?.(blob, { createHash, maxBytes: 1_000_000 });
    expect(new Uint8Array(await new Response(stream).arrayBuffer())).toEqual(bytes);
  });

  it('mounts a blob of another repository', async () => {
    const registry = createRegistry({
      plainHttp: false,
      retries: 0,
      fetch: fetchWith({ ca: authority.pem }),
    });
    const bytes = new TextEncoder().encode('a layer that two repositories share');
    const [base, app] = ['mount/base', 'mount/app'].map((name) =>
      registry.repository(parseReference(`${host}/${name}`)),
    );
    const blob = await base?.pushBlob('text/plain', bytes);
    expect(await app?.pushBlob('text/plain', bytes, { mountFrom: 'mount/base' })).toEqual(blob);
  });
});
