import { beforeAll, describe, expect, it } from 'vitest';
import { createSigner, listSignatures, type Signer, sign } from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import {
  AMD64,
  ARM64,
  absent,
  altered,
  json,
  pushIndex,
  pushManifest,
  pushMultiPlatform,
} from '../storage/indexes.ts';
import { pushImage, REPOSITORY, rejection } from '../support/artifact.ts';

let signer: Signer;

beforeAll(async () => {
  signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
});

const all = { platforms: 'all' } as const;

describe('signing all platforms', () => {
  it.each([undefined, 'application/vnd.docker.distribution.manifest.list.v2+json'])(
    'signs the index and each manifest that it lists (%s)',
    async (mediaType) => {
      const { registry, repository, amd64, arm64 } = await pushMultiPlatform();
      const entries = [
        { ...amd64, platform: AMD64 },
        { ...arm64, platform: ARM64 },
      ];
      const index = await pushIndex(repository, entries, mediaType === undefined ? {} : { mediaType });
      const result = await sign(`${REPOSITORY}@${index.digest}`, { signer, registry, ...all });
      expect(result).toMatchObject({
        artifact: index,
        platforms: [
          { artifact: amd64, platform: 'linux/amd64' },
          { artifact: arm64, platform: 'linux/arm64/v8' },
        ],
      });
      for (const { artifact, signature } of [result, ...(result.platforms ?? [])]) {
        const found: string[] = [];
        for await (const { digest } of listSignatures(`${REPOSITORY}@${artifact.digest}`, { registry })) {
          found.push(digest);
        }
        expect(found).toEqual([signature.digest]);
      }
    },
  );

  it('is off by default', async () => {
    const { registry, reference } = await pushMultiPlatform();
    expect(await sign(reference, { signer, registry })).not.toHaveProperty('platforms');
  });

  it('signs attestations as well, and a manifest that is listed twice once', async () => {
    const { registry, repository, amd64, arm64 } = await pushMultiPlatform();
    const { digest } = await pushIndex(repository, [
      amd64,
      { ...arm64, platform: { os: 'unknown', architecture: 'unknown' } },
      amd64,
    ]);
    const { platforms } = await sign(`${REPOSITORY}@${digest}`, { signer, registry, ...all });
    expect(platforms).toMatchObject([{ artifact: amd64 }, { artifact: arm64, platform: 'unknown/unknown' }]);
    expect(platforms?.[0]).not.toHaveProperty('platform');
  });

  it('signs the manifests of nested indexes, up to three deep', async () => {
    const { registry, repository, amd64, index, arm64 } = await pushMultiPlatform();
    const second = await pushIndex(repository, [index]);
    const third = await pushIndex(repository, [second]);
    const { platforms } = await sign(`${REPOSITORY}@${third.digest}`, { signer, registry, ...all });
    expect(platforms).toMatchObject([{ artifact: amd64 }, { artifact: arm64 }]);
    const fourth = await pushIndex(repository, [third]);
    const tooDeep = sign(`${REPOSITORY}@${fourth.digest}`, { signer, registry, ...all });
    expect(await rejection(tooDeep)).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: expect.stringContaining('image indexes are nested more than 3 levels deep'),
    });
  });

  it('signs an artifact that is not an index as itself', async () => {
    const { registry, reference, digest } = await pushImage();
    const result = await sign(reference, { signer, registry, ...all });
    expect(result.artifact.digest).toBe(digest);
    expect(result).not.toHaveProperty('platforms');
  });

  it('is rejected for anything but "all"', async () => {
    const { registry, reference } = await pushMultiPlatform();
    const platforms = 'linux/amd64' as 'all';
    expect(await rejection(sign(reference, { signer, registry, platforms }))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('platforms must be "all" or omitted'),
    });
  });

  it.each([
    [
      'lists 10,000 manifests',
      () => Array.from({ length: 10_000 }, (_, i) => absent(i)),
      'ERR_LIMIT_EXCEEDED',
      'more than 100 manifests',
    ],
    [
      'lists 101 manifests',
      () => Array.from({ length: 101 }, (_, i) => absent(i)),
      'ERR_LIMIT_EXCEEDED',
      'more than 100 manifests',
    ],
    ['lists a manifest that is missing', () => [absent()], 'ERR_NOT_FOUND', 'cannot be fetched'],
    [
      'has a malformed entry',
      () => [{ digest: 'sha256:0' }],
      'ERR_MANIFEST_INVALID',
      'an entry is malformed',
    ],
    [
      'lists something other than manifests',
      () => [{ ...absent(), mediaType: 'text/plain' }],
      'ERR_MANIFEST_INVALID',
      'not a manifest',
    ],
    [
      'lists one manifest as two',
      () => [absent(), { ...absent(), size: 3 }],
      'ERR_MANIFEST_INVALID',
      'is also listed with another size or type',
    ],
  ])('signs nothing if the index %s', async (_, entries, code, reason) => {
    const { registry, repository, amd64 } = await pushMultiPlatform();
    const { digest } = await pushIndex(repository, [amd64, ...entries()]);
    const quiet = altered(registry, () => ({ pushManifest: () => Promise.reject(new Error('signed')) }));
    const work = sign(`${REPOSITORY}@${digest}`, { signer, registry: quiet, ...all });
    expect(await rejection(work)).toMatchObject({ code, message: expect.stringContaining(reason) });
  });

  it('signs nothing if the index lies about the size of a manifest', async () => {
    const { registry, repository, amd64, arm64 } = await pushMultiPlatform();
    const { digest } = await pushIndex(repository, [
      amd64,
      { ...arm64, size: arm64.size + 1, platform: ARM64 },
    ]);
    const quiet = altered(registry, () => ({ pushManifest: () => Promise.reject(new Error('signed')) }));
    expect(
      await rejection(sign(`${REPOSITORY}@${digest}`, { signer, registry: quiet, ...all })),
    ).toMatchObject({
      code: 'ERR_CONTENT_MISMATCH',
      message: expect.stringContaining(`"linux/arm64/v8" (${arm64.digest})`),
    });
  });

  it('ends if indexes list each other', async () => {
    const { registry, repository, index } = await pushMultiPlatform();
    const loop = await pushIndex(repository, [index]);
    const bytes = await repository.fetchManifest(loop);
    // A repository that checks nothing, and returns for every index one that lists the outer one.
    const lying = altered(registry, () => ({
      fetchManifest: async ({ digest }) => (digest === loop.digest ? bytes : json({ manifests: [loop] })),
    }));
    const work = sign(`${REPOSITORY}@${loop.digest}`, { signer, registry: lying, ...all });
    expect(await rejection(work)).toMatchObject({
      code: 'ERR_CONTENT_MISMATCH',
      message: expect.stringContaining('506 bytes'),
    });
  });

  it('names the manifest that could not be signed, and does not sign the index', async () => {
    const { registry, reference, amd64, arm64 } = await pushMultiPlatform();
    let calls = 0;
    const failing: Signer = {
      certificates: signer.certificates,
      sign: (bytes) => (++calls > 1 ? Promise.reject(new Error('unplugged')) : signer.sign(bytes)),
    };
    expect(await rejection(sign(reference, { signer: failing, registry, ...all }))).toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringMatching(
        `"linux/arm64/v8" \\(${arm64.digest}\\).*1 of 2 manifests were signed before`,
      ),
      cause: { code: 'ERR_SIGNER_FAILED' },
    });
    const counts = [amd64.digest, arm64.digest].map(async (digest) => {
      let count = 0;
      for await (const _ of listSignatures(`${REPOSITORY}@${digest}`, { registry })) count++;
      return count;
    });
    expect(await Promise.all(counts)).toEqual([1, 0]);
    for await (const _ of listSignatures(reference, { registry })) throw new Error('the index was signed');
  });

  it('names the index if that could not be signed', async () => {
    const { registry, reference, index } = await pushMultiPlatform();
    let calls = 0;
    const failing: Signer = {
      certificates: signer.certificates,
      sign: (bytes) => (++calls > 2 ? Promise.reject(new Error('unplugged')) : signer.sign(bytes)),
    };
    expect(await rejection(sign(reference, { signer: failing, registry, ...all }))).toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringMatching(`the index ${index.digest}.*2 of 2 manifests were signed before`),
    });
  });

  it('stops when the signal is aborted', async () => {
    const { registry, reference } = await pushMultiPlatform();
    const controller = new AbortController();
    const aborting: Signer = {
      certificates: signer.certificates,
      sign() {
        controller.abort();
        return new Promise(() => undefined);
      },
    };
    const work = sign(reference, { signer: aborting, registry, signal: controller.signal, ...all });
    expect(await rejection(work)).toMatchObject({
      code: 'ERR_ABORTED',
      message: expect.stringMatching(
        /of the index could not be signed \(0 of 2 manifests were signed before\): the signing of sha256:[0-9a-f]{64} was aborted$/,
      ),
    });
  });

  it('signs an empty index alone', async () => {
    const { registry, repository } = await pushMultiPlatform();
    const { digest } = await pushIndex(repository, []);
    expect(await sign(`${REPOSITORY}@${digest}`, { signer, registry, ...all })).toMatchObject({
      platforms: [],
    });
  });

  it('signs a hundred manifests one by one', async () => {
    const { registry, repository } = await pushMultiPlatform();
    const entries = await Promise.all(
      Array.from({ length: 100 }, (_, i) => pushManifest(repository, `number ${i}`)),
    );
    const { digest } = await pushIndex(repository, entries);
    const { platforms } = await sign(`${REPOSITORY}@${digest}`, { signer, registry, ...all });
    expect(new Set(platforms?.map(({ signature }) => signature.digest)).size).toBe(100);
  });
});
