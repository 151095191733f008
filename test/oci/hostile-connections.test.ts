import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { answering, BLOB, fetchBlob, manifest } from './hostile.ts';
import { bytesOf, connect, failure, image, MANIFEST, NAME, open, start } from './support.ts';

describe('a response that breaks off', () => {
  it('in the middle of a body is named in the error', async () => {
    const repository = await answering((response) => {
      response.writeHead(200, { 'content-length': BLOB.length });
      response.write('the', () => response.destroy());
    });
    expect(await failure(fetchBlob(repository))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
      message: expect.stringContaining('broke off in the middle of a response'),
    });
  });

  it('before its headers is named in the error', async () => {
    const repository = await answering((response) => void response.destroy());
    expect(await failure(fetchBlob(repository))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ cannot be reached/),
    });
  });

  it('in the middle of compressed data is named in the error', async () => {
    const half = gzipSync(Buffer.from(bytesOf(image()))).subarray(0, 30);
    const repository = await answering((response) => {
      response.writeHead(200, { 'content-type': MANIFEST, 'content-encoding': 'gzip' }).end(half);
    });
    const error = await failure(repository.fetchManifest(manifest));
    expect(['ERR_REGISTRY_UNREACHABLE', 'ERR_CONTENT_MISMATCH']).toContain(error.code);
  });

  it('is never a manifest under a tag, also where no digest shows it', async () => {
    const half = bytesOf(image()).subarray(0, -5);
    const { server, repository } = await connect();
    server.switches.intercept = ({ method }, response) => {
      response.writeHead(method === 'HEAD' ? 405 : 200, { 'content-type': MANIFEST }).end(half);
      return true;
    };
    expect(await failure(repository.resolve('v1'))).toMatchObject({ code: 'ERR_MANIFEST_INVALID' });
  });

  it('because nothing listens is named in the error', async () => {
    const { server, repository } = await connect();
    await server.close();
    expect(await failure(repository.resolve('v1'))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('a slow response', () => {
  it('that never starts ends with a timeout', async () => {
    const repository = await answering(() => undefined, { timeout: 100 });
    expect(await failure(fetchBlob(repository))).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringContaining('took longer than 100 ms'),
    });
  });

  it('that drips ends with a timeout', async () => {
    let drips: NodeJS.Timeout | undefined;
    const repository = await answering(
      (response) => {
        response.writeHead(200, { 'content-length': BLOB.length });
        drips = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(drips));
      },
      { timeout: 150 },
    );
    expect(await failure(fetchBlob(repository))).toMatchObject({ code: 'ERR_TIMEOUT' });
  });

  it('of a token server ends with a timeout', async () => {
    const server = await start({ accounts: { scheme: 'bearer', username: 'a', password: 'secret' } });
    server.switches.intercept = ({ path }) => path.startsWith('/token');
    expect(await failure(open(server, { timeout: 100 }).resolve('v1'))).toMatchObject({
      code: 'ERR_TIMEOUT',
    });
  });

  it('is not waited for if the given fetch ignores its signal', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true;
      },
    });
    const { repository } = await connect({}, { timeout: 50, fetch: async () => new Response(body) });
    expect(await failure(fetchBlob(repository))).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(cancelled).toBe(true);
  });

  it('ends when its caller aborts', async () => {
    const repository = await answering(() => undefined);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 30);
    expect(await failure(fetchBlob(repository, controller.signal))).toMatchObject({
      code: 'ERR_ABORTED',
      cause: expect.objectContaining({ message: 'enough' }),
    });
  });

  it('is not even requested with a signal that is aborted', async () => {
    const { server, repository } = await connect();
    expect(await failure(fetchBlob(repository, AbortSignal.abort()))).toMatchObject({ code: 'ERR_ABORTED' });
    expect(await failure(repository.resolve('v1', { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ERR_ABORTED',
    });
    expect(server.requests).toEqual([]);
  });
});

