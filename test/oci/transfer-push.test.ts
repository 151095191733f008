import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { RegistryOptions } from '../../src/oci/index.ts';
import { type RegistryServer, type SeenRequest, sha256 } from '../support/registry-server.ts';
import { connect, failure, NAME, open, requestMethods } from './support.ts';

const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const DIGEST = sha256(BYTES);
const CHUNKED: RegistryOptions = { chunkSize: 300 };

function stored(server: RegistryServer): Uint8Array {
  return new Uint8Array(server.repository(NAME).blobs.get(DIGEST) ?? []);
}

/** Accepts the request and drops the connection before the response. */
function loseResponse(response: ServerResponse): void {
  response.writeHead = () => {
    response.destroy();
    return response;
  };
}

/** Handles the chunk of a given number, counted from 1, when it first arrives. */
function atChunk(
  server: RegistryServer,
  number: number,
  then: (request: SeenRequest, response: ServerResponse) => boolean,
): void {
  let count = 0;
  server.switches.intercept = (request, response) =>
    request.method === 'PATCH' && ++count === number ? then(request, response) : false;
}

describe('pushing a blob in chunks', () => {
  it('sends one after another and reports its progress', async () => {
    const { server, repository } = await connect({}, CHUNKED);
    const told: { sent: number; total: number }[] = [];
    const descriptor = await repository.pushBlob('text/plain', BYTES, { onProgress: (at) => told.push(at) });
    expect(descriptor).toEqual({ mediaType: 'text/plain', digest: DIGEST, size: 1000 });
    expect(requestMethods(server, '')).toEqual(['HEAD', 'POST', 'PATCH', 'PATCH', 'PATCH', 'PATCH', 'PUT']);
    expect(stored(server)).toEqual(BYTES);
    expect(told.map(({ sent }) => sent)).toEqual([300, 600, 900, 1000, 1000]);
    expect(told[0]?.total).toBe(1000);
  });

  it('accepts a 204 as the response to a chunk, as from the registry of crane', async () => {
    const { server, repository } = await connect({}, CHUNKED);
    server.switches.intercept = ({ method }, response) => {
      const { writeHead } = response;
      if (method === 'PATCH') {
        response.writeHead = ((status: number, headers: object) =>
          writeHead.call(response, status === 202 ? 204 : status, headers as never)) as never;
      }
      return false;
    };
    await repository.pushBlob('text/plain', BYTES);
    expect(stored(server)).toEqual(BYTES);
  });

  it('is not begun for a blob that is no longer than a chunk', async () => {
    const { server, repository } = await connect({}, { chunkSize: 1000 });
    await repository.pushBlob('text/plain', BYTES);
    expect(requestMethods(server, '')).toEqual(['HEAD', 'POST', 'PUT']);
    expect(stored(server)).toEqual(BYTES);
  });

  it('keeps to the least length that the registry requires', async () => {
    const { server, repository } = await connect({}, CHUNKED);
    server.switches.intercept = ({ method }, response) => {
      if (method === 'POST') response.setHeader('oci-chunk-min-length', '600');
      return false;
    };
    await repository.pushBlob('text/plain', BYTES);
    const chunks = server.requests.filter(({ method }) => method === 'PATCH');
    expect(chunks.map(({ headers }) => headers['content-range'])).toEqual(['0-599', '600-999']);
  });

  it.each([1, 2, 4])('continues if the response to chunk %i was lost', async (number) => {
    const { server, repository } = await connect({}, CHUNKED);
    atChunk(server, number, (_, response) => {
      loseResponse(response);
      return false;
    });
    await repository.pushBlob('text/plain', BYTES);
    expect(stored(server)).toEqual(BYTES);
    expect(requestMethods(server, '/uploads/').filter((method) => method === 'PATCH')).toHaveLength(4);
    expect(requestMethods(server, '/uploads/')).toContain('GET');
  });

  it.each([1, 2, 4])(
    'continues within chunk %i if the connection was lost in the middle of it',
    async (number) => {
      const { server, repository } = await connect({}, CHUNKED);
      atChunk(server, number, ({ body }, response) => {
        const held = server.uploads.get('1') ?? Buffer.alloc(0);
        server.uploads.set('1', Buffer.concat([held, body.subarray(0, 50)]));
        response.destroy();
        return true;
      });
      await repository.pushBlob('text/plain', BYTES);
      expect(stored(server)).toEqual(BYTES);
    },
  );

  it('goes on after a registry was overloaded', async () => {
    const { server, repository } = await connect({}, CHUNKED);
    atChunk(server, 2, (_, response) => {
      response.writeHead(503).end();
      return true;
    });
    await repository.pushBlob('text/plain', BYTES);
    expect(stored(server)).toEqual(BYTES);
  });

  it.each([404, 405, 501])(
    'is replaced by a single request if the response to a chunk is %i',
    async (status) => {
      const { server, repository } = await connect({}, CHUNKED);
      server.switches.intercept = ({ method }, response) => {
        if (method === 'PATCH') response.writeHead(status).end();
        return method === 'PATCH';
      };
      await repository.pushBlob('text/plain', BYTES);
      expect(requestMethods(server, '')).toEqual(['HEAD', 'POST', 'PATCH', 'POST', 'PUT']);
      expect(stored(server)).toEqual(BYTES);
    },
  );

  it('starts again if the session is gone', async () => {
    const { server, repository } = await connect({}, CHUNKED);
    atChunk(server, 3, (_, response) => {
      server.uploads.clear();
      response.destroy();
      return true;
    });
    await repository.pushBlob('text/plain', BYTES);
    expect(stored(server)).toEqual(BYTES);
    expect(requestMethods(server, '').filter((method) => method === 'POST')).toHaveLength(2);
  });

  it('fails if the session is gone again and again', { timeout: 60_000 }, async () => {
    const { server, repository } = await connect({}, CHUNKED);
    server.switches.intercept = ({ method, headers }) => {
      if (method === 'PATCH' && headers['content-range'] === '600-899') server.uploads.clear();
      return false;
    };
    expect(await failure(repository.pushBlob('text/plain', BYTES))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
    });
    expect(requestMethods(server, '').filter((method) => method === 'POST')).toHaveLength(4);
  });

  it('fails if the registry takes only one byte of each chunk', { timeout: 60_000 }, async () => {
    const { server, repository } = await connect({}, CHUNKED);
    let held = 1;
    server.switches.intercept = ({ method, path }, response) => {
      if (method === 'PATCH') response.writeHead(202, { location: path, range: `0-${held++}` }).end();
      return method === 'PATCH';
    };
    expect(await failure(repository.pushBlob('text/plain', BYTES))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
    });
    expect(server.requests.length).toBeLessThan(60);
  });

  it('fails if it makes no progress', { timeout: 60_000 }, async () => {
    const { server, repository } = await connect({}, CHUNKED);
    server.switches.intercept = ({ method }, response) => {
      if (method === 'PATCH') response.destroy();
      return method === 'PATCH';
    };
    expect(await failure(repository.pushBlob('text/plain', BYTES))).toMatchObject({
      code: 'ERR_REGISTRY_UNREACHABLE',
      message: expect.stringContaining('makes no progress'),
    });
    expect(requestMethods(server, '').filter((method) => method === 'PATCH')).toHaveLength(4);
  });

  it.each(['0-5000', '7-8', 'x', undefined])('fails if the registry claims to have %j', async (range) => {
    const { server, repository } = await connect({}, CHUNKED);
    server.switches.intercept = ({ method }, response) => {
      if (method === 'PATCH') response.writeHead(503).end();
      if (method === 'GET') response.writeHead(204, range === undefined ? {} : { range }).end();
      return method === 'PATCH' || method === 'GET';
    };
    expect(await failure(repository.pushBlob('text/plain', BYTES))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
    });
  });

  it('stops in the middle when its caller aborts', async () => {
    const { server, repository } = await connect({}, CHUNKED);
    const controller = new AbortController();
    const onProgress = ({ sent }: { sent: number }) => sent >= 600 && controller.abort();
    const work = repository.pushBlob('text/plain', BYTES, { signal: controller.signal, onProgress });
    expect(await failure(work)).toMatchObject({ code: 'ERR_ABORTED' });
    expect(requestMethods(server, '').filter((method) => method === 'PATCH')).toHaveLength(2);
    expect(stored(server)).toHaveLength(0);
  });

  it('is not stopped by a listener that throws', async () => {
    const { server, repository } = await connect({}, CHUNKED);
    const onProgress = () => {
      throw new Error('listener');
    };
    await repository.pushBlob('text/plain', BYTES, { onProgress });
    expect(stored(server)).toEqual(BYTES);
  });
});

