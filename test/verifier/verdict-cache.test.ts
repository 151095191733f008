import { createStorage } from 'unstorage';
import memoryDriver from 'unstorage/drivers/memory';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createRevocationChecker,
  createSigner,
  createTrustStore,
  createVerdictCache,
  createVerifier,
  NotationError,
  parseReference,
  type Registry,
  type Repository,
  type Signer,
  sign,
  type TrustStore,
  type VerdictCacheOptions,
  type VerifierOptions,
  type VerifyOptions,
} from '../../src/index.ts';
import { generateTestChain } from '../../src/testing/index.ts';
import { AMD64, pushIndex } from '../storage/indexes.ts';
import { policyDocument, pushImage, REPOSITORY, rejection } from '../support/artifact.ts';
import { until } from '../support/until.ts';

const SECRET = 'a secret of the verifiers';
const MINUTE = 60_000;
/** When the certificates that the tests make are valid. */
const NOW = Date.now() + MINUTE;

let signer: Signer;
let stranger: Signer;
let trustStore: TrustStore;
let strangers: TrustStore;
let registry: Registry;
let reference: string;
let digest: string;
/** The operations that the registry ran. */
let requests: string[];
let storage: Map<string, string>;
let now: number;

beforeAll(async () => {
  const chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(chain);
  trustStore = createTrustStore({ 'ca:acme': chain.root });
  const other = await generateTestChain({ name: 'other.example', keySpec: 'EC-256' });
  stranger = await createSigner(other);
  strangers = createTrustStore({ 'ca:acme': other.root });
});

beforeEach(async () => {
  const pushed = await pushImage();
  ({ reference, digest } = pushed);
  requests = [];
  registry = recording(pushed.registry);
  storage = new Map();
  now = NOW;
});

function recording(
  inner: Registry,
  change: (repository: Repository) => Partial<Repository> = () => ({}),
): Registry {
  return {
    repository(parsed) {
      const repository = inner.repository(parsed);
      const changed: Repository = Object.assign(Object.create(repository), change(repository));
      return Object.assign(Object.create(repository), {
        resolve: (...given: Parameters<Repository['resolve']>) => {
          requests.push(`resolve ${given[0]}`);
          return changed.resolve(...given);
        },
        referrers: (...given: Parameters<Repository['referrers']>) => {
          requests.push('referrers');
          return changed.referrers(...given);
        },
      });
    },
  };
}

function cacheOf(changed: Partial<VerdictCacheOptions> = {}) {
  return createVerdictCache({ storage, secret: SECRET, ...changed });
}

function verifierOf(changed: Partial<VerifierOptions> = {}, statement = {}) {
  return createVerifier({
    trustPolicy: policyDocument({ registryScopes: ['*'], ...statement }),
    trustStore,
    registry,
    verdictCache: cacheOf(),
    clock: () => new Date(now),
    ...changed,
  });
}

/** Evaluates with a new verifier, and returns the outcome and how the cache was used. */
async function evaluated(
  changed: Partial<VerifierOptions> = {},
  statement = {},
  options: VerifyOptions = {},
  named = reference,
) {
  const { outcome, cache } = await verifierOf(changed, statement).evaluate(named, options);
  return `${outcome}, ${cache?.result}`;
}

const only = () => {
  const [entry] = storage;
  if (!entry || storage.size > 1) throw new Error('one entry was expected');
  return { key: entry[0], value: entry[1] };
};

