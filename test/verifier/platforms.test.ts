import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createSigner,
  createTrustStore,
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
  ARM64,
  absent,
  altered,
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

function options(registry: Registry = image.registry, overrides: Record<string, unknown> = {}) {
  return {
    registry,
    trustStore: createTrustStore({ 'ca:acme': certificate.root }),
    trustPolicy: parseTrustPolicy(policyDocument(overrides)),
    platforms: 'all' as const,
  };
}

describe('verifying all platforms', () => {
  it('trusts an index when it and each of its manifests has a trusted signature', async () => {
    const { registry, reference, amd64, arm64 } = image;
    await sign(reference, { signer, registry, platforms: 'all' });
    const report = await verify(reference, options());
    expect(report).toMatchObject({
      outcome: 'verified',
      artifact: image.index,
      platforms: [
        { digest: amd64.digest, platform: 'linux/amd64', report: { outcome: 'verified', artifact: amd64 } },
        {
          digest: arm64.digest,
          platform: 'linux/arm64/v8',
          report: { outcome: 'verified', artifact: arm64 },
        },
      ],
    });
    expect(JSON.parse(JSON.stringify(structuredClone(report)))).toEqual(report);
  });

  it('rejects an index when one manifest has no signature, and names it', async () => {
    const { registry, reference, amd64, arm64 } = image;
    await sign(reference, { signer, registry });
    await sign(`${REPOSITORY}@${amd64.digest}`, { signer, registry });
    const report = await evaluate(reference, options());
    expect(report).toMatchObject({
      outcome: 'rejected',
      reason: {
        code: 'ERR_NO_SIGNATURE',
        message: expect.stringContaining(`"linux/arm64/v8" (${arm64.digest})`),
      },
      signatures: [{ outcome: 'verified' }],
      platforms: [{ report: { outcome: 'verified' } }, { report: { outcome: 'rejected' } }],
    });
    expect(await rejection(verify(reference, options()))).toBeInstanceOf(VerificationError);
  });

  it('requires user metadata of each', async () => {
    const { registry, reference, amd64, arm64 } = image;
    await sign(reference, { signer, registry, userMetadata: { build: '1' } });
    for (const { digest } of [amd64, arm64]) await sign(`${REPOSITORY}@${digest}`, { signer, registry });
    const report = await evaluate(reference, { ...options(), userMetadata: { build: '1' } });
    expect(report).toMatchObject({
      outcome: 'rejected',
      reason: { code: 'ERR_USER_METADATA_MISMATCH', message: expect.stringContaining('and 1 more') },
    });
  });

  it('does not fetch the manifests of an index that is not trusted', async () => {
    const { reference, registry } = image;
    const report = await evaluate(
      reference,
      options(altered(registry, () => ({ fetchManifest: () => Promise.reject(new Error('read')) }))),
    );
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_NO_SIGNATURE' } });
    expect(report).not.toHaveProperty('platforms');
  });

  it('is off by default', async () => {
    const { registry, reference } = image;
    await sign(reference, { signer, registry });
    const { platforms: _, ...rest } = options();
    const report = await verify(reference, rest);
    expect(report).not.toHaveProperty('platforms');
  });

  it('verifies an artifact that is not an index as itself', async () => {
    const { registry, reference, digest } = await pushImage();
    expect(await evaluate(reference, options(registry))).toMatchObject({
      outcome: 'rejected',
      reason: { code: 'ERR_NO_SIGNATURE' },
    });
    await sign(reference, { signer, registry });
    const report = await verify(reference, options(registry));
    expect(report).toMatchObject({ outcome: 'verified', artifact: { digest } });
    expect(report).not.toHaveProperty('platforms');
  });

  it('verifies nothing if the policy says to skip', async () => {
    const skip = { signatureVerification: { level: 'skip' }, trustStores: [], trustedIdentities: [] };
    expect(await evaluate(image.reference, options(image.registry, skip))).toMatchObject({
      outcome: 'skipped',
      signatures: [],
    });
  });

  it('evaluates no more than four at the same time', async () => {
    const { registry, repository } = image;
    const manifests = await Promise.all(
      Array.from({ length: 12 }, (_, i) => pushManifest(repository, String(i))),
    );
    const { digest } = await pushIndex(repository, manifests);
    await sign(`${REPOSITORY}@${digest}`, { signer, registry, platforms: 'all' });
    let [now, most] = [0, 0];
    const counting = altered(registry, (repository) => ({
      async resolve(...given) {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 2));
        now--;
        return repository.resolve(...given);
      },
    }));
    const report = await verify(`${REPOSITORY}@${digest}`, options(counting));
    expect(report.platforms?.map(({ digest }) => digest)).toEqual(manifests.map(({ digest }) => digest));
    expect(most).toBe(4);
  });
});