describe('the last request of a push', () => {
  it.each([300, 5000])(
    'succeeds if its response is lost but the blob was stored (chunks of %i)',
    async (chunkSize) => {
      const { server, repository } = await connect({}, { chunkSize, retries: 2 });
      let lost = false;
      server.switches.intercept = ({ method }, response) => {
        if (method === 'PUT' && !lost) {
          lost = true;
          loseResponse(response);
        }
        return false;
      };
      expect(await repository.pushBlob('text/plain', BYTES)).toMatchObject({ digest: DIGEST });
      expect(requestMethods(server, '').slice(-3)).toEqual(['PUT', 'PUT', 'HEAD']);
      expect(stored(server)).toEqual(BYTES);
    },
  );

  it('fails if the session is gone and the blob was not stored', async () => {
    const { server, repository } = await connect();
    server.switches.intercept = ({ method }) => {
      if (method === 'PUT') server.uploads.clear();
      return false;
    };
    expect(await failure(repository.pushBlob('text/plain', BYTES))).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });
});

describe('a blob that another repository has', () => {
  it('is mounted', async () => {
    const { server, repository } = await connect();
    server.repository('team/base').blobs.set(DIGEST, Buffer.from(BYTES));
    const told: number[] = [];
    const options = { mountFrom: 'team/base', onProgress: ({ sent }: { sent: number }) => told.push(sent) };
    expect(await repository.pushBlob('text/plain', BYTES, options)).toMatchObject({ digest: DIGEST });
    expect(requestMethods(server, '')).toEqual(['HEAD', 'POST']);
    expect(stored(server)).toEqual(BYTES);
    expect(told).toEqual([1000]);
  });

  it('is sent if the registry opens an upload instead', async () => {
    const { server, repository } = await connect();
    await repository.pushBlob('text/plain', BYTES, { mountFrom: 'team/other' });
    expect(requestMethods(server, '')).toEqual(['HEAD', 'POST', 'PUT']);
    expect(stored(server)).toEqual(BYTES);
  });

  it('is sent if the token server denies access to the other repository', async () => {
    const accounts = { scheme: 'bearer', username: 'ci', password: 'secret' } as const;
    const { server } = await connect({ accounts });
    const credentials = { [server.host]: { username: 'ci', password: 'secret' } };
    server.switches.intercept = (request, response) => {
      if (request.url.searchParams.getAll('scope').some((scope) => scope.includes('team/secret'))) {
        response.writeHead(403).end();
        return true;
      }
      if (!request.path.includes('mount=')) return false;
      const scope = 'repository:team/app:pull,push repository:team/secret:pull';
      const challenge = `Bearer realm="http://${server.host}/token",service="registry",scope="${scope}"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
      return true;
    };
    const repository = open(server, { credentials });
    await repository.pushBlob('text/plain', BYTES, { mountFrom: 'team/secret' });
    expect(stored(server)).toEqual(BYTES);
  });

  it.each([400, 401, 403, 404, 405, 501])('is sent if the response to mounting is %i', async (status) => {
    const { server, repository } = await connect();
    server.switches.intercept = ({ path }, response) => {
      if (path.includes('mount=')) response.writeHead(status).end();
      return path.includes('mount=');
    };
    await repository.pushBlob('text/plain', BYTES, { mountFrom: 'team/base' });
    expect(requestMethods(server, '')).toEqual(['HEAD', 'POST', 'POST', 'PUT']);
    expect(stored(server)).toEqual(BYTES);
  });
});
