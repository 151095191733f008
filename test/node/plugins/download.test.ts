import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPluginManager, type InstallPluginOptions } from '../../../src/node/index.ts';
import { forgeTarGz } from './archives.ts';
import { programOf, temporaryDirectory } from './support.ts';

const ARCHIVE = forgeTarGz([{ path: 'notation-acme', content: programOf('acme') }]);
const PROGRAM = Buffer.from(programOf('acme'));

let directory: string;
let server: Server;
let answer: RequestListener;
let requested: string[];
let origin: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  requested = [];
  server = createServer((request, response) => {
    requested.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function install(address: string, options: InstallPluginOptions = { sha256: sha256(ARCHIVE) }) {
  return createPluginManager({ directory }).install(new URL(address, origin), options);
}

describe('install from a URL', () => {
  it('fetches an archive', async () => {
    answer = (_, response) => response.end(ARCHIVE);
    expect(await install('/acme.tar.gz')).toMatchObject({ name: 'acme' });
  });

  it('fetches a program, named by the end of the path', async () => {
    answer = (_, response) => response.end(PROGRAM);
    expect(await install('/v1/notation-acme?x=y', { sha256: sha256(PROGRAM) })).toMatchObject({
      name: 'acme',
    });
  });

  it('fetches nothing without a SHA-256', async () => {
    await expect(install('/acme.tar.gz', {})).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('sha256'),
    });
    expect(requested).toEqual([]);
  });

  it('takes nothing that has another SHA-256', async () => {
    answer = (_, response) => response.end(PROGRAM);
    await expect(install('/notation-acme')).rejects.toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([
    'http://example.com/acme.zip',
    'file:///etc/passwd',
    'data:,x',
    'ftp://127.0.0.1/x',
    'http://127.0.0.1.example.com/',
  ])('does not fetch %s', async (address) => {
    const fetch = () => Promise.reject(new Error('it was fetched'));
    await expect(install(address, { sha256: sha256(ARCHIVE), fetch })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });

  it('follows redirects', async () => {
    answer = ({ url }, response) =>
      url === '/2'
        ? response.end(ARCHIVE)
        : response.writeHead(302, { location: url === '/0' ? '/1' : '/2' }).end();
    expect(await install('/0')).toMatchObject({ name: 'acme' });
    expect(requested).toEqual(['/0', '/1', '/2']);
  });

  it('does not follow redirects without end', async () => {
    answer = (_, response) => response.writeHead(302, { location: '/again' }).end();
    await expect(install('/')).rejects.toMatchObject({ code: 'ERR_AUTHORITY_RESPONSE' });
    expect(requested).toHaveLength(6);
  });

  it.each([
    ['to plain http', 'https://example.com/', 'http://example.org/x', 'ERR_ARGUMENT_INVALID'],
    ['to this machine', 'https://example.com/', 'http://127.0.0.1:1/x', 'ERR_AUTHORITY_RESPONSE'],
    [
      'to the metadata of a cloud',
      'https://example.com/',
      'https://169.254.169.254/x',
      'ERR_AUTHORITY_RESPONSE',
    ],
    ['to a file', 'https://example.com/', 'file:///etc/passwd', 'ERR_ARGUMENT_INVALID'],
  ])('does not follow a redirect %s', async (_, from, location, code) => {
    const fetched: string[] = [];
    const fetch = async (address: RequestInfo | URL) => {
      fetched.push(String(address));
      return new Response(null, { status: 302, headers: { location } });
    };
    await expect(install(from, { sha256: sha256(ARCHIVE), fetch })).rejects.toMatchObject({ code });
    expect(fetched).toEqual([from]);
  });

  it.each([404, 500, 204, 304])('rejects an answer with the status %d', async (status) => {
    answer = (_, response) => response.writeHead(status).end();
    await expect(install('/acme.zip?token=secret')).rejects.toMatchObject({
      code: 'ERR_AUTHORITY_RESPONSE',
      message: expect.stringMatching(new RegExp(`/acme\\.zip responded with the status ${status}$`)),
    });
  });

  it('reports a response that breaks off', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('x', () => response.destroy());
    };
    await expect(install('/')).rejects.toMatchObject({ code: 'ERR_AUTHORITY_UNREACHABLE' });
  });

  it('reports that there is no server', async () => {
    server.close();
    await expect(install('/')).rejects.toMatchObject({ code: 'ERR_AUTHORITY_UNREACHABLE' });
  });

  it('stops when the response is too large', async () => {
    const chunk = new Uint8Array(8 * 1024 * 1024);
    let sent = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += chunk.length;
          controller.enqueue(chunk);
        },
      });
    const fetch = async () => new Response(endless());
    await expect(install('https://example.com/', { sha256: sha256(ARCHIVE), fetch })).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
    });
    expect(sent).toBeLessThan(300 * 1024 * 1024);
  });

  it('can be aborted', async () => {
    answer = (_, response) => response.writeHead(200).write('x');
    const signal = AbortSignal.timeout(200);
    await expect(install('/', { sha256: sha256(ARCHIVE), signal })).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringContaining('did not end before the deadline of the signal'),
    });
    expect(await readdir(join(directory))).toEqual([]);
  });
});
