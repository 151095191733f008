import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  classify,
  createSigner,
  createTrustStore,
  type Descriptor,
  evaluate,
  formatReport,
  parseTrustPolicy,
  type Registry,
  type Signer,
  sign,
  VerificationError,
  verify,
} from '../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import {
  AMD64,
  absent,
  altered,
  json,
  MANIFEST,
  type MultiPlatform,
  pushIndex,
  pushManifest,
  pushMultiPlatform,
} from '../storage/indexes.ts';
import { policyDocument, pushImage, REPOSITORY, rejection } from '../support/artifact.ts';

let certificate: TestCertificate;
let signer: Signer;
let image: MultiPlatform;

beforeAll(async () => {
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(certificate);
});

beforeEach(async () => {
  image = await pushMultiPlatform();
});

function options(platforms: string, registry: Registry = image.registry, overrides = {}) {
  return {
    registry,
    trustStore: createTrustStore({ 'ca:acme': certificate.root }),
    trustPolicy: parseTrustPolicy(policyDocument(overrides)),
    platforms,
  };
}

/** Pushes an index of these entries, signs it, and returns its descriptor and reference. */
async function signIndex(entries: readonly unknown[]) {
  const index = await pushIndex(image.repository, entries);
  const reference = `${REPOSITORY}@${index.digest}`;
  await sign(reference, { signer, registry: image.registry });
  return { index, reference };
}

