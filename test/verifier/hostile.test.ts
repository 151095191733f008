import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../src/encoding/bytes.ts';
import { NotationError } from '../../src/errors/index.ts';
import {
  createSigner,
  createTrustStore,
  evaluate,
  evaluateEnvelope,
  parseReference,
  parseTrustPolicy,
  type Registry,
  type Repository,
  type Signer,
  sign,
  type TrustStore,
} from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { forgeCose, forgeJws } from '../envelope/forged.ts';
import { policyDocument, pushImage, REPOSITORY } from '../support/artifact.ts';
import { forgeChain } from '../support/forge.ts';

// Registries and trust stores that lie, fail or never end.

let signer: Signer;
let trustStore: TrustStore;
let registry: Registry;
let reference: string;
let digest: string;

beforeAll(async () => {
  const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(certificate);
  trustStore = createTrustStore({ 'ca:acme': certificate.root });
});

beforeEach(async () => {
  ({ registry, reference, digest } = await pushImage());
});

/** The registry with some operations of its repositories replaced. */
function registryWith(change: (repository: Repository) => Partial<Repository>): Registry {
  return {
    repository(parsed) {
      const repository = registry.repository(parsed);
      return { ...repository, ...change(repository) };
    },
  };
}

function evaluateWith(options: Partial<Parameters<typeof evaluate>[1]> = {}, statement = {}) {
  const trustPolicy = parseTrustPolicy(policyDocument(statement));
  return evaluate(reference, { trustPolicy, trustStore, registry, ...options });
}

/** A registry whose list of referrers begins with one whose manifest cannot be fetched, for the reason given. */
function firstFailing(reason: unknown): Registry {
  const bad = { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 1 };
  return registryWith((repository) => ({
    async *referrers(...parameters) {
      yield bad;
      yield* repository.referrers(...parameters);
    },
    fetchManifest: (descriptor, ...rest) =>
      descriptor.digest === bad.digest
        ? Promise.reject(reason)
        : repository.fetchManifest(descriptor, ...rest),
  }));
}

describe('a referrer whose manifest cannot be fetched', () => {
  it.each([
    ['a TypeError', new TypeError('size of undefined'), 'ERR_REGISTRY_RESPONSE'],
    ['a RangeError', new RangeError('Invalid array length'), 'ERR_REGISTRY_RESPONSE'],
    ['a text', 'no', 'ERR_REGISTRY_RESPONSE'],
    ['undefined', undefined, 'ERR_REGISTRY_RESPONSE'],
    ['a timeout', new NotationError('ERR_TIMEOUT', 'it took too long'), 'ERR_TIMEOUT'],
    ['an abort that was not requested', new NotationError('ERR_ABORTED', 'aborted'), 'ERR_ABORTED'],
  ])('because of %s does not decide for the others', async (_, thrown, code) => {
    await sign(reference, { signer, registry });
    const report = await evaluateWith({ registry: firstFailing(thrown) });
    expect(report.outcome).toBe('verified');
    expect(report.signatures[0]?.reason?.code).toBe(code);
  });

  it('ends the verification when the caller aborted', async () => {
    const controller = new AbortController();
    const stopping = registryWith(() => ({
      fetchManifest: () => {
        controller.abort();
        return Promise.reject(new DOMException('stop', 'AbortError'));
      },
    }));
    await sign(reference, { signer, registry });
    const work = evaluateWith({ registry: stopping, signal: controller.signal });
    await expect(work).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('ends the verification on abort even if the registry ignores the signal', async () => {
    const controller = new AbortController();
    const deaf = registryWith((repository) => ({
      async *referrers(subject, { artifactType }) {
        controller.abort();
        yield* repository.referrers(subject, { artifactType });
      },
      fetchManifest: (descriptor) => repository.fetchManifest(descriptor),
      fetchBlob: (descriptor, { maxBytes }) => repository.fetchBlob(descriptor, { maxBytes }),
    }));
    await sign(reference, { signer, registry });
    const work = evaluateWith({ registry: deaf, signal: controller.signal });
    await expect(work).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });
});

describe('a list of referrers', () => {
  const failing = (after: number) =>
    registryWith((repository) => ({
      async *referrers(...parameters) {
        let left = after;
        for await (const referrer of repository.referrers(...parameters)) {
          if (left-- > 0) yield referrer;
        }
        throw new NotationError('ERR_REGISTRY_RESPONSE', 'the second page is not an index');
      },
    }));

  it('that fails after a trusted signature does not matter', async () => {
    await sign(reference, { signer, registry });
    expect((await evaluateWith({ registry: failing(1) })).outcome).toBe('verified');
  });

  it('that fails before any trusted signature leaves no verdict', async () => {
    await sign(reference, { signer, registry });
    await expect(evaluateWith({ registry: failing(0) })).rejects.toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
    });
  });

  it('that never ends is abandoned after the maximum', async () => {
    const endless = registryWith(() => ({
      async *referrers() {
        while (true) yield { mediaType: 'text/plain', digest, size: 1 };
      },
    }));
    const report = await evaluateWith({ registry: endless, limits: { signatures: 3 } });
    expect(report.signatures).toHaveLength(3);
    expect(report.reason?.code).toBe('ERR_LIMIT_EXCEEDED');
  });

  it('with the maximum number of signatures is evaluated to its end', async () => {
    const other = await createSigner(await generateTestCertificate({ name: 'b.example', keySpec: 'EC-256' }));
    await sign(reference, { signer: other, registry });
    await sign(reference, { signer, registry });
    expect((await evaluateWith({ limits: { signatures: 2 } })).outcome).toBe('verified');
  });
});