describe('a verdict that was reached before', () => {
  beforeEach(async () => {
    await sign(reference, { signer, registry });
    requests = [];
  });

  it('is used again without a request for a digest', async () => {
    const first = await verifierOf().evaluate(reference);
    requests = [];

    const second = await verifierOf().evaluate(reference);

    expect(requests).toEqual([]);
    expect(second).toEqual({
      ...first,
      cache: { result: 'hit', evaluatedAt: new Date(NOW).toISOString(), notes: [] },
    });
    expect(first.cache).toEqual({ result: 'miss', notes: [] });
  });

  it('is used where an older one is in memory, if another process reached it', async () => {
    const [here, elsewhere] = [cacheOf({ maxAge: MINUTE }), cacheOf({ maxAge: MINUTE })];
    await evaluated({ verdictCache: here });
    now += 2 * MINUTE;
    expect(await evaluated({ verdictCache: elsewhere })).toBe('verified, miss');
    requests = [];

    expect(await evaluated({ verdictCache: here })).toBe('verified, hit');
    expect(requests).toEqual([]);
  });

  it('does not give way to an older one that is put back into the storage', async () => {
    const verdictCache = cacheOf({ maxAge: MINUTE });
    await evaluated({ verdictCache });
    const { key, value } = only();
    now += 2 * MINUTE;
    await evaluated({ verdictCache });
    storage.set(key, value);
    now += MINUTE / 2;

    expect(await evaluated({ verdictCache })).toBe('verified, hit');
  });

  it('is used again for a tag, which is resolved', async () => {
    await evaluated();
    requests = [];

    const report = await verifierOf().evaluate(`${REPOSITORY}:v1`);

    expect(requests).toEqual(['resolve v1']);
    expect(report).toMatchObject({
      reference: `${REPOSITORY}:v1`,
      artifact: { digest },
      cache: { result: 'hit' },
    });
  });

  it('is not used for a tag that has moved', async () => {
    await evaluated();
    await registry
      .repository(parseReference(REPOSITORY))
      .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'), {
        tag: 'v1',
      });

    expect(await evaluated({}, {}, {}, `${REPOSITORY}:v1`)).toBe('rejected, miss');
  });

  it('compares a tag with the digest each time', async () => {
    const both = `${REPOSITORY}:v1@${digest}`;
    expect((await verifierOf().verify(both)).warnings).toEqual([]);
    await registry
      .repository(parseReference(REPOSITORY))
      .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'), {
        tag: 'v1',
      });

    const report = await verifierOf().verify(both);

    expect(report.cache?.result).toBe('hit');
    expect(report.warnings?.map(({ code }) => code)).toEqual(['ERR_TAG_MISMATCH']);
  });

  it('is used by verify, too', async () => {
    await verifierOf().verify(reference);

    await expect(verifierOf().verify(reference)).resolves.toMatchObject({ cache: { result: 'hit' } });
  });

  it('is not used for another repository with the same digest', async () => {
    await evaluated();
    await pushImage(registry, `${REPOSITORY}-copy`);

    expect(await evaluated({}, {}, {}, `${REPOSITORY}-copy@${digest}`)).toBe('rejected, miss');
  });

  it.each<[string, Partial<VerifierOptions>, object, VerifyOptions]>([
    ['another statement', {}, { name: 'staging' }, {}],
    ['another level', {}, { signatureVerification: { level: 'permissive' } }, {}],
    [
      'other identities',
      {},
      { trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary, CN=acme.example'] },
      {},
    ],
    ['required metadata', {}, {}, { userMetadata: { build: '7' } }],
    ['a configuration of plugins', {}, {}, { pluginConfig: { region: 'x' } }],
    ['a platform', {}, {}, { platforms: 'all' }],
    ['another limit of signatures', {}, {}, { limits: { signatures: 5 } }],
    ['plugins', { plugins: new Map() }, {}, {}],
  ])('is not used under %s', async (_, changed, statement, options) => {
    await evaluated();

    expect(await evaluated(changed, statement, options)).toMatch(/, miss$/);
  });

  it('is not used with other certificates in a trust store', async () => {
    await evaluated();

    expect(await evaluated({ trustStore: strangers })).toBe('rejected, miss');
  });

  it('is not used with another variant', async () => {
    await evaluated();

    expect(await evaluated({ verdictCache: cacheOf({ variant: '2' }) })).toBe('verified, miss');
  });

  it('is used whatever the other limits are', async () => {
    await evaluated();

    expect(await evaluated({ limits: { time: 5000, requests: 3, bytes: 9999 } })).toBe('verified, hit');
  });

  it('says nothing about the trust policy in its key', async () => {
    await evaluated();

    expect(only().key).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the age of a verdict', () => {
  it('is at most an hour by default', async () => {
    await sign(reference, { signer, registry });
    await evaluated();

    now = NOW + 60 * MINUTE - 1;
    expect(await evaluated()).toBe('verified, hit');
    now = NOW + 60 * MINUTE;
    expect(await evaluated()).toBe('verified, miss');
  });

  it('is at most 30 seconds for an artifact without a signature', async () => {
    expect(await evaluated()).toBe('rejected, miss');
    await sign(reference, { signer, registry });

    now = NOW + 29_999;
    expect(await evaluated()).toBe('rejected, hit');
    now = NOW + 30_000;
    expect(await evaluated()).toBe('verified, miss');
  });

  it('is that of the verifier that reads it', async () => {
    await sign(reference, { signer, registry });
    await evaluated();

    now = NOW + MINUTE;
    expect(await evaluated({ verdictCache: cacheOf({ maxAge: MINUTE }) })).toBe('verified, miss');
  });

  it('ends with validUntil', async () => {
    await sign(reference, { signer, registry, expiresIn: 60, clock: () => new Date(NOW) });
    await evaluated();

    now = NOW + 58_000;
    expect(await evaluated()).toBe('verified, hit');
    now = NOW + 61_000;
    expect(await evaluated()).toBe('rejected, miss');
  });

  it('is short if a warning may pass', async () => {
    const chain = await generateTestChain({
      name: 'acme.example',
      keySpec: 'EC-256',
      ocsp: ['http://ocsp.example'],
    });
    await sign(reference, { signer: await createSigner(chain), registry });
    const options = { trustStore: createTrustStore({ 'ca:acme': chain.root }), revocation: unreachable() };
    const statement = { signatureVerification: { level: 'permissive' } };
    await evaluated(options, statement);

    now = NOW + 29_999;
    expect(await evaluated(options, statement)).toBe('verified, hit');
    now = NOW + 30_000;
    expect(await evaluated(options, statement)).toBe('verified, miss');
  });

  it('is never negative: an entry from the future is not used', async () => {
    await sign(reference, { signer, registry });
    await evaluated();

    now = NOW - 1;
    expect(await evaluated()).toBe('verified, miss');
  });

  it('is told to the storage in seconds', async () => {
    const told: unknown[] = [];
    const verdictCache = cacheOf({
      storage: { get: () => undefined, set: (_, __, options) => told.push(options), delete: () => undefined },
      maxAge: 90_500,
    });
    await sign(reference, { signer, registry });

    await evaluated({ verdictCache });

    expect(told).toEqual([{ ttl: 90 }]);
  });
});

/** A new one each time: checkers remember what failed. */
const unreachable = () =>
  createRevocationChecker({ fetch: () => Promise.reject(new TypeError('connection refused')) });

describe('an evaluation without a verdict', () => {
  it('is not stored', async () => {
    const down = recording(registry, () => ({
      referrers: () => {
        throw new NotationError('ERR_REGISTRY_UNREACHABLE', 'the registry is down');
      },
    }));

    await expect(evaluated({ registry: down })).rejects.toMatchObject({ code: 'ERR_REGISTRY_UNREACHABLE' });
    expect(storage.size).toBe(0);
  });

  it('is not stored if a signature could not be decided', async () => {
    const chain = await generateTestChain({
      name: 'acme.example',
      keySpec: 'EC-256',
      ocsp: ['http://ocsp.example'],
    });
    await sign(reference, { signer: await createSigner(chain), registry });

    expect(
      await evaluated({ trustStore: createTrustStore({ 'ca:acme': chain.root }), revocation: unreachable() }),
    ).toBe('rejected, miss');
    expect(storage.size).toBe(0);
  });

  it('is not stored if the policy alone decides', async () => {
    const skip = {
      signatureVerification: { level: 'skip' },
      trustStores: undefined,
      trustedIdentities: undefined,
    };

    expect(await evaluated({}, { ...skip, registryScopes: [REPOSITORY] })).toBe('skipped, undefined');
    expect(await evaluated({}, { registryScopes: ['other.example/app'] })).toBe('rejected, undefined');
    expect(storage.size).toBe(0);
  });
});

describe('a storage that others can write to', () => {
  beforeEach(async () => {
    await sign(reference, { signer: stranger, registry });
    expect(await evaluated()).toBe('rejected, miss');
  });

  async function expectMiss() {
    const { outcome, cache } = await verifierOf().evaluate(reference);
    expect(outcome).toBe('rejected');
    expect(cache).toMatchObject({
      result: 'miss',
      notes: ['the entry of the cache is not authentic, or not an entry'],
    });
  }

  it('cannot change an entry', async () => {
    const { key, value } = only();
    storage.set(key, value.replace('"outcome":"rejected"', '"outcome":"verified"'));

    await expectMiss();
  });

  it('cannot put the entry of another artifact in its place', async () => {
    const { key } = only();
    const other = await pushImage(registry, `${REPOSITORY}-trusted`);
    await sign(other.reference, { signer, registry });
    await verifierOf().verify(other.reference);
    const trusted = [...storage].find(([name]) => name !== key)?.[1] ?? '';
    storage.set(key, trusted);

    await expectMiss();
  });

  it('cannot make entries of its own', async () => {
    const { key, value } = only();
    const [format = '', , ...body] = value.split('.');
    for (const forged of ['', format, `${format}.`, `${format}..${body.join('.')}`, '{}', 'null', '[1]']) {
      storage.set(key, forged);
      await expectMiss();
    }
  });

  it('cannot use a secret of its own', async () => {
    const theirs = new Map<string, string>();
    await evaluated({
      trustStore: strangers,
      verdictCache: cacheOf({ storage: theirs, secret: `${SECRET}?` }),
    });
    const { key } = only();
    storage.set(key, [...theirs.values()][0] ?? '');

    await expectMiss();
  });

  it('cannot have a huge entry read', async () => {
    const { key, value } = only();
    storage.set(key, value + ' '.repeat(100 * 1024 * 1024));

    await expectMiss();
  });

  it.each([[7], [true], [{ report: {} }], [new Uint8Array(3)]])('cannot return %j', async (value) => {
    storage.set(only().key, value as never);

    await expectMiss();
  });
});

describe('a storage that is trusted', () => {
  const trusted = () => cacheOf({ secret: undefined, trustedStorage: true });

  it('needs no secret', async () => {
    await sign(reference, { signer, registry });
    await evaluated({ verdictCache: trusted() });

    expect(await evaluated({ verdictCache: trusted() })).toBe('verified, hit');
  });

  it.each(['{}', 'null', '{"evaluatedAt":1}', '{"evaluatedAt":1,"report":{"outcome":"verified"}}', '{'])(
    'may have what is not an entry: %s',
    async (body) => {
      await evaluated({ verdictCache: trusted() });
      const { key, value } = only();
      storage.set(key, `${value.split('.')[0]}..${body}`);

      expect(await evaluated({ verdictCache: trusted() })).toBe('rejected, miss');
    },
  );
});

describe('a storage that fails', () => {
  const failing = {
    get: () => Promise.reject(new Error('connection refused')),
    set: () => Promise.reject(new Error('connection refused')),
    delete: () => undefined,
  };

  it('is passed over, with notes', async () => {
    await sign(reference, { signer, registry });

    const report = await verifierOf({ verdictCache: cacheOf({ storage: failing }) }).verify(reference);

    const note = 'the cache failed: connection refused';
    expect(report.cache).toEqual({ result: 'miss', notes: [note, note] });
    expect(report.warnings).toEqual([]);
  });

  it('is given up after its timeout', async () => {
    await sign(reference, { signer, registry });
    const silent = {
      get: () => new Promise(() => undefined),
      set: () => new Promise(() => undefined),
      delete: () => 0,
    };

    const verdictCache = cacheOf({ storage: silent, timeout: 5 });
    const report = await verifierOf({ verdictCache }).verify(reference);

    const note = 'the cache failed: the cache took longer than 5 ms';
    expect(report.cache).toEqual({ result: 'miss', notes: [note, note] });
  });
});

describe('concurrent callers', () => {
  it('share one evaluation', async () => {
    await sign(reference, { signer, registry });
    requests = [];
    const verifier = verifierOf();

    const reports = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(reference)));

    expect(requests.filter((request) => request === 'referrers')).toHaveLength(1);
    expect(new Set(reports.map(({ outcome }) => outcome))).toEqual(new Set(['verified']));
  });

  it('do not depend on the one who began', async () => {
    await sign(reference, { signer, registry });
    let release: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = 0;
    const slow = recording(registry, (repository) => ({
      resolve: async (target, options) => {
        if (begun++ === 0) await gate;
        return repository.resolve(target, options);
      },
    }));
    const verifier = verifierOf({ registry: slow });
    const controller = new AbortController();
    const first = rejection(verifier.verify(reference, { signal: controller.signal }));
    await until(() => begun === 1);
    const second = verifier.verify(reference);
    await new Promise((resolve) => setTimeout(resolve, 20));

    controller.abort();

    expect(await first).toMatchObject({ code: 'ERR_ABORTED' });
    await expect(second).resolves.toMatchObject({ outcome: 'verified' });
    release?.();
  });
});

