import { describe, expect, it } from 'vitest';
import {
  asked,
  bytesOf,
  connect,
  failure,
  fallbackTag,
  INDEX,
  image,
  MANIFEST,
  NAME,
  notes,
  referrer,
  SIGNATURE,
} from './support.ts';

describe('referrers of a registry without the referrers API', () => {
  it('are listed from the fallback tag', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const manifests = [
      { ...server.put(NAME, referrer(subject, 'a')), artifactType: SIGNATURE, annotations: { note: 'a' } },
      { ...server.put(NAME, referrer(subject, 'b', 'x/y')), artifactType: 'x/y', annotations: { note: 'b' } },
    ];
    server.put(
      NAME,
      { schemaVersion: 2, mediaType: INDEX, manifests },
      { mediaType: INDEX, tag: fallbackTag(subject) },
    );
    expect(await notes(repository, subject)).toEqual(['a']);
  });

  it('are none where the fallback tag is missing', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    expect(await notes(repository, server.put(NAME, image()))).toEqual([]);
  });

  it('are asked for by the API once, and by the tag from then on', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    await notes(repository, subject);
    await notes(repository, subject);
    expect(asked(server, 'referrers/')).toHaveLength(1);
    expect(asked(server, 'manifests/')).toHaveLength(2);
  });

  it.each([
    [400, 'application/json'],
    [404, 'text/html'],
    [405, 'text/plain'],
    [200, 'text/html'],
    [200, 'application/json'],
  ])('are found by the tag when the API answers %i with %s', async (status, type) => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    server.switches.intercept = ({ path }, response) => {
      if (!path.includes('/referrers/')) return false;
      response.writeHead(status, { 'content-type': type }).end('{"schemaVersion":2,"manifests":[]}');
      return true;
    };
    expect(await notes(repository, subject)).toEqual(['a']);
  });

  it('are refused when something else than an index is under the tag', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    server.put(NAME, image(), { tag: fallbackTag(subject) });
    expect(await failure(notes(repository, subject))).toMatchObject({ code: 'ERR_MANIFEST_INVALID' });
  });
});
