import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
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
  referrer,
  requestMethods,
  SIGNATURE,
} from './support.ts';

describe('referrers if a proxy responds with a page instead of a list', () => {
  const page = (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');

  it('are fetched by the tag, and are empty if the tag does not exist', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    server.switches.intercept = ({ path }, response) => {
      if (path.includes('/referrers/')) page(response);
      return path.includes('/referrers/');
    };
    expect(await notes(repository, subject)).toEqual([]);
    expect(server.requests.map(({ path }) => path.split('/').at(-1)?.split('?')[0])).toEqual([
      subject.digest,
      fallbackTag(subject),
    ]);
  });

  it.each([
    ['the same page', page, 'ERR_REGISTRY_RESPONSE'],
    ['500', (response: ServerResponse) => response.writeHead(500).end(), 'ERR_REGISTRY_RESPONSE'],
    ['403', (response: ServerResponse) => response.writeHead(403).end(), 'ERR_REGISTRY_UNAUTHORIZED'],
    ['a lost connection', (response: ServerResponse) => response.destroy(), 'ERR_REGISTRY_UNREACHABLE'],
  ])('do not count as missing when the response to the tag is %s', async (_, answer, code) => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    server.switches.intercept = ({ path }, response) => {
      if (path.includes('/referrers/')) page(response);
      else answer(response);
      return true;
    };
    expect(await failure(notes(repository, subject))).toMatchObject({ code });
    expect(requestMethods(server, `manifests/${fallbackTag(subject)}`)).toEqual(['GET']);
  });

  it('are found by the API once the page is gone', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    server.put(NAME, referrer(subject, 'a'));
    server.switches.intercept = ({ path }, response) => {
      if (path.includes('/referrers/')) page(response);
      return path.includes('/referrers/');
    };
    expect(await notes(repository, subject)).toEqual([]);
    server.switches.intercept = undefined;
    expect(await notes(repository, subject)).toEqual(['a']);
  });
});

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

  it('are empty if the fallback tag is missing', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    expect(await notes(repository, server.put(NAME, image()))).toEqual([]);
  });

  it('are fetched by the API once, and by the tag from then on', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    await notes(repository, subject);
    await notes(repository, subject);
    expect(requestMethods(server, 'referrers/')).toHaveLength(1);
    expect(requestMethods(server, 'manifests/')).toHaveLength(2);
  });

  it.each([
    [400, 'application/json'],
    [404, 'text/html'],
    [405, 'text/plain'],
    [200, 'text/html'],
    [200, 'application/json'],
  ])('are found by the tag when the API responds with %i and %s', async (status, type) => {
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

  it('are empty if the tag is not an index', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    server.put(NAME, image('theirs'), { tag: fallbackTag(subject) });
    expect(await notes(repository, subject)).toEqual([]);
  });
});
