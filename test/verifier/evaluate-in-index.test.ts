import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  classify,
  createSigner,
  createTrustStore,
  evaluate,
  formatReport,
  parseReference,
  parseTrustPolicy,
  type Registry,
  type Signer,
  sign,
  VerificationError,
  verify,
} from '../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import {
  absent,
  altered,
  json,
  type MultiPlatform,
  pushIndex,
  pushManifest,
  pushMultiPlatform,
} from '../storage/indexes.ts';
import { policyDocument, REPOSITORY, rejection } from '../support/artifact.ts';

let certificate: TestCertificate;
let signer: Signer;
let image: MultiPlatform;
let child: string;

beforeAll(async () => {
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(certificate);
});

beforeEach(async () => {
  image = await pushMultiPlatform();
  child = `${REPOSITORY}@${image.arm64.digest}`;
  await sign(image.reference, { signer, registry: image.registry });
});

function options(index: string = image.index.digest, registry: Registry = image.registry, overrides = {}) {
  return {
    registry,
    trustStore: createTrustStore({ 'ca:acme': certificate.root }),
    trustPolicy: parseTrustPolicy(policyDocument(overrides)),
    index,
  };
}

describe('verifying a manifest by the index that lists it', () => {
  it.each(['digest', 'tag'])('trusts an unsigned manifest of a signed index, named by %s', async (by) => {
    const { index, arm64 } = image;
    const report = await verify(child, options(by === 'tag' ? 'multi' : index.digest));
    expect(report).toMatchObject({
      outcome: 'verified',
      reference: child,
      artifact: arm64,
      coveredBy: index,
      warnings: [],
      policy: { statement: 'production' },
      signatures: [{ outcome: 'verified' }],
    });
    expect(Date.parse(report.validUntil ?? '')).toBeGreaterThan(Date.now());
    expect(classify(report)).toEqual({ class: 'verified' });
    expect(JSON.parse(JSON.stringify(structuredClone(report)))).toEqual(report);
  });

  it('returns the report that the index has for its platform', async () => {
    const { index: _, ...rest } = options();
    const report = await verify(image.reference, { ...rest, platforms: 'linux/arm64' });
    const { signatures, ...expected } = await verify(child, options());
    expect(report.platforms?.[0]?.report).toMatchObject(expected);
  });

  it('does not trust the same manifest without the index', async () => {
    const { index: _, ...rest } = options();
    expect(await evaluate(child, rest)).toMatchObject({ reason: { code: 'ERR_NO_SIGNATURE' } });
  });

  it('resolves the tag of a manifest', async () => {
    const { repository, arm64, registry } = image;
    const bytes = await repository.fetchManifest(arm64);
    await repository.pushManifest(arm64.mediaType, bytes, { tag: 'arm' });
    const reference = { ...parseReference(`${REPOSITORY}:arm`) };
    expect(await verify(reference, options(image.index.digest, registry))).toMatchObject({
      reference: `${REPOSITORY}:arm`,
      artifact: arm64,
      coveredBy: image.index,
    });
  });

  it('rejects a manifest that the index does not list, even a signed one', async () => {
    const { registry, repository } = image;
    const { digest } = await pushManifest(repository, 'other');
    const reference = `${REPOSITORY}@${digest}`;
    await sign(reference, { signer, registry });
    const report = await evaluate(reference, options());
    expect(report).toMatchObject({
      outcome: 'rejected',
      artifact: { digest },
      reason: {
        code: 'ERR_NOT_IN_INDEX',
        message: `the image index ${image.index.digest} does not list ${digest}`,
      },
    });
    expect(report).not.toHaveProperty('coveredBy');
    expect(classify(report)).toEqual({ class: 'rejected' });
    expect(await rejection(verify(reference, options()))).toBeInstanceOf(VerificationError);
  });

  it('rejects the index itself: it does not list itself', async () => {
    expect(await evaluate(image.reference, options())).toMatchObject({
      reason: { code: 'ERR_NOT_IN_INDEX' },
    });
  });

  it('rejects a signed manifest of an index that has no signature', async () => {
    const { registry, repository, arm64 } = image;
    await sign(child, { signer, registry });
    const { digest } = await pushIndex(repository, [arm64]);
    const report = await evaluate(child, options(digest));
    expect(report).toMatchObject({
      outcome: 'rejected',
      artifact: arm64,
      reason: {
        code: 'ERR_NO_SIGNATURE',
        message: expect.stringContaining(`the index ${digest} is not trusted: `),
      },
    });
    expect(report).not.toHaveProperty('coveredBy');
    expect(classify(report)).toEqual({ class: 'unsigned' });
  });

  it('covers a nested index and its manifests, up to three deep', async () => {
    const { registry, repository, index, arm64 } = image;
    const second = await pushIndex(repository, [index]);
    const third = await pushIndex(repository, [second]);
    const fourth = await pushIndex(repository, [third]);
    for (const { digest } of [third, fourth]) await sign(`${REPOSITORY}@${digest}`, { signer, registry });
    for (const { digest } of [second, index, arm64]) {
      expect(await verify(`${REPOSITORY}@${digest}`, options(third.digest))).toMatchObject({
        artifact: { digest },
        coveredBy: third,
      });
    }
    expect(await evaluate(child, options(fourth.digest))).toMatchObject({
      reason: { code: 'ERR_LIMIT_EXCEEDED' },
    });
  });

  it('verifies nothing if the policy says to skip', async () => {
    const skip = { signatureVerification: { level: 'skip' }, trustStores: [], trustedIdentities: [] };
    const report = await evaluate(child, options(image.index.digest, image.registry, skip));
    expect(report).toMatchObject({ outcome: 'skipped', reference: child, artifact: image.arm64 });
    expect(report).not.toHaveProperty('coveredBy');
  });

  it.each([
    ['a manifest', () => image.amd64.digest, 'an image index is required'],
    ['a value of another type', () => 7 as unknown as string, 'index must be the digest or the tag'],
  ])('is rejected for %s', async (_, index, message) => {
    expect(await rejection(evaluate(child, options(index())))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('is rejected for the name of another repository', async () => {
    const index = `registry.example.com/other@${image.index.digest}`;
    expect(await rejection(evaluate(child, options(index)))).toMatchObject({ code: 'ERR_REFERENCE_INVALID' });
  });

  it('is refused together with platforms', async () => {
    expect(await rejection(evaluate(child, { ...options(), platforms: 'all' }))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });

  it('is shown in the text of the report', async () => {
    const lines = formatReport(await verify(child, options())).split('\n');
    expect(lines.slice(0, 3)).toEqual([
      `${child} is trusted`,
      `  digest     ${image.arm64.digest}`,
      `  covered by the index ${image.index.digest}`,
    ]);
  });
});

describe('verifying a manifest by an index of a hostile registry', () => {
  /** A registry that returns other bytes for the index. */
  function forging(bytes: Uint8Array): Registry {
    return altered(image.registry, (repository) => ({
      fetchManifest: async (descriptor, given) =>
        descriptor.digest === image.index.digest ? bytes : repository.fetchManifest(descriptor, given),
    }));
  }

  it.each(['longer', 'of the same length'])(
    'rejects bytes that do not have the signed digest, %s',
    async (how) => {
      const foreign = await pushManifest(image.repository, 'foreign');
      const forged = json({ schemaVersion: 2, manifests: [foreign] });
      const bytes = new Uint8Array(how === 'longer' ? image.index.size + 1 : image.index.size).fill(32);
      bytes.set(forged);
      const report = await evaluate(
        `${REPOSITORY}@${foreign.digest}`,
        options(image.index.digest, forging(bytes)),
      );
      expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_CONTENT_MISMATCH' } });
      expect(report).not.toHaveProperty('coveredBy');
    },
  );

  it('rejects a forged index that is resolved with the digest of its own bytes', async () => {
    const { repository, registry } = image;
    const foreign = await pushManifest(repository, 'foreign');
    const forged = await pushIndex(repository, [foreign]);
    const moved = altered(registry, (repository) => ({
      resolve: (target, given) => repository.resolve(target === 'multi' ? forged.digest : target, given),
      // It lists the good signature as one of the forged index.
      referrers: (_, given) => repository.referrers(image.index, given),
    }));
    expect(await evaluate(`${REPOSITORY}@${foreign.digest}`, options('multi', moved))).toMatchObject({
      outcome: 'rejected',
    });
  });

  it('rejects a registry that calls a signed manifest an index', async () => {
    const { repository, registry, arm64, index } = image;
    const tricky = json({
      schemaVersion: 2,
      mediaType: arm64.mediaType,
      layers: [],
      manifests: [arm64],
    });
    const { digest } = await repository.pushManifest(arm64.mediaType, tricky);
    await sign(`${REPOSITORY}@${digest}`, { signer, registry });
    const lying = altered(registry, (repository) => ({
      async resolve(target, given) {
        const found = await repository.resolve(target, given);
        return target === digest ? { ...found, mediaType: index.mediaType } : found;
      },
      referrers: (subject, given) => repository.referrers({ ...subject, mediaType: arm64.mediaType }, given),
    }));
    expect(await evaluate(child, options(digest, lying))).toMatchObject({
      outcome: 'rejected',
      reason: { code: 'ERR_ARTIFACT_MISMATCH' },
    });
  });

  it('rejects a registry whose manifest differs from the index in size or type', async () => {
    const { registry, arm64 } = image;
    for (const other of [{ size: arm64.size + 1 }, { mediaType: image.index.mediaType }]) {
      const lying = altered(registry, (repository) => ({
        async resolve(target, given) {
          const found = await repository.resolve(target, given);
          return target === arm64.digest ? { ...found, ...other } : found;
        },
      }));
      expect(await evaluate(child, options(image.index.digest, lying))).toMatchObject({
        outcome: 'rejected',
        reason: { code: 'ERR_CONTENT_MISMATCH' },
      });
    }
  });

  it('rejects an index with an entry that cannot be read', async () => {
    const { registry, repository, arm64 } = image;
    for (const [entry, code] of [
      [{ digest: 'sha256:0' }, 'ERR_MANIFEST_INVALID'],
      [{ ...absent(), mediaType: image.index.mediaType }, 'ERR_NOT_FOUND'],
    ] as const) {
      const { digest } = await pushIndex(repository, [arm64, entry]);
      await sign(`${REPOSITORY}@${digest}`, { signer, registry });
      expect(await evaluate(child, options(digest))).toMatchObject({
        outcome: 'rejected',
        reason: { code },
      });
    }
  });

  it('reaches no verdict if the index cannot be fetched', async () => {
    const failing = altered(image.registry, (repository) => ({
      fetchManifest: (descriptor, given) =>
        descriptor.digest === image.index.digest
          ? Promise.reject(new Error('down'))
          : repository.fetchManifest(descriptor, given),
    }));
    const work = evaluate(child, options(image.index.digest, failing));
    expect(await rejection(work)).toMatchObject({ message: 'down' });
  });
});