describe('verifying one platform of an index', () => {
  it('trusts an unsigned manifest by the signature of the index, and names the digest to pull', async () => {
    const { reference, registry, index, arm64 } = image;
    await sign(reference, { signer, registry });
    const report = await verify(reference, options('linux/arm64'));
    expect(report).toMatchObject({ outcome: 'verified', reference, artifact: index });
    expect(report.platforms).toMatchObject([
      {
        digest: arm64.digest,
        platform: 'linux/arm64/v8',
        report: {
          outcome: 'verified',
          reference: `${REPOSITORY}@${arm64.digest}`,
          artifact: arm64,
          coveredBy: index,
          warnings: [],
          validUntil: report.validUntil,
          signatures: report.signatures,
        },
      },
    ]);
    expect(report).not.toHaveProperty('coveredBy');
    expect(JSON.parse(JSON.stringify(structuredClone(report)))).toEqual(report);
  });

  it('rejects an index without a signature before it reads the index', async () => {
    const { reference, registry, arm64 } = image;
    await sign(`${REPOSITORY}@${arm64.digest}`, { signer, registry });
    const blind = altered(registry, () => ({ fetchManifest: () => Promise.reject(new Error('read')) }));
    const report = await evaluate(reference, options('linux/arm64', blind));
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_NO_SIGNATURE' } });
    expect(report).not.toHaveProperty('platforms');
  });

  it('rejects a platform that is not listed, and says which are', async () => {
    const { amd64, arm64 } = image;
    const { reference } = await signIndex([
      { ...amd64, platform: AMD64 },
      { ...arm64, platform: { os: 'unknown', architecture: 'unknown' } },
      { ...arm64, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
    ]);
    const report = await evaluate(reference, options('linux/s390x'));
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_PLATFORM_NOT_FOUND' } });
    expect(report.reason?.message).toContain(
      'no manifest for "linux/s390x"; it lists "linux/amd64", "linux/arm/v7"',
    );
    expect(report.reason?.message).not.toContain('unknown');
    expect(classify(report)).toEqual({ class: 'rejected' });
    expect(await rejection(verify(reference, options('linux/s390x')))).toBeInstanceOf(VerificationError);
  });

  it('takes the newest variant that the platform runs, and the first of equal ones', async () => {
    const [v5, v6, again] = [
      await pushManifest(image.repository, 'v5'),
      await pushManifest(image.repository, 'v6'),
      await pushManifest(image.repository, 'v6 again'),
    ];
    const arm = (descriptor: Descriptor, variant: string) => ({
      ...descriptor,
      platform: { os: 'linux', architecture: 'arm', variant },
    });
    const { reference } = await signIndex([arm(v5, 'v5'), arm(v6, 'v6'), arm(again, 'v6')]);
    const report = await verify(reference, options('linux/arm/v7'));
    expect(report.platforms).toMatchObject([{ digest: v6.digest, platform: 'linux/arm/v6' }]);
    expect(await evaluate(reference, options('linux/amd64'))).toMatchObject({
      reason: { code: 'ERR_PLATFORM_NOT_FOUND' },
    });
  });

  it.each(['unknown/unknown', 'linux/amd64'])('never takes an attestation (%s)', async (platform) => {
    const { amd64, arm64 } = image;
    const { reference } = await signIndex([
      { ...amd64, platform: { os: 'unknown', architecture: 'unknown' } },
      { ...arm64 },
    ]);
    expect(await evaluate(reference, options(platform))).toMatchObject({
      outcome: 'rejected',
      reason: {
        code: 'ERR_PLATFORM_NOT_FOUND',
        message: expect.stringContaining('it lists none that states its platform'),
      },
    });
  });

  it('finds a manifest of a nested index, which the outermost index covers', async () => {
    const { index: outer, reference } = await signIndex([image.index]);
    const report = await verify(reference, options('linux/amd64'));
    expect(report.platforms).toMatchObject([{ digest: image.amd64.digest, report: { coveredBy: outer } }]);
  });

  it('rejects an index whose bytes do not have the signed digest', async () => {
    const { reference, registry, arm64 } = image;
    await sign(reference, { signer, registry });
    const foreign = await pushManifest(image.repository, 'foreign');
    const bytes = json({ manifests: [{ ...foreign, platform: { os: 'linux', architecture: 'arm64' } }] });
    const lying = altered(registry, (repository) => ({
      fetchManifest: async (descriptor, given) =>
        descriptor.digest === image.index.digest ? bytes : repository.fetchManifest(descriptor, given),
    }));
    const report = await evaluate(reference, options('linux/arm64', lying));
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_CONTENT_MISMATCH' } });
    expect(JSON.stringify(report)).not.toContain(foreign.digest);
    expect(report.artifact.digest).not.toBe(arm64.digest);
  });

  it('gives the manifest the warnings of the index', async () => {
    const { reference, registry } = image;
    await sign(reference, { signer, registry, expiresIn: 60 });
    const permissive = { signatureVerification: { level: 'permissive' } };
    const report = await verify(reference, {
      ...options('linux/arm64', registry, permissive),
      clock: () => new Date(Date.now() + 120_000),
    });
    expect(report.warnings).toMatchObject([{ code: 'ERR_SIGNATURE_EXPIRED' }]);
    expect(report.platforms).toMatchObject([{ report: { warnings: report.warnings } }]);
    expect(classify(report)).toEqual({ class: 'warned' });
    expect(classify(report.platforms?.[0]?.report)).toEqual({ class: 'warned' });
  });

  it('selects nothing if the policy says to skip', async () => {
    const skip = { signatureVerification: { level: 'skip' }, trustStores: [], trustedIdentities: [] };
    const report = await evaluate(image.reference, options('linux/arm64', image.registry, skip));
    expect(report.outcome).toBe('skipped');
    expect(report).not.toHaveProperty('platforms');
  });

  it('is rejected for a name that is not that of a platform', async () => {
    for (const platforms of ['', 'linux', 'linux/*', 'ALL', 7 as unknown as string]) {
      expect(await rejection(evaluate(image.reference, options(platforms)))).toMatchObject({
        code: 'ERR_ARGUMENT_INVALID',
        message: expect.stringContaining('platforms must be "all", or one platform'),
      });
    }
  });

  it('is shown in the text of the report, with the signatures of the index once', async () => {
    const { reference, registry, index, arm64 } = image;
    await sign(reference, { signer, registry });
    const lines = formatReport(await verify(reference, options('linux/arm64'))).split('\n');
    expect(lines.slice(lines.indexOf('manifest 1 of 1, linux/arm64/v8, verified'))).toEqual([
      'manifest 1 of 1, linux/arm64/v8, verified',
      `  digest     ${arm64.digest}`,
      `  covered by the index ${index.digest}`,
    ]);
    expect(lines.filter((line) => line.includes('signature 1 of 1'))).toHaveLength(1);
  });

  it('does not let a platform of an index forge a line of the error', async () => {
    const platform = { os: 'linux\nall is well', architecture: 'amd64' };
    const { reference } = await signIndex([{ ...image.amd64, platform }]);
    const { reason } = await evaluate(reference, options('linux/amd64'));
    expect(reason?.message).toContain('it lists "linux\\nall is well/amd64"');
  });
});

describe('verifying one platform of an artifact that is not an index', () => {
  it('verifies the image itself if it is for the platform', async () => {
    const { registry, reference, digest } = await pushImage();
    await sign(reference, { signer, registry });
    const report = await verify(reference, options('linux/amd64', registry));
    expect(report).toMatchObject({ outcome: 'verified', artifact: { digest } });
    expect(report).not.toHaveProperty('platforms');
    expect(report).not.toHaveProperty('coveredBy');
  });

  it('rejects an image whose configuration states another platform, and names both', async () => {
    const { registry, reference } = await pushImage();
    await sign(reference, { signer, registry });
    expect(await evaluate(reference, options('linux/arm64', registry))).toMatchObject({
      outcome: 'rejected',
      reason: {
        code: 'ERR_PLATFORM_NOT_FOUND',
        message: expect.stringContaining('is for "linux/amd64", not for "linux/arm64"'),
      },
    });
  });

  it.each([
    ['an image that states no platform', 'application/vnd.oci.image.config.v1+json'],
    ['an artifact that is not an image', 'application/vnd.cncf.helm.config.v1+json'],
  ])('verifies %s as itself', async (_, configType) => {
    const { registry, repository } = image;
    const config = await repository.pushBlob(configType, json({ name: 'chart' }));
    const { digest } = await repository.pushManifest(
      MANIFEST,
      json({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [] }),
    );
    await sign(`${REPOSITORY}@${digest}`, { signer, registry });
    expect(await verify(`${REPOSITORY}@${digest}`, options('linux/arm64'))).toMatchObject({
      outcome: 'verified',
      artifact: { digest },
    });
  });

  it('rejects an image whose configuration is missing or has another digest', async () => {
    const { registry, repository } = image;
    const config = { ...absent(), mediaType: 'application/vnd.oci.image.config.v1+json' };
    const { digest } = await repository.pushManifest(
      MANIFEST,
      json({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [] }),
    );
    const reference = `${REPOSITORY}@${digest}`;
    await sign(reference, { signer, registry });
    expect(await evaluate(reference, options('linux/amd64'))).toMatchObject({
      outcome: 'rejected',
      reason: { code: 'ERR_NOT_FOUND' },
    });
    const lying = altered(registry, (repository) => ({
      fetchBlob: async (blob, given) =>
        blob.digest === config.digest ? json(AMD64) : repository.fetchBlob(blob, given),
    }));
    expect(await evaluate(reference, options('linux/amd64', lying))).toMatchObject({
      outcome: 'rejected',
      reason: { code: 'ERR_CONTENT_MISMATCH' },
    });
  });
});
