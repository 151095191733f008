import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  collect,
  connect,
  EMPTY,
  failure,
  fallbackTag,
  INDEX,
  image,
  MANIFEST,
  NAME,
  notes,
  open,
  referrer,
  SIGNATURE,
  start,
} from './support.ts';

describe('pushing a referrer', () => {
  it('leaves the list to a registry with the referrers API', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    expect(server.repository(NAME).tags.size).toBe(0);
    expect(await notes(repository, subject)).toEqual(['a']);
  });

  it('adds an entry under the fallback tag if the registry does not list referrers', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const pushed = await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    const { manifests, tags } = server.repository(NAME);
    const index = manifests.get(tags.get(fallbackTag(subject)) ?? '');
    expect(index?.mediaType).toBe(INDEX);
    expect(JSON.parse(String(index?.bytes))).toEqual({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [{ ...pushed, artifactType: SIGNATURE, annotations: { note: 'a' } }],
    });
  });

  it('lists the older form by the media type of its config', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const manifest = { ...referrer(subject, 'old', ''), config: { mediaType: SIGNATURE } };
    await repository.pushManifest(MANIFEST, bytesOf(manifest));
    expect(await notes(repository, subject)).toEqual(['old']);
  });

  it('keeps the entries of others as they are, members that are not known included', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const theirs = {
      mediaType: MANIFEST,
      digest: 'blake3:abc',
      size: 1,
      platform: { os: 'linux' },
      extra: [1],
    };
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: [theirs], annotations: { kept: 'yes' } };
    server.put(NAME, index, { mediaType: INDEX, tag: fallbackTag(subject) });
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject)));
    const { manifests, tags } = server.repository(NAME);
    const written = JSON.parse(String(manifests.get(tags.get(fallbackTag(subject)) ?? '')?.bytes));
    expect(written).toMatchObject({ annotations: { kept: 'yes' } });
    expect(written.manifests[0]).toEqual(theirs);
    expect(written.manifests).toHaveLength(2);
  });

  it('adds an entry once', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    for (let i = 0; i < 2; i++) await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    expect(await notes(repository, subject)).toEqual(['a']);
  });

  it('loses no entry when many are pushed at a time', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const names = Array.from({ length: 12 }, (_, i) => `n${i}`);
    await Promise.all(
      names.map((note) => repository.pushManifest(MANIFEST, bytesOf(referrer(subject, note)))),
    );
    expect((await notes(repository, subject)).sort()).toEqual(names.sort());
  });

  it('does not wait for its turn once it is aborted', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const controller = new AbortController();
    server.switches.intercept = ({ method, path }) => method === 'GET' && path.endsWith(fallbackTag(subject));
    const stuck = failure(repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'stuck'))));
    const { signal } = controller;
    const waits = failure(repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'waits')), { signal }));
    setTimeout(() => controller.abort(), 100);
    expect(await waits).toMatchObject({ code: 'ERR_ABORTED' });
    await server.close();
    expect(await stuck).toMatchObject({ code: 'ERR_REGISTRY_UNREACHABLE' });
  });

  it('adds its entry again when another writer has dropped it', async () => {
    const server = await start({ referrersApi: false });
    const subject = server.put(NAME, image());
    const tag = fallbackTag(subject);
    let drops = 2;
    server.switches.intercept = ({ method, path }) => {
      if (method === 'GET' && path.endsWith(tag) && server.repository(NAME).tags.has(tag) && drops-- > 0) {
        server.put(NAME, { schemaVersion: 2, manifests: [] }, { mediaType: INDEX, tag });
      }
      return false;
    };
    const repository = open(server);
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    expect(await notes(repository, subject)).toEqual(['a']);
  });

  it('fails when the registry never keeps its entry', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const tag = fallbackTag(subject);
    server.switches.intercept = ({ method, path }) => {
      if (method === 'GET' && path.endsWith(tag)) {
        server.put(NAME, { schemaVersion: 2, manifests: [] }, { mediaType: INDEX, tag });
      }
      return false;
    };
    expect(await failure(repository.pushManifest(MANIFEST, bytesOf(referrer(subject))))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining('was overwritten on every attempt'),
    });
  });

  it('does not overwrite a fallback tag that is not an index', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const { digest } = server.put(NAME, image('theirs'), { tag: fallbackTag(subject) });
    await failure(repository.pushManifest(MANIFEST, bytesOf(referrer(subject))));
    expect(server.repository(NAME).tags.get(fallbackTag(subject))).toBe(digest);
  });

  it('takes an index as a referrer too', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const index = { schemaVersion: 2, mediaType: INDEX, artifactType: SIGNATURE, manifests: [], subject };
    const pushed = await repository.pushManifest(INDEX, bytesOf(index));
    expect(await collect(repository.referrers(subject, { artifactType: SIGNATURE }))).toEqual([
      { ...pushed, artifactType: SIGNATURE },
    ]);
  });

  it('does not make the config of a manifest without a subject a referrer', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    await repository.pushManifest(MANIFEST, bytesOf({ ...image(), config: { mediaType: EMPTY } }));
    expect(server.repository(NAME).tags.size).toBe(0);
  });
});