describe('a registry that responds with another artifact', () => {
  it('is not believed if the reference has a digest', async () => {
    const lying = registryWith((repository) => ({
      resolve: async (target) => ({
        ...(await repository.resolve(target)),
        digest: `sha256:${'0'.repeat(64)}`,
      }),
    }));
    await expect(evaluateWith({ registry: lying })).rejects.toMatchObject({ code: 'ERR_CONTENT_MISMATCH' });
  });

  it('is not used if the tag moves between two requests: one request resolves it', async () => {
    await sign(reference, { signer, registry });
    const moving = registryWith((repository) => ({
      async *referrers(subject, options) {
        const bytes = new TextEncoder().encode('{"schemaVersion":2,"manifests":[]}');
        await repository.pushManifest('application/vnd.oci.image.index.v1+json', bytes, { tag: 'v1' });
        yield* repository.referrers(subject, options);
      },
    }));
    const trustPolicy = parseTrustPolicy(policyDocument());
    const report = await evaluate(`${REPOSITORY}:v1`, { trustPolicy, trustStore, registry: moving });
    expect(report).toMatchObject({ outcome: 'verified', artifact: { digest } });
  });
});

describe('a trust store that fails', () => {
  it.each([
    ['an error of its own', () => Promise.reject(new Error('the vault is sealed')), 'the vault is sealed'],
    ['something other than certificates', () => Promise.resolve([undefined]), 'cannot be'],
  ])('with %s makes no signature trusted', async (_, certificates, message) => {
    await sign(reference, { signer, registry });
    const failing = { certificates } as unknown as TrustStore;
    const report = await evaluateWith({ trustStore: failing });
    expect(report).toMatchObject({
      outcome: 'rejected',
      reason: { message: expect.stringContaining(message) },
    });
  });
});

describe('an invalid envelope', () => {
  it.each(['application/cose', 'application/jose+json', 'text/plain'])(
    'as %s is a rejection in plain data',
    async (mediaType) => {
      const trustPolicy = parseTrustPolicy(policyDocument());
      const artifact = { mediaType: 'text/plain', digest, size: 1 };
      const options = { trustPolicy, trustStore, artifact, reference, mediaType };
      await fc.assert(
        fc.asyncProperty(fc.oneof(fc.uint8Array(), fc.json().map(encodeUtf8)), async (bytes) => {
          const report = await evaluateEnvelope(bytes, options);
          expect(report.outcome).toBe('rejected');
          expect(JSON.parse(JSON.stringify(report))).toEqual(report);
        }),
        { numRuns: 200 },
      );
    },
  );

  it.each([
    ['application/jose+json', forgeJws],
    ['application/cose', forgeCose],
  ] as const)('as %s has its payload read only once its signature is verified', async (mediaType, forge) => {
    const trustPolicy = parseTrustPolicy(policyDocument());
    const artifact = { mediaType: 'text/plain', digest, size: 1 };
    const options = { trustPolicy, trustStore, artifact, reference, mediaType };
    const payload = 'no JSON';
    const wrong = forge({ payload, signature: ({ length }) => new Uint8Array(length) });
    const unverified = await evaluateEnvelope(wrong, options);
    expect(unverified.reason?.code).toBe('ERR_SIGNATURE_INVALID');
    const verified = await evaluateEnvelope(forge({ payload }), options);
    expect(verified.reason?.code).toBe('ERR_PAYLOAD_INVALID');
  });

  it('runs neither the checks that follow integrity nor those that the policy skips', async () => {
    const signatureVerification = { level: 'strict', override: { revocation: 'skip' } };
    const trustPolicy = parseTrustPolicy(policyDocument({ signatureVerification }));
    const artifact = { mediaType: 'text/plain', digest, size: 1 };
    const mediaType = 'application/cose';
    const report = await evaluateEnvelope(new Uint8Array(3), {
      trustPolicy,
      trustStore,
      artifact,
      reference,
      mediaType,
    });
    expect(report.signatures[0]?.checks.map(({ name, result }) => [name, result])).toEqual([
      ['integrity', 'failed'],
      ['artifact', 'notRun'],
      ['userMetadata', 'notRun'],
      ['authenticity', 'notRun'],
      ['identity', 'notRun'],
      ['expiry', 'notRun'],
      ['authenticTimestamp', 'notRun'],
      ['revocation', 'skipped'],
    ]);
  });
});