describe('verifying all platforms of a hostile index', () => {
  /** Signs an index of these entries, and returns the report. */
  async function evaluateIndex(entries: readonly unknown[]) {
    const { registry, repository, amd64 } = image;
    await sign(`${REPOSITORY}@${amd64.digest}`, { signer, registry });
    const { digest } = await pushIndex(repository, [amd64, ...entries]);
    await sign(`${REPOSITORY}@${digest}`, { signer, registry });
    return evaluate(`${REPOSITORY}@${digest}`, options());
  }

  it.each([
    ['lists 10,000 manifests', Array.from({ length: 10_000 }, (_, i) => absent(i)), 'ERR_LIMIT_EXCEEDED'],
    ['lists 101 manifests', Array.from({ length: 100 }, (_, i) => absent(i)), 'ERR_LIMIT_EXCEEDED'],
    ['has a malformed entry', [{ digest: 'sha256:0' }], 'ERR_MANIFEST_INVALID'],
    [
      'lists a descriptor that is not of a manifest',
      [{ ...absent(), mediaType: 'text/plain' }],
      'ERR_MANIFEST_INVALID',
    ],
    ['lists a manifest that is missing', [absent()], 'ERR_NOT_FOUND'],
  ])('rejects one that %s', async (_, entries, code) => {
    expect(await evaluateIndex(entries)).toMatchObject({ outcome: 'rejected', reason: { code } });
  });

  it('rejects one that lies about the size of a manifest that is signed', async () => {
    const { registry, arm64 } = image;
    await sign(`${REPOSITORY}@${arm64.digest}`, { signer, registry });
    expect(await evaluateIndex([{ ...arm64, size: arm64.size - 1, platform: ARM64 }])).toMatchObject({
      outcome: 'rejected',
      reason: { code: 'ERR_CONTENT_MISMATCH' },
      platforms: [{ report: { outcome: 'verified' } }, { report: { outcome: 'rejected' } }],
    });
  });

  it('rejects one that is nested too deep', async () => {
    const { repository, index } = image;
    const second = await pushIndex(repository, [index]);
    const third = await pushIndex(repository, [second]);
    expect(await evaluateIndex([third])).toMatchObject({
      outcome: 'rejected',
      reason: { code: 'ERR_LIMIT_EXCEEDED' },
    });
  });

  it('reaches no verdict if a manifest cannot be fetched', async () => {
    const { registry, reference, arm64 } = image;
    await sign(reference, { signer, registry, platforms: 'all' });
    const failing = altered(registry, (repository) => ({
      resolve: (target, ...rest) =>
        target === arm64.digest ? Promise.reject(new Error('down')) : repository.resolve(target, ...rest),
    }));
    expect(await rejection(evaluate(reference, options(failing)))).toMatchObject({ message: 'down' });
  });
});

describe('a report of all platforms as text', () => {
  it('shows each manifest with its signatures', async () => {
    const { registry, reference, amd64 } = image;
    await sign(reference, { signer, registry });
    await sign(`${REPOSITORY}@${amd64.digest}`, { signer, registry });
    const lines = formatReport(await evaluate(reference, options())).split('\n');
    expect(lines[0]).toBe(`${reference} is NOT trusted`);
    expect(lines).toContain('manifest 1 of 2, linux/amd64, verified');
    expect(lines).toContain('  signature 1 of 1 tried, JWS, verified');
    expect(lines).toContain('manifest 2 of 2, linux/arm64/v8, rejected');
  });

  it('does not let a platform forge a line', async () => {
    const { registry, repository, amd64 } = image;
    const platform = { os: 'linux\nall is well', architecture: 'x'.repeat(5000) };
    const { digest } = await pushIndex(repository, [{ ...amd64, platform }]);
    const reference = `${REPOSITORY}@${digest}`;
    await sign(reference, { signer, registry, platforms: 'all' });
    const text = formatReport(await verify(reference, options()));
    expect(text).toContain('linux\\u{a}all is well');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(1100);
  });
});
