import { describe, expect, it } from 'vitest';
import { createMemoryRegistry, createRegistry, parseReference } from '../../src/oci/index.ts';
import { json, type SeenRequest } from '../support/registry-server.ts';
import { accounts, credentialsFor } from './accounts.ts';
import { bytesOf, collect, failure, image, MANIFEST, NAME, start } from './support.ts';

type Page = Record<string, unknown>;

/** A registry that responds to lists with these pages, one after another. */
async function listing(pages: readonly Page[], { status = 200 } = {}) {
  const server = await start();
  let sent = 0;
  server.switches.intercept = ({ url }, response) => {
    const page = pages[sent++] ?? {};
    if (sent < pages.length) response.setHeader('link', `<${url.pathname}?n=2&last=${sent}>; rel="next"`);
    json(response, status, page);
    return true;
  };
  const registry = createRegistry({ retries: 0, timeout: 5000 });
  const repository = registry.repository(parseReference(`${server.host}/${NAME}`));
  return {
    server,
    tags: () => collect(repository.tags()),
    repositories: () => collect(registry.repositories(server.host)),
  };
}

const paths = (requests: readonly SeenRequest[]) => requests.map(({ path }) => path);

describe('the tags of a repository', () => {
  it('are those of all pages, in their order', async () => {
    const { server, tags } = await listing([
      { name: NAME, tags: ['v1', 'v2'] },
      { name: NAME, tags: ['v3'] },
    ]);

    expect(await tags()).toEqual(['v1', 'v2', 'v3']);
    expect(paths(server.requests)).toEqual([
      `/v2/${NAME}/tags/list?n=1000`,
      `/v2/${NAME}/tags/list?n=2&last=1`,
    ]);
  });

  it.each([[{ name: NAME, tags: null }], [{ name: NAME, tags: [] }], [{ name: NAME }]])(
    'may be none: %j',
    async (page) => {
      const { tags } = await listing([page]);

      expect(await tags()).toEqual([]);
    },
  );

  it('are fetched page by page as they are read', async () => {
    const { server } = await listing([{ tags: ['v1'] }, { tags: ['v2'] }]);
    const repository = createRegistry().repository(parseReference(`${server.host}/${NAME}`));

    for await (const _ of repository.tags()) break;

    expect(server.requests).toHaveLength(1);
  });

  it('are those of a repository that exists', async () => {
    const { tags } = await listing([{ errors: [{ code: 'NAME_UNKNOWN' }] }], { status: 404 });

    expect(await failure(tags())).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it.each([[{ tags: 'v1' }], [{ tags: [1] }], [{ tags: ['x'.repeat(4097)] }], [[]]])(
    'are not read from %j',
    async (page) => {
      const { tags } = await listing([page as Page]);

      expect(await failure(tags())).toMatchObject({
        code: 'ERR_REGISTRY_RESPONSE',
        message: expect.stringContaining('page of tags'),
      });
    },
  );

  it('end when a page leads to itself', async () => {
    const server = await start();
    server.switches.intercept = ({ url }, response) => {
      response.setHeader('link', `<${url.pathname}?again>; rel="next"`);
      json(response, 200, { tags: ['v1'] });
      return true;
    };
    const repository = createRegistry().repository(parseReference(`${server.host}/${NAME}`));

    expect(await failure(collect(repository.tags()))).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: expect.stringContaining('lists tags without end'),
    });
    expect(server.requests.length).toBeLessThan(4);
  });

  it('are not looked for at another host', async () => {
    const server = await start();
    server.switches.intercept = (_, response) => {
      response.setHeader('link', '<http://other.example/v2/>; rel="next"');
      json(response, 200, { tags: ['v1'] });
      return true;
    };
    const repository = createRegistry().repository(parseReference(`${server.host}/${NAME}`));

    expect(await failure(collect(repository.tags()))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining('next page of tags at another origin'),
    });
  });

  it('are stopped by a signal', async () => {
    const { server } = await listing([{ tags: ['v1'] }]);
    const repository = createRegistry().repository(parseReference(`${server.host}/${NAME}`));

    const tags = collect(repository.tags({ signal: AbortSignal.abort() }));

    expect(await failure(tags)).toMatchObject({ code: 'ERR_ABORTED' });
    expect(server.requests).toEqual([]);
  });

  it('of a registry in memory are in order', async () => {
    const repository = createMemoryRegistry().repository(parseReference(`registry.example.com/${NAME}`));
    for (const tag of ['v2', 'v1']) await repository.pushManifest(MANIFEST, bytesOf(image()), { tag });

    expect(await collect(repository.tags())).toEqual(['v1', 'v2']);
  });
});

describe('the repositories of a registry', () => {
  it('are those of all pages of its catalog', async () => {
    const { server, repositories } = await listing([
      { repositories: ['a', 'team/b'] },
      { repositories: ['c'] },
    ]);

    expect(await repositories()).toEqual(['a', 'team/b', 'c']);
    expect(paths(server.requests)).toEqual(['/v2/_catalog?n=1000', '/v2/_catalog?n=2&last=1']);
  });

  it('need a token for the catalog', async () => {
    const server = await start({ accounts: accounts() });
    server.switches.intercept = ({ path, authorization }, response) => {
      if (!path.startsWith('/v2/_catalog')) return false;
      const scopes = server.tokens.get(authorization?.slice('Bearer '.length) ?? '');
      if (scopes?.includes('registry:catalog:*')) json(response, 200, { repositories: ['a'] });
      else {
        const challenge = `Bearer realm="http://${server.host}/token",service="registry",scope="registry:catalog:*"`;
        response.setHeader('www-authenticate', challenge);
        json(response, 401, { errors: [{ code: 'UNAUTHORIZED' }] });
      }
      return true;
    };
    const registry = createRegistry({ credentials: credentialsFor(server) });

    expect(await collect(registry.repositories(server.host))).toEqual(['a']);
    expect(await collect(registry.repositories(server.host))).toEqual(['a']);
    expect(server.requests.filter(({ path }) => path.startsWith('/token'))).toHaveLength(1);
  });

  it.each([400, 404, 405, 501])('cannot be listed by a registry that responds with %i', async (status) => {
    const { repositories } = await listing([{ errors: [{ code: 'UNSUPPORTED' }] }], { status });

    expect(await failure(repositories())).toMatchObject({
      code: 'ERR_LISTING_UNSUPPORTED',
      nextStep: expect.stringContaining('name the repositories'),
    });
  });

  it.each([401, 403])('are shown to nobody by a registry that responds with %i', async (status) => {
    const { repositories } = await listing([{ errors: [{ code: 'DENIED' }] }, {}], { status });

    expect(await failure(repositories())).toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
      message: expect.stringContaining('the list of repositories'),
      nextStep: expect.stringContaining('Most hosted registries list it to nobody'),
    });
  });

  it.each(['', 'registry.example.com/team', 'user@host', 7])('are not those of the host %j', async (host) => {
    const registries = [createRegistry(), createMemoryRegistry()];
    for (const registry of registries) {
      expect(await failure(collect(registry.repositories(host as string)))).toMatchObject({
        code: 'ERR_REFERENCE_INVALID',
      });
    }
  });

  it('of a registry in memory are those of one host', async () => {
    const registry = createMemoryRegistry();
    for (const name of ['a.example/x/y', 'b.example/z']) registry.repository(parseReference(name));

    expect(await collect(registry.repositories('a.example'))).toEqual(['x/y']);
  });
});