describe('the report on a signature that is not trusted', () => {
  it('limits user metadata', async () => {
    const stranger = await createSigner(
      await generateTestCertificate({ name: 'b.example', keySpec: 'EC-256' }),
    );
    const many = Array.from({ length: 200 }, (_, i) => [`key${i}`, 'x'.repeat(5000)]);
    await sign(reference, { signer: stranger, registry, userMetadata: Object.fromEntries(many) });
    const [signature] = (await evaluateWith()).signatures;
    const shown = Object.entries(signature?.details?.userMetadata ?? {});
    expect(shown).toHaveLength(100);
    expect(shown[0]).toEqual(['key0', `${'x'.repeat(1024)}…`]);
  });

  it('limits the signing agent', async () => {
    await sign(reference, { signer, registry, signingAgent: 'x'.repeat(50_000) });
    const [signature] = (await evaluateWith()).signatures;
    expect(signature?.details?.signingAgent).toHaveLength(1025);
  });

  it('limits names and messages', async () => {
    const subject = [
      ['C', 'US'],
      ['O', 'x'.repeat(50_000)],
    ] as const;
    const stranger = await createSigner(forgeChain({ leaf: { subject } }));
    await sign(reference, { signer: stranger, registry });
    const report = await evaluateWith({}, { trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary'] });
    expect(report.signatures[0]?.details?.signer).toHaveLength(1025);
    expect(JSON.stringify(report).length).toBeLessThan(10_000);
  });

  it('is complete if the signature is trusted', async () => {
    const userMetadata = { sbom: 'x'.repeat(5000) };
    await sign(reference, { signer, registry, userMetadata });
    const [signature] = (await evaluateWith()).signatures;
    expect(signature?.details?.userMetadata).toEqual(userMetadata);
  });

  it('has the media type of the layer only if its length is usual', async () => {
    const repository = registry.repository(parseReference(REPOSITORY));
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const layer = await repository.pushBlob('x'.repeat(300), new Uint8Array(1));
    const config = await repository.pushBlob(
      'application/vnd.oci.empty.v1+json',
      new TextEncoder().encode('{}'),
    );
    const subject = await repository.resolve(digest);
    const artifactType = 'application/vnd.cncf.notary.signature';
    const manifest = { schemaVersion: 2, mediaType, artifactType, config, layers: [layer], subject };
    await repository.pushManifest(mediaType, new TextEncoder().encode(JSON.stringify(manifest)));
    const report = await evaluateWith();
    expect(report.reason?.code).toBe('ERR_MANIFEST_INVALID');
    expect(JSON.stringify(report)).not.toContain('xxx');
  });
});

describe('a trust policy not made by parseTrustPolicy', () => {
  it.each(['log', 'skip'] as const)('cannot override integrity with %s', async (integrity) => {
    const policy = parseTrustPolicy(policyDocument());
    const statements = policy.statements.map((statement) => ({
      ...statement,
      actions: { ...statement.actions, integrity },
    }));
    const report = await evaluateEnvelope(encodeUtf8('{}'), {
      mediaType: 'application/jose+json',
      artifact: { mediaType: 'text/plain', digest, size: 2 },
      reference,
      trustPolicy: { ...policy, statements },
      trustStore,
    });
    expect(report.outcome).toBe('rejected');
  });
});
