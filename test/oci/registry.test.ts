import { describe, expect, it } from 'vitest';
import { createRegistry, parseReference } from '../../src/oci/index.ts';
import { sha256 } from '../support/registry-server.ts';
import { bytesOf, connect, failure, INDEX, image, MANIFEST, NAME, open, start, utf8 } from './support.ts';

const MISSING = `sha256:${'0'.repeat(64)}`;

describe('createRegistry', () => {
  it.each([{ timeout: 0 }, { timeout: Number.NaN }, { timeout: 2 ** 31 }, { retries: -1 }, { retries: 11 }])(
    'rejects %o',
    (options) => {
      expect(() => createRegistry(options)).toThrow(
        expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }),
      );
    },
  );

  it('names repositories as registry scopes do', () => {
    expect(createRegistry().repository(parseReference('alpine')).name).toBe('docker.io/library/alpine');
  });

  it('rejects a reference that was made by hand and is malformed', () => {
    expect(() => createRegistry().repository({ registry: 'a.example.com', repository: '../b' })).toThrow(
      expect.objectContaining({ code: 'ERR_REFERENCE_INVALID' }),
    );
  });

  it.each([
    ['docker.io/library/alpine', undefined, 'https://registry-1.docker.io/v2/library/alpine/manifests/v1'],
    ['registry.example.com/a', undefined, 'https://registry.example.com/v2/a/manifests/v1'],
    ['localhost:5000/a', undefined, 'http://localhost:5000/v2/a/manifests/v1'],
    ['localhost/a', undefined, 'https://localhost/v2/a/manifests/v1'],
    ['[::1]:5000/a', undefined, 'http://[::1]:5000/v2/a/manifests/v1'],
    ['localhost:5000/a', false, 'https://localhost:5000/v2/a/manifests/v1'],
    ['registry.example.com/a', true, 'http://registry.example.com/v2/a/manifests/v1'],
    ['registry.example.com/a', ['registry.example.com'], 'http://registry.example.com/v2/a/manifests/v1'],
    ['other.example.com/a', ['registry.example.com'], 'https://other.example.com/v2/a/manifests/v1'],
    ['r.example.com:080/a', ['R.Example.com'], 'http://r.example.com/v2/a/manifests/v1'],
    ['r.example.com:443/a', ['r.example.com'], 'https://r.example.com/v2/a/manifests/v1'],
    ['REGISTRY.example.com:0443/a', undefined, 'https://registry.example.com/v2/a/manifests/v1'],
    ['registry.example.com:80/a', undefined, 'https://registry.example.com:80/v2/a/manifests/v1'],
    ['127.1:5000/a', undefined, 'http://127.0.0.1:5000/v2/a/manifests/v1'],
    ['LOCALHOST:443/a', undefined, 'http://localhost:443/v2/a/manifests/v1'],
    ['Docker.IO:443/alpine', undefined, 'https://registry-1.docker.io/v2/library/alpine/manifests/v1'],
  ])('requests %s with plainHttp %o at %s', async (name, plainHttp, address) => {
    const requested: string[] = [];
    const fetch = async (request: RequestInfo | URL) => {
      requested.push(request instanceof Request ? request.url : String(request));
      return new Response(null, { status: 404 });
    };
    const registry = createRegistry({ plainHttp, fetch, retries: 0 });
    await failure(registry.repository(parseReference(name)).resolve('v1'));
    expect(requested[0]).toBe(address);
  });
});

