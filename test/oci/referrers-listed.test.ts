import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/oci/repository.ts';
import { json, sha256 } from '../support/registry-server.ts';
import { accounts, credentialsFor } from './accounts.ts';
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
  requestMethods,
  SIGNATURE,
  start,
} from './support.ts';

// No pauses before a list is read again.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

/** The entries under the fallback tag of a manifest. */
function entriesUnder(server: Awaited<ReturnType<typeof start>>, subject: { digest: string }) {
  const { manifests, tags } = server.repository(NAME);
  const stored = manifests.get(tags.get(fallbackTag(subject)) ?? '');
  return stored ? (JSON.parse(stored.bytes.toString()).manifests as { digest: string }[]) : undefined;
}

describe('a referrer that a registry reports as listed', () => {
  it('is listed under the fallback tag if the registry has no referrers API', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    server.switches.intercept = (_, response) => {
      response.setHeader('oci-subject', subject.digest);
      return false;
    };
    const { digest } = await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    expect(entriesUnder(server, subject)?.map((entry) => entry.digest)).toEqual([digest]);
    expect(await notes(repository, subject)).toEqual(['a']);
  });

  it('is read back from the referrers API in one request', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    expect(server.requests.map(({ method }) => method)).toEqual(['PUT', 'GET']);
  });

  it('may be listed a moment later', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    let lists = 0;
    server.switches.intercept = ({ path }, response) => {
      if (!path.includes('/referrers/') || ++lists > 3) return false;
      json(response, 200, { schemaVersion: 2, manifests: [] }, INDEX);
      return true;
    };
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    expect(await notes(repository, subject)).toEqual(['a']);
  });

  it('is an error if the list never has it', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    server.switches.intercept = ({ path }, response) => {
      if (!path.includes('/referrers/')) return false;
      json(response, 200, { schemaVersion: 2, manifests: [] }, INDEX);
      return true;
    };
    const bytes = bytesOf(referrer(subject, 'a'));
    expect(await failure(repository.pushManifest(MANIFEST, bytes))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringMatching(
        new RegExp(`^${sha256(bytes)} was stored, but is not listed as a referrer: .* does not list`),
      ),
    });
    expect(server.repository(NAME).tags.size).toBe(0);
  });
});

describe('a list with the media type of the config in the place of the artifact type', () => {
  const asConfig = (digest: string, size: number, artifactType = EMPTY) => ({
    mediaType: MANIFEST,
    digest,
    size,
    artifactType,
  });

  it.each([EMPTY, 'application/vnd.oci.image.config.v1+json'])(
    'is decided by the manifests: %s',
    async (type) => {
      const { server, repository } = await connect();
      const subject = server.put(NAME, image());
      const signature = server.put(NAME, referrer(subject, 'a'));
      const sbom = server.put(NAME, referrer(subject, 'sbom', 'application/spdx+json'));
      server.switches.intercept = ({ path }, response) => {
        if (!path.includes('/referrers/')) return false;
        const manifests = [signature, sbom].map(({ digest, size }) => asConfig(digest, size, type));
        json(response, 200, { schemaVersion: 2, manifests }, INDEX);
        return true;
      };
      const found = await collect(repository.referrers(subject, { artifactType: SIGNATURE }));
      expect(found).toEqual([{ ...signature, artifactType: SIGNATURE, annotations: { note: 'a' } }]);
    },
  );

  it('is read without a filter if the filter leaves nothing', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    const { digest, size } = server.put(NAME, referrer(subject, 'a'));
    server.switches.intercept = ({ path, url }, response) => {
      if (!path.includes('/referrers/')) return false;
      const all = [asConfig(digest, size)];
      const type = url.searchParams.get('artifactType');
      const manifests = type === null ? all : all.filter(({ artifactType }) => artifactType === type);
      json(response, 200, { schemaVersion: 2, manifests }, INDEX);
      return true;
    };
    expect(await notes(repository, subject)).toEqual(['a']);
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
  });

  it('is read once if the registry does not filter', async () => {
    const { server, repository } = await connect({ filters: 'off' });
    const subject = server.put(NAME, image());
    server.put(NAME, referrer(subject, 'sbom', 'application/spdx+json'));
    server.switches.intercept = ({ url }) => {
      url.searchParams.set('artifactType', 'application/spdx+json');
      return false;
    };
    expect(await notes(repository, subject)).toEqual([]);
    expect(requestMethods(server, '/referrers/')).toHaveLength(1);
  });
});

describe('a registry that answers 401 to the referrers API alone', () => {
  const refuse = (response: ServerResponse) => response.writeHead(401).end();

  it.each(['basic', 'bearer'] as const)('is read by the fallback tag (%s)', async (scheme) => {
    const server = await start({ referrersApi: false, accounts: accounts({ scheme }) });
    const repository = open(server, { credentials: credentialsFor(server) });
    const subject = server.put(NAME, image());
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    server.switches.intercept = ({ path }, response) => {
      if (path.includes('/referrers/')) refuse(response);
      return path.includes('/referrers/');
    };
    const fresh = open(server, { credentials: credentialsFor(server) });
    expect(await notes(fresh, subject)).toEqual(['a']);
    expect(await notes(fresh, server.put(NAME, image('unsigned')))).toEqual([]);
  });

  it('is an error if the tag is refused as well', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    server.switches.intercept = (_, response) => {
      refuse(response);
      return true;
    };
    expect(await failure(notes(repository, subject))).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
  });

  it('is an error if the API worked before', async () => {
    const { server, repository } = await connect();
    const subject = server.put(NAME, image());
    await notes(repository, subject);
    server.switches.intercept = ({ path }, response) => {
      if (path.includes('/referrers/')) refuse(response);
      return path.includes('/referrers/');
    };
    expect(await failure(notes(repository, subject))).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
  });
});

