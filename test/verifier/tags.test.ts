import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  classify,
  createSigner,
  createTrustStore,
  createVerifier,
  evaluate,
  formatReport,
  NotationError,
  parseReference,
  parseTrustPolicy,
  type Registry,
  type Signer,
  sign,
  verify,
} from '../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { altered, pushManifest, pushMultiPlatform } from '../storage/indexes.ts';
import { policyDocument, pushImage, REPOSITORY, rejection } from '../support/artifact.ts';

let certificate: TestCertificate;
let signer: Signer;
let registry: Registry;
let digest: string;

beforeAll(async () => {
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(certificate);
});

beforeEach(async () => {
  const image = await pushImage();
  ({ registry, digest } = image);
  await sign(image.reference, { signer, registry });
});

function options(given: Registry = registry, overrides = {}) {
  return {
    registry: given,
    trustStore: createTrustStore({ 'ca:acme': certificate.root }),
    trustPolicy: parseTrustPolicy(policyDocument(overrides)),
  };
}

/** Moves the tag `v1` to another manifest, and returns its digest. */
async function moveTag(): Promise<string> {
  const repository = registry.repository(parseReference(REPOSITORY));
  const other = await pushManifest(repository, 'other');
  await repository.pushManifest(other.mediaType, await repository.fetchManifest(other), { tag: 'v1' });
  return other.digest;
}

describe('a reference with tag and digest', () => {
  it('is verified without a warning if they agree', async () => {
    const report = await verify(`${REPOSITORY}:v1@${digest}`, options());
    expect(report).toMatchObject({ artifact: { digest }, warnings: [] });
    expect(classify(report)).toEqual({ class: 'verified' });
  });

  it('is verified by the digest, with a warning, if they do not', async () => {
    const other = await moveTag();
    const report = await verify(`${REPOSITORY}:v1@${digest}`, options());
    expect(report).toMatchObject({
      outcome: 'verified',
      reference: `${REPOSITORY}:v1@${digest}`,
      artifact: { digest },
      warnings: [{ code: 'ERR_TAG_MISMATCH', message: expect.stringContaining(`"v1" names "${other}"`) }],
      signatures: [{ warnings: [] }],
    });
    expect(classify(report)).toEqual({ class: 'warned' });
    expect(formatReport(report)).toContain('is accepted with warnings');
    expect(formatReport(report)).toContain('[ERR_TAG_MISMATCH]');
  });

  it('is rejected if the digest is not trusted, even if the tag names what is', async () => {
    const repository = registry.repository(parseReference(REPOSITORY));
    const other = await pushManifest(repository, 'other');
    expect(await evaluate(`${REPOSITORY}:v1@${other.digest}`, options())).toMatchObject({
      outcome: 'rejected',
      artifact: { digest: other.digest },
      reason: { code: 'ERR_NO_SIGNATURE' },
    });
  });

  it('is verified with a warning if the tag does not exist', async () => {
    expect(await verify(`${REPOSITORY}:none@${digest}`, options())).toMatchObject({
      outcome: 'verified',
      warnings: [{ code: 'ERR_NOT_FOUND', message: expect.stringContaining('the tag "none" could not be') }],
    });
  });

  it.each([
    [new Error('down\nline'), 'ERR_REGISTRY_RESPONSE', 'which decides: down line'],
    [new NotationError('ERR_TIMEOUT', 'late'), 'ERR_TIMEOUT', 'which decides: late'],
    ['thrown', 'ERR_REGISTRY_RESPONSE', 'which decides'],
  ])('is verified with a warning if the tag cannot be resolved (%s)', async (failure, code, message) => {
    const failing = altered(registry, (repository) => ({
      resolve: (target, given) =>
        target === 'v1' ? Promise.reject(failure) : repository.resolve(target, given),
    }));
    expect(await verify(`${REPOSITORY}:v1@${digest}`, options(failing))).toMatchObject({
      warnings: [{ code, message: expect.stringMatching(new RegExp(`${message}$`)) }],
    });
  });

  it('is not verified once the signal is aborted while the tag is resolved', async () => {
    const controller = new AbortController();
    const aborting = altered(registry, (repository) => ({
      async resolve(target, given) {
        if (target === digest) return repository.resolve(target, given);
        // Everything else is in memory, and is read before a timer fires.
        await new Promise((resolve) => setTimeout(resolve, 50));
        controller.abort();
        throw new NotationError('ERR_ABORTED', 'aborted');
      },
    }));
    const work = evaluate(`${REPOSITORY}:v1@${digest}`, { ...options(aborting), signal: controller.signal });
    expect(await rejection(work)).toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('causes no request for the tag if the policy says to skip', async () => {
    const targets: string[] = [];
    const watched = altered(registry, (repository) => ({
      resolve: (target, given) => {
        targets.push(target);
        return repository.resolve(target, given);
      },
    }));
    const skip = { signatureVerification: { level: 'skip' }, trustStores: [], trustedIdentities: [] };
    await evaluate(`${REPOSITORY}:v1@${digest}`, options(watched, skip));
    expect(targets).toEqual([digest]);
  });

  it('has its warning also if an index covers it, or for all platforms', async () => {
    const image = await pushMultiPlatform(registry);
    await sign(image.reference, { signer, registry, platforms: 'all' });
    const warnings = [{ code: 'ERR_TAG_MISMATCH' }];
    const child = `${REPOSITORY}:v1@${image.arm64.digest}`;
    expect(await verify(child, { ...options(), index: image.index.digest })).toMatchObject({
      coveredBy: image.index,
      warnings,
    });
    const reference = `${REPOSITORY}:v1@${image.index.digest}`;
    for (const platforms of ['all', 'linux/arm64']) {
      expect(await verify(reference, { ...options(), platforms })).toMatchObject({ warnings });
    }
  });
});

describe('a reference without tag and digest', () => {
  beforeEach(async () => {
    const repository = registry.repository(parseReference(REPOSITORY));
    const image = await repository.resolve(digest);
    await repository.pushManifest(image.mediaType, await repository.fetchManifest(image), { tag: 'latest' });
  });

  it('is rejected by default', async () => {
    expect(await rejection(evaluate(REPOSITORY, options()))).toMatchObject({ code: 'ERR_REFERENCE_INVALID' });
  });

  it('has the default tag if there is one, and the report says so', async () => {
    const verifier = createVerifier({ ...options(), defaultTag: 'latest' });
    const expected = { outcome: 'verified', reference: `${REPOSITORY}:latest`, artifact: { digest } };
    expect(await verifier.verify(REPOSITORY)).toMatchObject(expected);
    expect(await verifier.verify(parseReference(REPOSITORY))).toMatchObject(expected);
  });

  it('is the only one that has the default tag', async () => {
    const verifier = createVerifier({ ...options(), defaultTag: 'absent' });
    for (const reference of [`${REPOSITORY}:v1`, `${REPOSITORY}@${digest}`]) {
      expect(await verifier.verify(reference)).toMatchObject({
        reference,
        artifact: { digest },
        warnings: [],
      });
    }
    expect(await rejection(verifier.verify(REPOSITORY))).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it.each(['', 'not a tag', ':latest', `sha256:${'0'.repeat(64)}`, 7 as unknown as string])(
    'cannot have "%s" as its default tag',
    async (defaultTag) => {
      expect(() => createVerifier({ ...options(), defaultTag })).toThrow('defaultTag must be a tag');
    },
  );
});
