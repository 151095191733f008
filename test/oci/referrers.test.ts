import { describe, expect, it } from 'vitest';
import { json } from '../support/registry-server.ts';
import {
  ARTIFACT,
  collect,
  connect,
  failure,
  INDEX,
  image,
  NAME,
  notes,
  referrer,
  requestMethods,
  SIGNATURE,
} from './support.ts';

describe('referrers of a registry with the referrers API', () => {
  it('are listed in one request, filtered by artifact type', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    const signature = server.put(NAME, referrer(subject, 'a'));
    const found = await collect(repository.referrers(subject, { artifactType: SIGNATURE }));
    expect(found).toEqual([{ ...signature, artifactType: SIGNATURE, annotations: { note: 'a' } }]);
    expect(server.requests.map(({ path }) => path)).toEqual([
      `/v2/${NAME}/referrers/${subject.digest}?artifactType=${encodeURIComponent(SIGNATURE)}`,
    ]);
  });

  it.each(['header', 'annotation', 'off'] as const)(
    'are of the artifact type only (filters: %s)',
    async (filters) => {
      const { server, repository } = await connect({ filters });
      const subject = server.put(NAME, image());
      server.put(NAME, referrer(subject, 'sbom', 'application/spdx+json'));
      server.put(NAME, referrer(subject, 'signature'));
      expect(await notes(repository, subject)).toEqual(['signature']);
    },
  );

  it('are filtered even if the registry says that it did', async () => {
    const { server, repository } = await connect({ filters: 'off' });
    const subject = server.put(NAME, image());
    server.put(NAME, referrer(subject, 'sbom', 'application/spdx+json'));
    server.switches.intercept = (_, response) => {
      response.setHeader('oci-filters-applied', 'artifactType');
      return false;
    };
    expect(await notes(repository, subject)).toEqual([]);
  });

  it('are collected from page after page', async () => {
    const { server, repository } = await connect({ pageSize: 2 });
    const subject = server.put(NAME, image());
    for (const note of ['a', 'b', 'c', 'd', 'e']) server.put(NAME, referrer(subject, note));
    expect(await notes(repository, subject)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(server.requests).toHaveLength(3);
  });

  it('are fetched no further than they are read', async () => {
    const { server, repository } = await connect({ pageSize: 1 });
    const subject = server.put(NAME, image());
    for (const note of ['a', 'b', 'c']) server.put(NAME, referrer(subject, note));
    for await (const _ of repository.referrers(subject, { artifactType: SIGNATURE })) break;
    expect(server.requests).toHaveLength(1);
  });

  it('are recognised by the media type of their config', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    server.put(NAME, { ...referrer(subject, 'old', ''), config: { mediaType: SIGNATURE } });
    expect(await notes(repository, subject)).toEqual(['old']);
  });

  it('may be retired artifact manifests', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    const manifest = {
      mediaType: ARTIFACT,
      artifactType: SIGNATURE,
      blobs: [],
      subject,
      annotations: { note: 'x' },
    };
    server.put(NAME, manifest, { mediaType: ARTIFACT });
    expect(await notes(repository, subject)).toEqual(['x']);
  });

  it('are fetched if the registry does not report their type', async () => {
    const { server, repository } = await connect({ artifactTypes: false, filters: 'off' });
    const subject = server.put(NAME, image());
    server.put(NAME, referrer(subject, 'sbom', 'application/spdx+json'));
    server.put(NAME, referrer(subject, 'new'));
    server.put(NAME, { ...referrer(subject, 'old', ''), config: { mediaType: SIGNATURE } });
    expect(await notes(repository, subject)).toEqual(['new', 'old']);
  });

  it('are listed even if one of an unknown type cannot be read', async () => {
    const { server, repository } = await connect({ artifactTypes: false });
    const subject = server.put(NAME, image());
    const lost = server.put(NAME, referrer(subject, 'lost'));
    server.put(NAME, referrer(subject, 'kept'));
    server.switches.intercept = ({ path }, response) => {
      if (!path.includes(`manifests/${lost.digest}`)) return false;
      json(response, 404, {});
      return true;
    };
    expect(await notes(repository, subject)).toEqual(['kept']);
  });

  it('are fetched no more than a hundred times, and the limit is named at the end', async () => {
    const { server, repository } = await connect({ artifactTypes: false, filters: 'off' });
    const subject = server.put(NAME, image());
    for (let i = 0; i < 105; i++) server.put(NAME, referrer(subject, `n${i}`));
    const found: unknown[] = [];
    const work = (async () => {
      for await (const one of repository.referrers(subject, { artifactType: SIGNATURE })) found.push(one);
    })();
    expect(await failure(work)).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: expect.stringContaining('lists 105 referrers'),
    });
    expect(found).toHaveLength(100);
    expect(requestMethods(server, 'manifests/')).toHaveLength(100);
  });

  it('of an unknown type are ignored if they refer to something else', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    const stray = server.put(NAME, referrer(server.put(NAME, image('other'))));
    server.switches.intercept = ({ path }, response) => {
      if (!path.includes('/referrers/')) return false;
      json(response, 200, { schemaVersion: 2, manifests: [stray] }, INDEX);
      return true;
    };
    expect(await notes(repository, subject)).toEqual([]);
  });

  it('are listed even if an entry is malformed', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    const good = { ...server.put(NAME, referrer(subject)), artifactType: SIGNATURE };
    server.switches.intercept = (_, response) => {
      const manifests = [
        null,
        1,
        { ...good, digest: 'sha256:../..' },
        { ...good, size: -1 },
        { ...good, size: 1e30 },
        good,
      ];
      json(response, 200, { schemaVersion: 2, manifests }, INDEX);
      return true;
    };
    expect(await collect(repository.referrers(subject, { artifactType: SIGNATURE }))).toEqual([good]);
  });

  it('are empty if the list is null', async () => {
    const { server, repository } = await connect();
    server.switches.intercept = (_, response) => {
      json(response, 200, { schemaVersion: 2, manifests: null }, INDEX);
      return true;
    };
    expect(await notes(repository, server.put(NAME, image()))).toEqual([]);
  });

  it('cannot be listed in a repository that does not exist', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    server.switches.intercept = (_, response) => {
      json(response, 404, { errors: [{ code: 'NAME_UNKNOWN', message: 'no such repository' }] });
      return true;
    };
    const error = await failure(notes(repository, subject));
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND', message: expect.stringContaining('NAME_UNKNOWN') });
    expect(server.requests).toHaveLength(1);
  });

  it.each([403, 500])('are not looked for elsewhere after status %i', async (status) => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    server.switches.intercept = (_, response) => {
      response.writeHead(status).end();
      return true;
    };
    await failure(notes(repository, subject));
    expect(requestMethods(server, 'manifests/')).toEqual([]);
  });
});
