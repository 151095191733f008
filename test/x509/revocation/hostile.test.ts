import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRevocationChecker } from '../../../src/x509/revocation/index.ts';
import { forgeNamingChain } from '../../support/fake-authorities.ts';
import { forgeAuthority } from '../../support/forge.ts';
import { forgeCrl } from '../../support/forge-crl.ts';

const TIMEOUT = 400;
const root = forgeAuthority({ subject: 'hostile root' });
const list = forgeCrl({ issuer: root });

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

let server: Server;
let other: Server;
let answer: Answer;
let seen: string[];

async function listen(handler: Answer): Promise<Server> {
  const started = createServer((request, response) => handler(response, request));
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return started;
}

const portOf = (of: Server) => (of.address() as AddressInfo).port;
const here = (path = '') => `http://127.0.0.1:${portOf(server)}${path}`;

beforeAll(async () => {
  server = await listen((response, request) => {
    seen.push(`${request.method} ${request.url}`);
    answer(response, request);
  });
  // A client that follows the redirect gets a CRL that would make the certificate good.
  other = await listen((response) => response.end(list));
});
afterAll(() => {
  for (const each of [server, other]) {
    each.closeAllConnections();
    each.close();
  }
});

/** The status of a leaf whose only authority sends this response. */
async function check(kind: 'ocsp' | 'crl', hostile: Answer) {
  answer = hostile;
  seen = [];
  const { chain } = forgeNamingChain({ [kind]: [here(`/${kind}`)] }, { root });
  const begun = performance.now();
  const [status] = await createRevocationChecker({ timeout: TIMEOUT }).check(chain);
  return { status, took: performance.now() - begun };
}

const drip: Answer = (response) => {
  response.writeHead(200, { 'content-length': '1000' });
  const timer = setInterval(() => response.write('0'), 50);
  response.on('close', () => clearInterval(timer));
};
/** More than any limit; stops when the client disconnects. */
const flood: Answer = (response) => {
  const chunk = Buffer.alloc(1024 * 1024, 0x30);
  let left = 40;
  const send = () => {
    while (left-- > 0) if (!response.write(chunk)) return void response.once('drain', send);
    response.end();
  };
  send();
};
const redirect =
  (location: () => string): Answer =>
  (response) =>
    response.writeHead(302, { location: location() }).end();
const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024));

const servers: [string, Answer, RegExp][] = [
  ['never answers', () => undefined, /400 ms/],
  ['sends headers and nothing more', (response) => response.writeHead(200).flushHeaders(), /400 ms/],
  ['sends a byte now and then', drip, /400 ms/],
  ['sent more than the limit', flood, /more than \d+ bytes|ms/],
  [
    'claims a length beyond the limit and sends less',
    (response) => {
      response.writeHead(200, { 'content-length': '99999999999' });
      response.write('0');
      setTimeout(() => response.destroy(), 30);
    },
    /broke off in the middle of a response/,
  ],
  [
    'sends less than it claims',
    (response) => {
      response.writeHead(200, { 'content-length': `${list.length}` });
      response.write(list.subarray(0, 20));
      setTimeout(() => response.destroy(), 30);
    },
    /broke off in the middle of a response/,
  ],
  [
    'claims less than it sends',
    (response) => {
      response.socket?.end(`HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n${'0'.repeat(5000)}`);
    },
    /malformed|cannot be reached/,
  ],
  [
    'sends a gzip bomb',
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    /more than \d+ bytes|ms/,
  ],
  [
    'says gzip and sends none',
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(list),
    /broke off in the middle of a response/,
  ],
  ['redirects to another scheme', redirect(() => 'https://127.0.0.1/ca.crl'), /redirect/],
  ['redirects to another host', redirect(() => `http://localhost:${portOf(other)}/`), /redirect/],
  ['redirects to another port', redirect(() => `http://127.0.0.1:${portOf(other)}/`), /redirect/],
  ['redirects to a file', redirect(() => 'file:///etc/passwd'), /redirect/],
  ['redirects to bytes', redirect(() => `data:;base64,${Buffer.from(list).toString('base64')}`), /redirect/],
  ['redirects to nowhere', redirect(() => 'http://['), /redirect/],
  ['redirects in circles', redirect(() => '/again'), /redirects more than 3 times/],
  [
    'sends a page with status 200',
    (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>captive portal</html>'),
    /malformed/,
  ],
  ['sends nothing with status 200', (response) => response.end(), /malformed/],
  ['sends 204', (response) => response.writeHead(204).end(), /204/],
  ['sends 404', (response) => response.writeHead(404).end(list), /404/],
  ['sends 500', (response) => response.writeHead(500).end(list), /500/],
  ['closes the connection', (response) => response.socket?.destroy(), /cannot be reached/],
  [
    'speaks something else',
    (response) => response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n'),
    /cannot be reached/,
  ],
];

describe.each(['ocsp', 'crl'] as const)('a server for %s', (kind) => {
  it.each(servers)(
    'that %s leaves the status unknown, in time, and is reported',
    async (_, hostile, message) => {
      const { status, took } = await check(kind, hostile);
      expect(status).toMatchObject({ status: 'unknown', reason: { code: 'ERR_REVOCATION_UNKNOWN' } });
      expect(status?.lookups).toHaveLength(1);
      expect(status?.lookups[0]).toMatchObject({
        url: here(`/${kind}`),
        source: 'network',
        answer: 'unknown',
      });
      expect(status?.lookups[0]?.message).toMatch(message);
      expect(took).toBeLessThan(TIMEOUT + 1500);
    },
  );
});

describe('a server for CRLs', () => {
  it('that cannot be connected to leaves the status unknown', async () => {
    const closed = await listen(() => undefined);
    const url = `http://127.0.0.1:${portOf(closed)}/ca.crl`;
    await new Promise((resolve) => closed.close(resolve));
    const { chain } = forgeNamingChain({ crl: [url] }, { root });
    const [status] = await createRevocationChecker({ timeout: TIMEOUT }).check(chain);
    expect(status?.lookups[0]?.message).toContain('ECONNREFUSED');
  });

  it('may redirect within itself', async () => {
    const { status } = await check('crl', (response, { url }) =>
      url === '/crl' ? response.writeHead(301, { location: '/moved' }).end() : response.end(list),
    );
    expect(status?.status).toBe('good');
    expect(seen).toEqual(['GET /crl', 'GET /moved']);
  });

  it('may compress', async () => {
    const { status } = await check('crl', (response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(list)),
    );
    expect(status?.status).toBe('good');
  });

  it('that hangs does not keep a check from being stopped at once', async () => {
    answer = () => undefined;
    seen = [];
    const { chain } = forgeNamingChain({ crl: [here('/hangs')] }, { root });
    const begun = performance.now();
    const check = createRevocationChecker({ timeout: 60_000 }).check(chain, {
      signal: AbortSignal.timeout(50),
    });
    await expect(check).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the request for a CRL did not end before the deadline of the signal',
    });
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
