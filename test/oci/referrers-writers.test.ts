import { describe, expect, it } from 'vitest';
import { createRegistry, parseReference, type Repository } from '../../src/oci/index.ts';
import {
  bytesOf,
  connect,
  failure,
  fallbackTag,
  INDEX,
  image,
  MANIFEST,
  NAME,
  notes,
  open,
  referrer,
  start,
} from './support.ts';

describe('the fallback tag with several writers', () => {
  it('keeps the entries of eight concurrent writers', async () => {
    const server = await start({ referrersApi: false });
    const subject = server.put(NAME, image());
    const names = Array.from({ length: 8 }, (_, i) => `writer-${i}`);
    await Promise.all(
      names.map((note) => open(server).pushManifest(MANIFEST, bytesOf(referrer(subject, note)))),
    );
    expect((await notes(open(server), subject)).sort()).toEqual(names);
  }, 60_000);

  it('is written again if a slow writer drops an entry after it was seen', async () => {
    const server = await start({ referrersApi: false });
    const subject = server.put(NAME, image());
    const tag = fallbackTag(subject);
    let reads = 0;
    server.switches.intercept = ({ method, path }) => {
      // Between the first look after writing and the next.
      if (method === 'GET' && path.endsWith(tag) && ++reads === 2) {
        const { manifests, tags } = server.repository(NAME);
        const { manifests: listed } = JSON.parse(String(manifests.get(tags.get(tag) ?? '')?.bytes));
        const other = { ...server.put(NAME, referrer(subject, 'other')), annotations: { note: 'other' } };
        server.put(NAME, { schemaVersion: 2, manifests: [...listed, other] }, { mediaType: INDEX, tag });
        setTimeout(
          () => server.put(NAME, { schemaVersion: 2, manifests: [other] }, { mediaType: INDEX, tag }),
          50,
        );
      }
      return false;
    };
    const repository = open(server);
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    expect((await notes(repository, subject)).sort()).toEqual(['a', 'other']);
  });

  it('is replaced only if it is unchanged, in a registry that compares', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const tag = fallbackTag(subject);
    server.put(NAME, { schemaVersion: 2, manifests: [] }, { mediaType: INDEX, tag });
    const seen: (string | undefined)[] = [];
    server.switches.intercept = ({ method, path, headers }, response) => {
      if (!path.endsWith(tag)) return false;
      const etag = `"${server.repository(NAME).tags.get(tag)}"`;
      if (method === 'GET') response.setHeader('etag', etag);
      if (method !== 'PUT') return false;
      seen.push(String(headers['if-match']));
      if (seen.length > 1) return false;
      response.writeHead(412).end();
      return true;
    };
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    expect(seen).toHaveLength(2);
    expect(seen[0]).toMatch(/^"sha256:[0-9a-f]{64}"$/);
    expect(await notes(repository, subject)).toEqual(['a']);
  });
});

/** Repositories of a server over one registry object. */
function registryOf({ host }: Awaited<ReturnType<typeof start>>): (name: string) => Repository {
  const registry = createRegistry({ retries: 0, timeout: 5000 });
  return (name) => registry.repository(parseReference(`${host}/${name}:v1`));
}

describe('what one repository reveals about the referrers API', () => {
  const requestsTo = (server: Awaited<ReturnType<typeof start>>, part: string) =>
    server.requests.filter(({ path }) => path.includes(part)).length;

  it('avoids the request for the other repositories of the registry if it has none', async () => {
    const server = await start({ referrersApi: false });
    const registry = registryOf(server);
    const subject = server.put(NAME, image());
    await notes(registry(NAME), subject);
    const other = server.put('team/other', image());
    const manifests = [{ ...server.put('team/other', referrer(other, 'a')), annotations: { note: 'a' } }];
    server.put('team/other', { schemaVersion: 2, manifests }, { mediaType: INDEX, tag: fallbackTag(other) });
    expect(await notes(registry('team/other'), other)).toEqual(['a']);
    expect(requestsTo(server, 'team/other/referrers/')).toBe(0);
  });

  it('does not hide signatures of a repository that has it', async () => {
    const server = await start({ referrersApi: false });
    const registry = registryOf(server);
    await notes(registry(NAME), server.put(NAME, image()));
    server.switches.referrersApi = true;
    const other = server.put('team/other', image());
    server.put('team/other', referrer(other, 'a'));
    expect(await notes(registry('team/other'), other)).toEqual(['a']);
  });

  it('does not hide signatures under the tag of a repository that has none', async () => {
    const server = await start();
    const registry = registryOf(server);
    await notes(registry(NAME), server.put(NAME, image()));
    server.switches.referrersApi = false;
    const other = server.put('team/other', image());
    await registry('team/other').pushManifest(MANIFEST, bytesOf(referrer(other, 'a')));
    expect(await notes(registry('team/other'), other)).toEqual(['a']);
  });
});

describe('a manifest whose blobs another client stores at the same moment', () => {
  it.each(['DIGEST_INVALID', 'MANIFEST_BLOB_UNKNOWN'])(
    'is pushed again if the registry says %s',
    async (code) => {
      const { server, repository } = await connect();
      const subject = server.put(NAME, image());
      let refusals = 2;
      server.switches.intercept = ({ method }, response) => {
        if (method !== 'PUT' || refusals-- <= 0) return false;
        response
          .writeHead(400, { 'content-type': 'application/json' })
          .end(JSON.stringify({ errors: [{ code }] }));
        return true;
      };
      await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
      expect(await notes(repository, subject)).toEqual(['a']);
    },
  );

  it('fails if the registry keeps saying so', async () => {
    const { server, repository } = await connect();
    server.switches.intercept = ({ method }, response) => {
      if (method !== 'PUT') return false;
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end('{"errors":[{"code":"DIGEST_INVALID"}]}');
      return true;
    };
    expect(await failure(repository.pushManifest(MANIFEST, bytesOf(image())))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
    });
    expect(server.requests.filter(({ method }) => method === 'PUT')).toHaveLength(4);
  });
});
