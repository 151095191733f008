import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CheckRegistryOptions, checkRegistry } from '../../src/oci/index.ts';
import { json, type RegistryServer, type SeenRequest, type Switches } from '../support/registry-server.ts';
import { accounts, credentialsFor } from './accounts.ts';
import { failure, fallbackTag, image, MANIFEST, NAME, referrer, SIGNATURE, start } from './support.ts';

const EMPTY_BLOB = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
const YES = { status: 'yes' };
const UNKNOWN = { status: 'unknown' };

/** Responds with a status to some requests instead of the registry. */
function responding(
  status: number,
  matches: (request: SeenRequest) => boolean,
  code = 'UNSUPPORTED',
): Pick<Switches, 'intercept'> {
  return {
    intercept(request, response) {
      if (!matches(request)) return false;
      json(response, status, { errors: [{ code }] });
      return true;
    },
  };
}

const isReferrer = ({ method, body }: SeenRequest) => method === 'PUT' && body.includes('"subject"');
const isDeletion = ({ method }: SeenRequest) => method === 'DELETE';
const deletesManifest = ({ method, path }: SeenRequest) =>
  method === 'DELETE' && path.includes('/manifests/');

function check(server: RegistryServer, options: CheckRegistryOptions = {}, target = '') {
  return checkRegistry(`${server.host}/${NAME}${target}`, { retries: 0, timeout: 5000, ...options });
}

function checkByWriting(server: RegistryServer, options: CheckRegistryOptions = {}, target = '') {
  return check(server, { write: true, ...options }, target);
}

/** Pauses between looks are random. */
function withoutPauses(): void {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  onTestFinished(() => void vi.restoreAllMocks());
}

/** Everything that a registry has, except the config that signatures share. */
function contentOf(server: RegistryServer): string[] {
  const { manifests, blobs } = server.repository(NAME);
  return [...manifests.keys(), ...blobs.keys()].filter((digest) => digest !== EMPTY_BLOB);
}

