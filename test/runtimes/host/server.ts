import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createTestTimestampAuthority, type TestTimestampAuthority } from '../../../src/testing/index.ts';
import { forgeCertificate } from '../../support/forge.ts';
import { type RegistryServer, startRegistry } from '../../support/registry-server.ts';
import type { RsaKey } from '../shims/rsa.ts';
import { type Behaviour, behaviours } from './behaviours.ts';
import { type Delivery, deliver } from './deliveries.ts';

/** Files to serve unchanged: by path, with a media type and further headers. */
export type StaticFiles = Readonly<
  Record<string, { bytes: Uint8Array; type: string; headers?: Readonly<Record<string, string>> }>
>;

/** The host of a suite: a registry, a timestamping authority, and URLs that respond as configured. */
export interface Host {
  /** `http://127.0.0.1:…`, where everything is. */
  origin: string;
  /** `https://127.0.0.1:…`, with a certificate of its own, where the static files are. */
  secureOrigin: string;
  stop(): Promise<void>;
}

const RSA_BITS = [1024, 2048, 2056, 3072, 4096];
const KEYS_OF_EACH = 3;
/** The body under `/delivered/`, as test/runtimes/quirks.ts knows it. */
const DELIVERED = JSON.stringify({ entries: 'abcdefgh'.repeat(40).split('') });

/** Starts a host on loopback. */
export async function startHost(files: StaticFiles, vectorsDirectory: string): Promise<Host> {
  const tsa = await createTestTimestampAuthority({ accuracy: 10 });
  const other = await listen(createServer((_, response) => response.end('no pages of others')));
  const otherOrigin = `http://127.0.0.1:${other.port}`;
  const fixtures = {
    otherOrigin,
    rsaKeys: RSA_BITS.flatMap(makeKeys),
    vectors: readDirectory(vectorsDirectory),
  };
  const all: StaticFiles = {
    ...files,
    '/fixtures.json': { bytes: Buffer.from(JSON.stringify(fixtures)), type: 'application/json' },
    '/tsa-root.pem': { bytes: Buffer.from(tsa.rootCertificate), type: 'text/plain' },
  };
  const plain = await listenWithRegistry(all, tsa);
  const secure = await listenSecurely(all);
  return {
    origin: `http://${plain.host}`,
    secureOrigin: `https://127.0.0.1:${secure.port}`,
    async stop() {
      await Promise.all([plain.close(), secure.close(), other.close()]);
    },
  };
}

/** A registry server that answers other paths as well. */
async function listenWithRegistry(files: StaticFiles, tsa: TestTimestampAuthority): Promise<RegistryServer> {
  const served = new Map<string, { behaviour: Behaviour; bytes: Buffer }>();
  /** How the registry sends its responses to requests whose path has a part. */
  let delivery: { way: Delivery; part: string } | undefined;
  const registry = await startRegistry({}, (toRegistry) =>
    keepConnections(
      createServer((request, response) => {
        const path = (request.url ?? '/').replace(/\?.*/, '');
        const [, way] = /^\/delivered\/(\w+)$/.exec(path) ?? [];
        if (way) return deliver(way as Delivery, request, response, (_, plain) => plain.end(DELIVERED));
        if (/^\/(?:v2\/|token)/.test(path)) {
          if (!delivery || !path.includes(delivery.part)) return toRegistry(request, response);
          return deliver(delivery.way, request, response, toRegistry);
        }
        return answer(path, request, response).catch((error: unknown) => {
          response.writeHead(500).end(String(error));
        });
      }),
    ),
  );
  const answer = async (path: string, request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    if (path === '/switches') {
      const { delivery: next, ...switches } = JSON.parse(body.toString());
      delivery = next;
      Object.assign(registry.switches, switches);
      return response.writeHead(204).end();
    }
    if (path === '/tsa') return answerTimestamp(tsa, request, body, response);
    const [, kind, name = ''] = /^\/(serve|served)\/([^/]+)/.exec(path) ?? [];
    if (kind === 'serve') {
      const behaviour = new URL(request.url ?? '', 'http://host').searchParams.get('behaviour') as Behaviour;
      served.set(name, { behaviour, bytes: body });
      return response.writeHead(204).end();
    }
    const known = served.get(name);
    if (!known) return sendFile(files, path, response);
    return known.behaviour === 'bytes' ? response.end(known.bytes) : behaviours[known.behaviour](response);
  };
  return registry;
}

async function answerTimestamp(
  tsa: TestTimestampAuthority,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const type = request.headers['content-type'] ?? '';
  const answer = await tsa.fetch(tsa.url, {
    method: 'POST',
    headers: { 'content-type': type },
    body: Uint8Array.from(body),
  });
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
  response.end(Buffer.from(await answer.arrayBuffer()));
}

function listenSecurely(files: StaticFiles): Promise<Listening> {
  const { pem, privateKey } = forgeCertificate({ subject: '127.0.0.1' });
  return listen(
    createSecureServer({ cert: pem, key: privateKey }, ({ url = '/' }, response) =>
      sendFile(files, url.replace(/\?.*/, ''), response),
    ),
  );
}

/** A busy runtime must not find its idle connection closed. */
function keepConnections(server: Server): Server {
  server.keepAliveTimeout = 15 * 60_000;
  return server;
}

interface Listening {
  port: number;
  close(): Promise<void>;
}

async function listen(server: Server): Promise<Listening> {
  keepConnections(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendFile(files: StaticFiles, path: string, response: ServerResponse): ServerResponse {
  const file = files[path];
  if (!file) return response.writeHead(404).end();
  return response.writeHead(200, { 'content-type': file.type, ...file.headers }).end(file.bytes);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function makeKeys(bits: number): RsaKey[] {
  return Array.from({ length: KEYS_OF_EACH }, () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
    const { n = '', d = '' } = privateKey.export({ format: 'jwk' });
    const hex = (text: string) => Buffer.from(text, 'base64url').toString('hex');
    return {
      bits,
      modulus: hex(n),
      privateExponent: hex(d),
      publicKey: publicKey.export({ type: 'pkcs1', format: 'der' }).toString('hex'),
      privateKey: privateKey.export({ type: 'pkcs1', format: 'der' }).toString('hex'),
    };
  });
}

/** Every file below a directory, in base64, by path. */
function readDirectory(directory: string, below = ''): Record<string, string> {
  const path = join(directory, below);
  if (!existsSync(path)) return {};
  return Object.assign(
    {},
    ...readdirSync(path).map((name) => {
      const inner = below ? `${below}/${name}` : name;
      return statSync(join(directory, inner)).isDirectory()
        ? readDirectory(directory, inner)
        : { [inner]: readFileSync(join(directory, inner)).toString('base64') };
    }),
  );
}