describe('the manifests of an index', () => {
  it('have a verdict for each index, by its digest', async () => {
    const { registry: inner, name, digests } = await indexed();
    await sign(`${name}:index`, { signer, registry: inner });
    const named = `${name}@${digests[0]}`;
    const options = { registry: recording(inner) };
    await evaluated(options, {}, { index: 'index' }, named);
    requests = [];

    expect(await evaluated(options, {}, { index: 'index' }, named)).toBe('verified, hit');
    expect(requests).toEqual(['resolve index']);
    expect(await evaluated(options, {}, {}, named)).toBe('rejected, miss');
  });

  async function indexed() {
    const pushed = await pushImage();
    const repository = pushed.registry.repository(parseReference(REPOSITORY));
    const manifest = await repository.resolve('v1');
    await pushIndex(repository, [{ ...manifest, platform: AMD64 }], { tag: 'index' });
    return { registry: pushed.registry, name: REPOSITORY, digests: [manifest.digest] };
  }
});

describe('storages of unstorage', () => {
  it.each([
    ['a driver', () => memoryDriver()],
    ['a storage', () => createStorage({ driver: memoryDriver() })],
  ])('are accepted: %s', async (_, make) => {
    const verdictCache = cacheOf({ storage: make() as never });
    await sign(reference, { signer, registry });
    await evaluated({ verdictCache });

    expect(await evaluated({ verdictCache })).toBe('verified, hit');
  });
});