describe('redirects', () => {
  it('of a blob are followed', async () => {
    const storage = await start();
    storage.switches.intercept = (_, response) => {
      response.writeHead(200).end(BLOB);
      return true;
    };
    const repository = await answering((response) => {
      response.writeHead(307, { location: `http://${storage.host}/bucket/blob?signature=abc` }).end();
    });
    expect(await fetchBlob(repository)).toEqual(BLOB);
  });

  it('do not go on forever', async () => {
    const { server, repository } = await connect();
    server.switches.intercept = (_, response) => {
      response.writeHead(302, { location: `/${server.requests.length}` }).end();
      return true;
    };
    expect(await failure(fetchBlob(repository))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining('redirects more than 5 times'),
    });
    expect(server.requests).toHaveLength(6);
  });

  it.each(['file:///etc/hostname', 'ftp://127.0.0.1/', 'http://user:secret@127.0.0.1/', 'http://'])(
    'do not lead to %s',
    async (location) => {
      const repository = await answering((response) => void response.writeHead(302, { location }).end());
      const error = await failure(fetchBlob(repository));
      expect(error).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
      expect(error.message).not.toContain('secret');
    },
  );

  it.each([307, 308])('of every request of a push are followed within the registry: %i', async (status) => {
    const { server, repository } = await connect({}, { chunkSize: 4 });
    server.switches.intercept = ({ method, url, path }, response) => {
      if (method === 'HEAD' || url.searchParams.has('moved')) return false;
      response.writeHead(status, { location: `${path}${url.search ? '&' : '?'}moved` }).end();
      return true;
    };
    const { digest } = await repository.pushBlob('text/plain', BLOB);
    const manifest = await repository.pushManifest(MANIFEST, bytesOf(image()));
    expect(new Uint8Array(server.repository(NAME).blobs.get(digest) ?? [])).toEqual(BLOB);
    expect([...server.repository(NAME).manifests.keys()]).toEqual([manifest.digest]);
  });

  it.each([301, 302, 303])('of an upload that would lose its body are rejected: %i', async (status) => {
    const { server, repository } = await connect();
    server.switches.intercept = ({ method }, response) => {
      if (method === 'PUT') response.writeHead(status, { location: '/elsewhere' }).end();
      return method === 'PUT';
    };
    expect(await failure(repository.pushManifest(MANIFEST, bytesOf(image())))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining(`redirects a PUT with ${status}`),
      nextStep: 'Use the address that the server redirects to.',
    });
  });

  it('to another origin during an upload are rejected with its name', async () => {
    const other = await start();
    const { server, repository } = await connect();
    server.switches.intercept = ({ method, path }, response) => {
      if (method === 'PUT') response.writeHead(307, { location: `http://${other.host}${path}` }).end();
      return method === 'PUT';
    };
    expect(await failure(repository.pushManifest(MANIFEST, bytesOf(image())))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining(`redirects a PUT to "http://${other.host}", which is another origin`),
    });
    expect(other.requests).toEqual([]);
  });

  it.each([undefined, '', 'file:///etc/hostname', 'http://user:secret@127.0.0.1/', 'http://'])(
    'of an upload address to %s are rejected',
    async (location) => {
      const { server, repository } = await connect();
      server.switches.intercept = ({ method }, response) => {
        if (method !== 'POST') return false;
        response.writeHead(202, location === undefined ? {} : { location }).end();
        return true;
      };
      expect(await failure(repository.pushBlob('text/plain', BLOB))).toMatchObject({
        code: 'ERR_REGISTRY_RESPONSE',
        message: expect.stringContaining('returned no upload URL'),
      });
    },
  );
});

describe('the message of a registry about a failure', () => {
  it('is reported on one line without control characters', async () => {
    const repository = await answering((response) => {
      const errors = [{ code: 'DENIED', message: 'a\u001b[31m\nb\u202ec' }];
      response.writeHead(403).end(JSON.stringify({ errors }));
    });
    const error = await failure(fetchBlob(repository));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
    expect(error.message).toContain('(DENIED: a [31m b c)');
  });

  it('is cut short', async () => {
    const repository = await answering((response) => {
      response.writeHead(400).end(JSON.stringify({ errors: [{ message: 'x'.repeat(10_000) }] }));
    });
    expect((await failure(fetchBlob(repository))).message.length).toBeLessThan(500);
  });

  it.each(['', 'null', '[]', '{"errors":[]}', '{"errors":[null]}', '{"errors":{}}', '<html>'])(
    'may be %j',
    async (body) => {
      const repository = await answering((response) => void response.writeHead(418).end(body));
      expect(await failure(fetchBlob(repository))).toMatchObject({
        code: 'ERR_REGISTRY_RESPONSE',
        message: expect.stringMatching(
          /^127\.0\.0\.1:\d+ responded with 418 to the request for the blob sha256:[0-9a-f]{64}$/,
        ),
      });
    },
  );
});