describe('a check that only reads', () => {
  it.each([
    [true, 'api'],
    [false, 'tag'],
  ])('finds out whether the registry has the referrers API: %s', async (referrersApi, referrers) => {
    const server = await start({ referrersApi });

    expect(await check(server)).toEqual({
      registry: server.host,
      repository: NAME,
      referrers,
      artifactTypeManifests: UNKNOWN,
      deletion: UNKNOWN,
      resumableUploads: UNKNOWN,
      listsReferrers: UNKNOWN,
    });
  });

  it.each([true, false])(
    'finds the signature of an artifact with the referrers API: %s',
    async (referrersApi) => {
      const server = await start({ referrersApi });
      const subject = server.put(NAME, image(), { tag: 'v1' });
      const signature = { ...server.put(NAME, referrer(subject)), artifactType: SIGNATURE };
      const mediaType = 'application/vnd.oci.image.index.v1+json';
      const index = { schemaVersion: 2, mediaType, manifests: [signature] };
      if (!referrersApi) server.put(NAME, index, { mediaType, tag: fallbackTag(subject) });

      expect(await check(server, {}, ':v1')).toMatchObject({ digest: subject.digest, listsReferrers: YES });
    },
  );

  it('sends no request that changes anything', async () => {
    const server = await start({ referrersApi: false });
    server.put(NAME, image(), { tag: 'v1' });

    await check(server, {}, ':v1');

    expect(new Set(server.requests.map(({ method }) => method))).toEqual(new Set(['GET', 'HEAD']));
  });

  it('says that there is no such artifact', async () => {
    expect(await failure(check(await start(), {}, ':v1'))).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('says that the registry does not know the repository', async () => {
    const server = await start(responding(404, () => true, 'NAME_UNKNOWN'));

    expect(await failure(check(server))).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('NAME_UNKNOWN'),
    });
  });

  it.each([
    [401, 'ERR_REGISTRY_UNAUTHORIZED'],
    [403, 'ERR_REGISTRY_UNAUTHORIZED'],
    [429, 'ERR_REGISTRY_RESPONSE'],
    [500, 'ERR_REGISTRY_RESPONSE'],
  ])('fails if the registry responds with %i', async (status, code) => {
    const server = await start(responding(status, () => true));

    expect(await failure(check(server))).toMatchObject({
      code,
      message: expect.stringContaining(`responded with ${status}`),
    });
  });

  it('uses the credentials that are given', async () => {
    const server = await start({ accounts: accounts() });

    expect(await check(server, { credentials: credentialsFor(server) })).toMatchObject({ referrers: 'api' });
  });

  it('fails if the registry cannot be reached', async () => {
    const server = await start();
    await server.close();

    expect(await failure(check(server))).toMatchObject({ code: 'ERR_REGISTRY_UNREACHABLE' });
  });

  it('stops at a limit of the whole', async () => {
    const server = await start({ referrersApi: false });

    expect(await failure(check(server, { limits: { requests: 1 } }))).toMatchObject({
      code: 'ERR_BUDGET_EXCEEDED',
    });
  });

  it('does not begin with an aborted signal', async () => {
    const server = await start();

    expect(await failure(check(server, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ERR_ABORTED',
    });
    expect(server.requests).toEqual([]);
  });

  it.each([
    ['registry.example.com/Team', {}, 'ERR_REFERENCE_INVALID'],
    [undefined, {}, 'ERR_ARGUMENT_INVALID'],
    ['registry.example.com/team', { limits: { time: 0 } }, 'ERR_ARGUMENT_INVALID'],
    ['registry.example.com/team', { retries: -1 }, 'ERR_ARGUMENT_INVALID'],
  ])('rejects the arguments %j and %j', async (reference, options, code) => {
    expect(await failure(checkRegistry(reference as string, options))).toMatchObject({ code });
  });
});

describe('a check that writes', () => {
  it.each([
    [true, 'api'],
    [false, 'tag'],
  ])(
    'finds out everything and leaves nothing, with the referrers API: %s',
    async (referrersApi, referrers) => {
      const server = await start({ referrersApi });

      expect(await checkByWriting(server)).toEqual({
        registry: server.host,
        repository: NAME,
        referrers,
        artifactTypeManifests: YES,
        deletion: YES,
        resumableUploads: YES,
        listsReferrers: YES,
        probe: { removed: true, manifests: [], blobs: [] },
      });
      expect(contentOf(server)).toEqual([]);
    },
  );

  it('returns plain data', async () => {
    const server = await start(responding(405, isDeletion));

    const found = await checkByWriting(server);

    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it('does not touch the artifact that the reference names', async () => {
    const server = await start({ referrersApi: false });
    const { digest } = server.put(NAME, image(), { tag: 'v1' });

    await checkByWriting(server, {}, ':v1');

    expect([...server.repository(NAME).manifests.keys()]).toEqual([digest]);
    expect(server.repository(NAME).tags.get('v1')).toBe(digest);
    const changed = server.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
    expect(changed.filter(({ path, body }) => path.includes(digest) || body.includes(digest))).toEqual([]);
  });

  it('works in a repository that is made by the first push', async () => {
    const server = await start();
    const isEmpty = () => server.repository(NAME).manifests.size === 0;
    Object.assign(
      server.switches,
      responding(404, ({ path }) => path.includes('/referrers/') && isEmpty(), 'NAME_UNKNOWN'),
    );

    expect(await checkByWriting(server)).toMatchObject({ referrers: 'api', listsReferrers: YES });
  });

  it('stores the older form of signatures if the registry refuses artifactType', async () => {
    const server = await start({
      referrersApi: false,
      ...responding(400, (request) => isReferrer(request) && request.body.includes('"artifactType"')),
    });

    // The index of referrers lists the artifact type, but has no subject.
    expect(await checkByWriting(server)).toMatchObject({
      artifactTypeManifests: {
        status: 'no',
        reason: {
          code: 'ERR_REGISTRY_RESPONSE',
          message: expect.stringContaining('responded with 400'),
          nextStep: expect.stringContaining('manifestForm'),
        },
      },
      listsReferrers: YES,
      probe: { removed: true },
    });
    expect(contentOf(server)).toEqual([]);
  });

  it('says that no referrer is listed if the registry refuses both forms', async () => {
    const server = await start(responding(405, isReferrer));

    expect(await checkByWriting(server)).toMatchObject({
      artifactTypeManifests: { status: 'no' },
      listsReferrers: { status: 'no', reason: { message: expect.stringContaining('405') } },
      deletion: YES,
    });
  });

  it('does not know what is throttled', async () => {
    const server = await start(responding(429, isReferrer));

    expect(await checkByWriting(server)).toMatchObject({
      artifactTypeManifests: { status: 'unknown', reason: { message: expect.stringContaining('429') } },
      listsReferrers: { status: 'unknown', reason: { message: expect.stringContaining('429') } },
    });
  });

  it('lists under the fallback tag if the registry only reports that it lists referrers', async () => {
    const server = await start({ referrersApi: false });
    server.switches.intercept = (request, response) => {
      if (isReferrer(request)) response.setHeader('oci-subject', 'sha256:of the probe');
      return false;
    };

    expect(await checkByWriting(server)).toMatchObject({ referrers: 'tag', listsReferrers: YES });
    expect(contentOf(server)).toEqual([]);
  });

  it('says that a referrers API does not list what is stored', async () => {
    withoutPauses();
    const server = await start();
    server.switches.intercept = ({ path }, response) => {
      if (!path.includes('/referrers/')) return false;
      const type = 'application/vnd.oci.image.index.v1+json';
      json(response, 200, { schemaVersion: 2, mediaType: type, manifests: [] }, type);
      return true;
    };

    expect(await checkByWriting(server)).toMatchObject({
      referrers: 'api',
      artifactTypeManifests: YES,
      listsReferrers: { status: 'no', reason: { message: expect.stringContaining('does not list') } },
      probe: { removed: true },
    });
  });
});

describe('the upload of a check that writes', () => {
  it.each([400, 404, 405, 415, 501])('says that chunks are refused with %i', async (status) => {
    const server = await start(responding(status, ({ method }) => method === 'PATCH'));

    expect(await checkByWriting(server)).toMatchObject({
      resumableUploads: {
        status: 'no',
        reason: { message: expect.stringContaining('does not accept a blob in chunks') },
      },
      listsReferrers: YES,
    });
  });

  it.each([400, 404, 405, 501])('says that the status of an upload is refused with %i', async (status) => {
    const server = await start(
      responding(status, ({ method, path }) => method === 'GET' && path.includes('/uploads/')),
    );

    expect(await checkByWriting(server)).toMatchObject({
      resumableUploads: { status: 'no', reason: { message: expect.stringContaining('how much it has') } },
      listsReferrers: YES,
    });
  });

  it.each([
    [429, 'PATCH'],
    [503, 'GET'],
  ])('is unknown after a %i to a %s', async (status, wanted) => {
    const server = await start(
      responding(status, ({ method, path }) => method === wanted && path.includes('/uploads/')),
    );

    expect(await checkByWriting(server)).toMatchObject({
      resumableUploads: { status: 'unknown', reason: { code: 'ERR_REGISTRY_RESPONSE' } },
      listsReferrers: YES,
    });
  });

  it('sends chunks as long as the registry requires', async () => {
    const server = await start();
    server.switches.intercept = ({ method }, response) => {
      if (method === 'POST') response.setHeader('oci-chunk-min-length', '5000');
      return false;
    };

    expect(await checkByWriting(server)).toMatchObject({ resumableUploads: YES });
    const [first] = server.requests.filter(({ method }) => method === 'PATCH');
    expect(first?.body.length).toBeGreaterThanOrEqual(5000);
  });

  it('is unknown if the registry requires chunks that are too long for a probe', async () => {
    const server = await start();
    server.switches.intercept = ({ method }, response) => {
      if (method === 'POST') response.setHeader('oci-chunk-min-length', String(2 ** 30));
      return false;
    };

    expect(await checkByWriting(server)).toMatchObject({
      resumableUploads: { status: 'unknown', reason: { code: 'ERR_LIMIT_EXCEEDED' } },
    });
  });
});

describe('the removal of a probe', () => {
  it.each([true, false])(
    'names what stays if nothing may be deleted, with the referrers API: %s',
    async (referrersApi) => {
      const server = await start({ referrersApi, ...responding(405, isDeletion) });

      const found = await checkByWriting(server);

      expect(found.deletion).toMatchObject({ status: 'no', reason: { code: 'ERR_DELETION_UNSUPPORTED' } });
      expect(found.probe?.removed).toBe(false);
      expect(found.probe?.manifests.toSorted()).toEqual([...server.repository(NAME).manifests.keys()].sort());
      expect([...(found.probe?.manifests ?? []), ...(found.probe?.blobs ?? [])].sort()).toEqual(
        contentOf(server).sort(),
      );
    },
  );

  it('names blobs that the registry does not delete', async () => {
    const server = await start(
      responding(405, (request) => isDeletion(request) && !deletesManifest(request)),
    );

    const found = await checkByWriting(server);

    expect(found).toMatchObject({ deletion: YES, probe: { removed: true, manifests: [] } });
    expect(found.probe?.blobs.toSorted()).toEqual(contentOf(server).sort());
  });

  it.each([
    [401, 'ERR_REGISTRY_UNAUTHORIZED'],
    [403, 'ERR_REGISTRY_UNAUTHORIZED'],
    [429, 'ERR_REGISTRY_RESPONSE'],
  ])('leaves open whether manifests can be deleted after a %i', async (status, code) => {
    const server = await start(responding(status, deletesManifest));

    expect(await checkByWriting(server)).toMatchObject({
      deletion: { status: 'unknown', reason: { code } },
      probe: { removed: false },
    });
  });

  it('does not believe a registry that still has what it deleted', async () => {
    withoutPauses();
    const server = await start(responding(202, deletesManifest));

    expect(await checkByWriting(server)).toMatchObject({
      deletion: { status: 'no', reason: { message: expect.stringContaining('still has') } },
      probe: { removed: false },
    });
  });

  it.each([
    [202, true],
    [405, false],
  ])('includes a tag that outlives its manifest, which is deleted with %i', async (status, removed) => {
    const server = await start({ referrersApi: false });
    const kept = new Map<string, { mediaType: string; bytes: Buffer }>();
    server.switches.intercept = ({ method, path, body, headers }, response) => {
      const [, tag = ''] = /\/manifests\/(sha256-.+)$/.exec(path) ?? [];
      if (!tag) return false;
      if (method === 'PUT') kept.set(tag, { mediaType: headers['content-type'] ?? '', bytes: body });
      if (method === 'DELETE' && status === 202) kept.delete(tag);
      const found = kept.get(tag);
      if (method === 'DELETE') response.writeHead(status).end();
      if (method !== 'GET' || !found) return method === 'DELETE';
      response.writeHead(200, { 'content-type': found.mediaType }).end(found.bytes);
      return true;
    };

    const found = await checkByWriting(server);

    expect(found.probe?.removed).toBe(removed);
    expect(found.probe?.manifests).toHaveLength(removed ? 0 : 1);
    expect(found.deletion.status).toBe(removed ? 'yes' : 'no');
  });

  it('goes on after a failure', async () => {
    let deletions = 0;
    const server = await start(responding(500, (request) => deletesManifest(request) && ++deletions === 1));

    const found = await checkByWriting(server);

    expect(found.deletion).toMatchObject({ status: 'unknown', reason: { code: 'ERR_REGISTRY_RESPONSE' } });
    expect(found.probe?.manifests).toHaveLength(1);
    expect([...server.repository(NAME).manifests.keys()]).toEqual(found.probe?.manifests);
  });

  it('has nothing to do if nothing may be stored', async () => {
    const server = await start(
      responding(403, ({ method }) => method !== 'GET' && method !== 'HEAD', 'DENIED'),
    );
    const denied = { status: 'unknown', reason: { code: 'ERR_REGISTRY_UNAUTHORIZED' } };

    expect(await checkByWriting(server)).toMatchObject({
      referrers: 'api',
      artifactTypeManifests: denied,
      deletion: denied,
      resumableUploads: denied,
      listsReferrers: denied,
      probe: { removed: true, manifests: [], blobs: [] },
    });
  });

  it.each([
    ['PATCH', 'uploads'],
    ['PUT', 'blobs'],
    ['PUT', 'manifests/sha256:'],
    ['PUT', 'manifests/sha256-'],
    ['GET', 'manifests/sha256-'],
  ])('happens after an abort at a %s of %s', async (method, part) => {
    const server = await start({ referrersApi: false });
    const controller = new AbortController();
    let isFirst = true;
    server.switches.intercept = (request) => {
      const isAimed = request.method === method && request.path.includes(part);
      const isEarly = method === 'GET' && server.repository(NAME).tags.size === 0;
      if (isFirst && isAimed && !isEarly) {
        isFirst = false;
        controller.abort();
      }
      return false;
    };

    expect(await failure(checkByWriting(server, { signal: controller.signal }))).toMatchObject({
      code: 'ERR_ABORTED',
    });
    expect(controller.signal.aborted).toBe(true);
    expect(contentOf(server)).toEqual([]);
  });

  it('waits for a slow registry to store what it was sent before the abort', async () => {
    const controller = new AbortController();
    const server = await start();
    server.switches.intercept = (request, response) => {
      if (!isReferrer(request)) return false;
      const bytes = request.body;
      const digest = request.path.slice(request.path.indexOf('sha256:'));
      setTimeout(() => {
        server.repository(NAME).manifests.set(digest, { mediaType: MANIFEST, bytes });
        response.writeHead(201).end();
      }, 50);
      controller.abort();
      return true;
    };

    expect(await failure(checkByWriting(server, { signal: controller.signal }))).toMatchObject({
      code: 'ERR_ABORTED',
    });
    expect(server.requests.filter(isDeletion)).not.toEqual([]);
    expect(contentOf(server)).toEqual([]);
  });

  it('happens after the time is up', async () => {
    const server = await start();
    server.switches.intercept = ({ method, path }) => {
      const isFull = server.repository(NAME).manifests.size > 0;
      return method === 'GET' && path.includes('/referrers/') && isFull;
    };

    const error = await failure(checkByWriting(server, { limits: { time: 500 } }));

    expect(error).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(server.requests.filter(isDeletion)).not.toEqual([]);
    expect(contentOf(server)).toEqual([]);
  });

  it('is not stopped by the limit on requests that stopped the check', async () => {
    const server = await start();

    const error = await failure(checkByWriting(server, { limits: { requests: 15 } }));

    expect(error).toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
    expect(server.requests.filter(isDeletion)).not.toEqual([]);
    expect(contentOf(server)).toEqual([]);
  });

  it('is in the error of an aborted check if it fails', async () => {
    const controller = new AbortController();
    const server = await start();
    server.switches.intercept = (request, response) => {
      if (isReferrer(request)) controller.abort();
      return responding(405, isDeletion).intercept?.(request, response) ?? false;
    };

    const error = await failure(checkByWriting(server, { signal: controller.signal }));

    expect(error).toMatchObject({ code: 'ERR_ABORTED' });
    for (const digest of server.repository(NAME).manifests.keys()) expect(error.message).toContain(digest);
  });
});