describe('the options of a verdict cache', () => {
  it.each<[string, object, RegExp]>([
    ['no storage', { storage: undefined }, /storage must be/],
    ['a storage of another form', { storage: {} }, /storage must have get, set and delete/],
    ['neither a secret nor trust', { secret: undefined }, /give secret; or trustedStorage/],
    ['both', { trustedStorage: true }, /give secret; or trustedStorage/],
    ['trust that is not true', { secret: undefined, trustedStorage: 'yes' }, /trustedStorage must be true/],
    ['a short secret', { secret: '0123456789abcde' }, /at least 16 bytes/],
    ['a secret of the wrong type', { secret: 7 }, /at least 16 bytes/],
    ['an age of 0', { maxAge: 0 }, /maxAge/],
    ['an age of the wrong type', { refusalMaxAge: '30 s' }, /refusalMaxAge/],
    ['an endless timeout', { timeout: Number.POSITIVE_INFINITY }, /timeout/],
    ['a variant of the wrong type', { variant: 7 }, /variant/],
  ])('are checked: %s', (_, changed, message) => {
    expect(() => cacheOf(changed)).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID', message: expect.stringMatching(message) }),
    );
  });

  it('are those of createVerdictCache for a verifier', () => {
    expect(() => verifierOf({ verdictCache: new Map() as never })).toThrow(/verdictCache must be the result/);
  });
});