describe('resolving', () => {
  it('gives the descriptor of a tag with one HEAD request', async () => {
    const { server, repository } = await connect();
    const descriptor = server.put(NAME, image(), { tag: 'v1' });
    expect(await repository.resolve('v1')).toEqual(descriptor);
    expect(server.requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  it('gives the descriptor of a digest', async () => {
    const { server, repository } = await connect();
    const descriptor = server.put(NAME, image());
    expect(await repository.resolve(descriptor.digest)).toEqual(descriptor);
  });

  it.each([
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
    INDEX,
  ])('takes a target of the type %s', async (mediaType) => {
    const { server, repository } = await connect();
    server.put(NAME, { schemaVersion: 2, mediaType }, { tag: 'v1', mediaType });
    expect(await repository.resolve('v1')).toMatchObject({ mediaType });
  });

  it.each(['docker-content-digest', 'content-length', 'content-type'])(
    'reads the manifest if the response to a HEAD request lacks %s',
    async (missing) => {
      const { server, repository } = await connect();
      const descriptor = server.put(NAME, image(), { tag: 'v1' });
      server.switches.intercept = ({ method }, response) => {
        if (method !== 'HEAD') return false;
        const headers: Record<string, string> = {
          'content-type': MANIFEST,
          'content-length': String(descriptor.size),
          'docker-content-digest': descriptor.digest,
        };
        delete headers[missing];
        response.writeHead(200, headers).end();
        return true;
      };
      expect(await repository.resolve('v1')).toEqual(descriptor);
    },
  );

  it('reads the manifest if the response to a HEAD request has the length of a compressed body', async () => {
    const { server, repository } = await connect();
    const descriptor = server.put(NAME, image(), { tag: 'v1' });
    server.switches.intercept = ({ method }, response) => {
      if (method !== 'HEAD') return false;
      const headers = { 'content-type': MANIFEST, 'docker-content-digest': descriptor.digest };
      response.writeHead(200, { ...headers, 'content-length': '9', 'content-encoding': 'gzip' }).end();
      return true;
    };
    expect(await repository.resolve('v1')).toEqual(descriptor);
  });

  it('reads the manifest if the registry does not support HEAD requests', async () => {
    const { server, repository } = await connect();
    const descriptor = server.put(NAME, image(), { tag: 'v1' });
    server.switches.intercept = ({ method }, response) => {
      if (method === 'HEAD') response.writeHead(405).end();
      return method === 'HEAD';
    };
    expect(await repository.resolve('v1')).toEqual(descriptor);
  });

  it('says that a manifest is missing, and what the registry says about it', async () => {
    const { repository } = await connect();
    const error = await failure(repository.resolve('v1'));
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(error.message).toContain('the manifest v1 (MANIFEST_UNKNOWN');
  });

  it.each(['', '.', '../v1', 'v1?a', 'sha256:abc', 'v'.repeat(129)])(
    'rejects the target %j',
    async (target) => {
      const { server, repository } = await connect();
      expect(await failure(repository.resolve(target))).toMatchObject({ code: 'ERR_REFERENCE_INVALID' });
      expect(server.requests).toEqual([]);
    },
  );

  it('accepts every type of manifest, which old registries require', async () => {
    const { server, repository } = await connect();
    await failure(repository.resolve('v1'));
    expect(server.requests[0]?.headers.accept).toContain('application/vnd.oci.artifact.manifest.v1+json');
  });
});

describe('fetching', () => {
  it('gives the bytes of a manifest', async () => {
    const { server, repository } = await connect();
    const descriptor = server.put(NAME, image());
    expect(await repository.fetchManifest(descriptor)).toEqual(bytesOf(image()));
  });

  it('gives the bytes of a blob', async () => {
    const { server, repository } = await connect();
    const bytes = utf8('blob');
    server.repository(NAME).blobs.set(sha256(bytes), Buffer.from(bytes));
    const descriptor = { mediaType: 'text/plain', digest: sha256(bytes), size: 4 };
    expect(await repository.fetchBlob(descriptor, { maxBytes: 4 })).toEqual(bytes);
  });

  it('requests nothing that is larger than the limit', async () => {
    const { server, repository } = await connect();
    const large = { mediaType: 'text/plain', digest: MISSING, size: 5 };
    expect(await failure(repository.fetchBlob(large, { maxBytes: 4 }))).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
    });
    const manifest = { mediaType: MANIFEST, digest: MISSING, size: 4 * 1024 * 1024 + 1 };
    expect(await failure(repository.fetchManifest(manifest))).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
    expect(server.requests).toEqual([]);
  });

  it('says that a blob is missing', async () => {
    const { repository } = await connect();
    const blob = { mediaType: 'text/plain', digest: MISSING, size: 5 };
    expect(await failure(repository.fetchBlob(blob, { maxBytes: 5 }))).toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
  });

  it('rejects a descriptor whose digest could be a path', async () => {
    const { server, repository } = await connect();
    const blob = { mediaType: 'text/plain', digest: 'sha256:../../../_catalog', size: 5 };
    expect(await failure(repository.fetchBlob(blob, { maxBytes: 5 }))).toMatchObject({
      code: 'ERR_DESCRIPTOR_INVALID',
    });
    expect(server.requests).toEqual([]);
  });
});

describe('pushing', () => {
  it('stores a blob, keeping the query of the address that the registry gives', async () => {
    const { server, repository } = await connect();
    const descriptor = await repository.pushBlob('text/plain', utf8('blob'));
    expect(server.repository(NAME).blobs.get(descriptor.digest)?.toString()).toBe('blob');
    expect(server.requests.at(-1)?.path).toContain('?state=a%2Fb&digest=sha256%3A');
    expect(server.requests.at(-1)?.headers['content-length']).toBe('4');
  });

  it('does not store a blob again', async () => {
    const { server, repository } = await connect();
    await repository.pushBlob('text/plain', utf8('blob'));
    server.requests.length = 0;
    await repository.pushBlob('text/plain', utf8('blob'));
    expect(server.requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  it('stores a manifest under its digest', async () => {
    const { server, repository } = await connect();
    const { digest } = await repository.pushManifest(MANIFEST, bytesOf(image()));
    expect(server.requests.at(-1)?.path).toBe(`/v2/${NAME}/manifests/${digest}`);
    expect(await repository.resolve(digest)).toMatchObject({ mediaType: MANIFEST, digest });
  });

  it('stores a manifest under a tag', async () => {
    const { repository } = await connect();
    const descriptor = await repository.pushManifest(MANIFEST, bytesOf(image()), { tag: 'v1' });
    expect(await repository.resolve('v1')).toEqual(descriptor);
  });

  it('sends nothing that no reader would take', async () => {
    const { server, repository } = await connect();
    expect(await failure(repository.pushManifest(MANIFEST, utf8('{')))).toMatchObject({
      code: 'ERR_MANIFEST_INVALID',
    });
    expect(await failure(repository.pushManifest('text/plain', bytesOf({})))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
    expect(
      await failure(repository.pushManifest(MANIFEST, new Uint8Array(4 * 1024 * 1024 + 1))),
    ).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
    });
    expect(await failure(repository.pushManifest(MANIFEST, bytesOf(image()), { tag: '../a' }))).toMatchObject(
      {
        code: 'ERR_REFERENCE_INVALID',
      },
    );
    expect(server.requests).toEqual([]);
  });

  it.each(['/manifests/', '/uploads/'])(
    'rejects a registry that stores something else at %s',
    async (path) => {
      const { server, repository } = await connect();
      server.switches.intercept = ({ method, url }, response) => {
        if (method !== 'PUT' || !url.pathname.includes(path)) return false;
        response.writeHead(201, { 'docker-content-digest': MISSING }).end();
        return true;
      };
      const pushed =
        path === '/uploads/'
          ? repository.pushBlob('text/plain', utf8('blob'))
          : repository.pushManifest(MANIFEST, bytesOf(image()));
      expect(await failure(pushed)).toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
    },
  );
});

describe('repetition', () => {
  it('outlasts a short overload of the registry', async () => {
    let left = 1;
    const server = await start({
      intercept: (_, response) => {
        if (left-- <= 0) return false;
        response.writeHead(503, { 'retry-after': '0' }).end();
        return true;
      },
    });
    const descriptor = server.put(NAME, image(), { tag: 'v1' });
    expect(await open(server, { retries: 1 }).resolve('v1')).toEqual(descriptor);
  });

  it('ends after the number of retries in the options', async () => {
    const server = await start({
      intercept: (_, response) => {
        response.writeHead(503, { 'retry-after': '0' }).end();
        return true;
      },
    });
    const error = await failure(open(server, { retries: 2 }).resolve('v1'));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    expect(server.requests).toHaveLength(3);
  });
});