describe('a registry that treats the fallback tag as the digest of the subject', () => {
  /** As GitLab does. The subject is an index, whose children are not referrers. */
  async function gitlab(keeps: boolean) {
    const { server, repository } = await connect({ referrersApi: false });
    const child = server.put(NAME, referrer(server.put(NAME, image()), 'child'));
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: [{ ...child, artifactType: SIGNATURE }] };
    const subject = server.put(NAME, index, { mediaType: INDEX });
    server.switches.intercept = ({ method, path }, response) => {
      const { manifests, tags } = server.repository(NAME);
      if (method === 'PUT' || !path.endsWith(fallbackTag(subject))) return false;
      if (keeps && tags.has(fallbackTag(subject))) return false;
      response.writeHead(200, { 'content-type': INDEX, 'docker-content-digest': subject.digest });
      response.end(manifests.get(subject.digest)?.bytes);
      return true;
    };
    return { server, repository, subject };
  }

  it('has no referrers', async () => {
    const { repository, subject } = await gitlab(false);
    expect(await notes(repository, subject)).toEqual([]);
  });

  it('gets an index without the children of the subject', async () => {
    const { server, repository, subject } = await gitlab(true);
    const { digest } = await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    expect(entriesUnder(server, subject)?.map((entry) => entry.digest)).toEqual([digest]);
    expect(await notes(repository, subject)).toEqual(['a']);
  });

  it('fails if it never returns the index, after one attempt', async () => {
    const { server, repository, subject } = await gitlab(false);
    expect(await failure(repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a'))))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringMatching(/ was stored, but is not listed .* itself under the tag sha256-/),
    });
    expect(requestMethods(server, fallbackTag(subject)).filter((method) => method === 'PUT')).toHaveLength(1);
  });
});

describe('a fallback tag that is in use for something else', () => {
  it('is not overwritten, and the error says that the referrer is stored and not listed', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const theirs = server.put(NAME, image('theirs'), { tag: fallbackTag(subject) });
    const bytes = bytesOf(referrer(subject, 'a'));
    expect(await failure(repository.pushManifest(MANIFEST, bytes))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringMatching(
        new RegExp(`^${sha256(bytes)} was stored, but .* is in use for something other`),
      ),
      nextStep: expect.stringContaining('Remove the tag'),
    });
    expect(server.repository(NAME).tags.get(fallbackTag(subject))).toBe(theirs.digest);
  });
});

describe('an index of referrers', () => {
  /** A registry that rejects an index that names manifests it does not have, as docker-registry does. */
  function strict(server: Awaited<ReturnType<typeof start>>, code = 'MANIFEST_BLOB_UNKNOWN') {
    server.switches.intercept = ({ method, path, headers, body }, response) => {
      if (method !== 'PUT' || headers['content-type'] !== INDEX || path.includes('/blobs/')) return false;
      const { manifests } = JSON.parse(body.toString()) as { manifests: { digest: string }[] };
      const gone = manifests.some(({ digest }) => !server.repository(NAME).manifests.has(digest));
      if (gone) json(response, 400, { errors: [{ code, message: 'blob unknown to registry' }] });
      return gone;
    };
  }

  it('is repaired if it names manifests that a garbage collection has removed', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const pushed = [];
    for (const note of ['a', 'b', 'c']) {
      pushed.push(await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, note))));
    }
    for (const { digest } of pushed.slice(0, 2)) server.repository(NAME).manifests.delete(digest);
    strict(server);
    const { digest } = await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'd')));
    expect(entriesUnder(server, subject)?.map((entry) => entry.digest)).toEqual([pushed[2]?.digest, digest]);
  });

  it('that is rejected although nothing is gone is an error with its length', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    await repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'a')));
    server.switches.intercept = ({ method, path }, response) => {
      const rejected = method === 'PUT' && path.endsWith(fallbackTag(subject));
      if (rejected) json(response, 413, { errors: [{ code: 'SIZE_INVALID', message: 'too long' }] });
      return rejected;
    };
    expect(await failure(repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'b'))))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringMatching(/ responded with 413 .* with 2 entries and \d+ bytes/),
      nextStep: expect.stringContaining('deleteSignature'),
    });
  });

  it('that would be too long for a manifest is not sent, and the error names the limit', async () => {
    const { server, repository } = await connect({ referrersApi: false });
    const subject = server.put(NAME, image());
    const entry = { mediaType: MANIFEST, digest: sha256('x'), size: 1, artifactType: SIGNATURE };
    const manifests = Array.from({ length: 8000 }, () => ({
      ...entry,
      annotations: { note: 'n'.repeat(280) },
    }));
    const index = { schemaVersion: 2, mediaType: INDEX, manifests };
    const spare = limits.manifest - JSON.stringify(index).length;
    expect(spare).toBeGreaterThan(0);
    const padded = { ...index, annotations: { padding: 'p'.repeat(spare - 100) } };
    const { digest } = server.put(NAME, padded, { mediaType: INDEX, tag: fallbackTag(subject) });
    expect(await failure(repository.pushManifest(MANIFEST, bytesOf(referrer(subject, 'b'))))).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: expect.stringMatching(/ was stored, .* 8001 entries .* more than the 4194304 bytes/),
      nextStep: expect.stringContaining('deleteSignature'),
    });
    expect(server.repository(NAME).tags.get(fallbackTag(subject))).toBe(digest);
  });
});
