import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { encodeUtf8 } from '../../src/encoding/bytes.ts';
import { createEnvelope, createPayload } from '../../src/envelope/index.ts';
import {
  classify,
  createRegistry,
  createRevocationChecker,
  createSigner,
  createTrustStore,
  createVerifier,
  type EnvelopeSigner,
  evaluate,
  evaluateBlob,
  evaluateEnvelope,
  inspect,
  parseBlobTrustPolicy,
  parseReference,
  parseTrustPolicy,
  type Registry,
  type Repository,
  type RevocationChecker,
  type Signer,
  sign,
  signBlob,
  type TrustStore,
  type VerificationLimits,
} from '../../src/index.ts';
import { generateTestChain } from '../../src/testing/index.ts';
import { policyDocument, pushImage, REPOSITORY, rejection } from '../support/artifact.ts';

const MEBIBYTE = 1024 * 1024;
const INDEX = 'application/vnd.oci.image.index.v1+json';
const OCSP = 'http://ocsp.example';
const never = new Promise<never>(() => undefined);

let signer: Signer;
let trustStore: TrustStore;
let registry: Registry;
let reference: string;

beforeAll(async () => {
  const chain = await generateTestChain({
    name: 'acme.example',
    keySpec: 'EC-256',
    ocsp: [OCSP, `${OCSP}/2`],
  });
  signer = await createSigner(chain);
  trustStore = createTrustStore({ 'ca:acme': chain.root });
});

beforeEach(async () => {
  ({ registry, reference } = await pushImage());
});

const good: RevocationChecker = {
  check: async (chain) => chain.map(() => ({ status: 'good', lookups: [] })),
};

type Options = Partial<Parameters<typeof evaluate>[1]>;

function evaluateWith(options: Options = {}, statement = {}) {
  const trustPolicy = parseTrustPolicy(policyDocument(statement));
  return evaluate(reference, { trustPolicy, trustStore, registry, revocation: good, ...options });
}

/** The registry with some operations of its repositories replaced. */
function registryWith(change: (repository: Repository) => Partial<Repository>): Registry {
  return {
    repository(parsed) {
      const repository = registry.repository(parsed);
      return { ...repository, ...change(repository) };
    },
  };
}

/** A remote registry that lists one empty page of referrers after another. */
function endlessPages(delay: number) {
  let pages = 0;
  const fetch: typeof globalThis.fetch = async (input) => {
    const { pathname } = new URL((input as Request).url);
    if (!pathname.includes('/referrers/')) {
      const headers = { 'docker-content-digest': pathname.split('/').at(-1) ?? '', 'content-length': '2' };
      return new Response(null, { headers: { 'content-type': INDEX, ...headers } });
    }
    await new Promise((resolve) => setTimeout(resolve, delay));
    const link = `<${pathname}?page=${++pages}>; rel="next"`;
    const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] });
    return new Response(body, { headers: { 'content-type': INDEX, link } });
  };
  return { registry: createRegistry({ fetch }), pages: () => pages };
}

describe('a verification', () => {
  it('of a registry with endless slow pages ends at its deadline', async () => {
    const { registry: slow, pages } = endlessPages(20);
    const error = await rejection(evaluateWith({ registry: slow, limits: { time: 200 } }));
    expect(error).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringMatching(
        /^the request to registry\.example\.com did not end before the limit of 200 ms for the verification of ".+" \(limits\.time\)$/,
      ),
    });
    expect(classify(error)).toEqual({ class: 'undecided', retryable: true });
    expect(pages()).toBeLessThan(20);
  });

  it('of a registry with endless pages ends with its requests', async () => {
    const { registry: endless, pages } = endlessPages(0);
    const error = await rejection(evaluateWith({ registry: endless, limits: { requests: 7 } }));
    expect(error).toMatchObject({
      code: 'ERR_BUDGET_EXCEEDED',
      message: expect.stringContaining('limit of 7 requests (limits.requests)'),
    });
    expect(classify(error)).toEqual({ class: 'undecided', retryable: false });
    expect(pages()).toBeLessThan(7);
  });

  it('has 1,000 requests by default', async () => {
    const { registry: endless } = endlessPages(0);
    await expect(evaluateWith({ registry: endless })).rejects.toMatchObject({
      code: 'ERR_BUDGET_EXCEEDED',
      message: expect.stringContaining('limit of 1000 requests'),
    });
  });

  it('charges the requests and the bytes for a token', async () => {
    const fetch: typeof globalThis.fetch = async (input) => {
      const { url, headers } = input as Request;
      if (new URL(url).pathname === '/token') return Response.json({ token: 'x'.repeat(5000) });
      const challenge = 'Bearer realm="https://registry.example.com/token"';
      return headers.has('authorization')
        ? new Response(null, { status: 404 })
        : new Response(null, { status: 401, headers: { 'www-authenticate': challenge } });
    };
    const evaluateWithin = (limits: VerificationLimits) =>
      rejection(evaluateWith({ registry: createRegistry({ fetch }), limits }));
    expect(await evaluateWithin({ bytes: 10_000 })).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(await evaluateWithin({ bytes: 5000 })).toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
    expect(await evaluateWithin({ requests: 2 })).toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
  });

  it('has 128 MiB by default', async () => {
    await sign(reference, { signer, registry });
    const large = registryWith((repository) => ({
      fetchManifest: (descriptor, options = {}) => {
        options.budget?.charge('bytes', 128 * MEBIBYTE);
        return repository.fetchManifest(descriptor, options);
      },
    }));
    await expect(evaluateWith({ registry: large })).rejects.toMatchObject({
      code: 'ERR_BUDGET_EXCEEDED',
      message: expect.stringContaining('limit of 134217728 bytes (limits.bytes)'),
    });
  });

  it('charges the bytes of a registry in memory', async () => {
    await sign(reference, { signer, registry });
    await expect(evaluateWith({ limits: { bytes: 1000 } })).rejects.toMatchObject({
      code: 'ERR_BUDGET_EXCEEDED',
    });
    expect((await evaluateWith({ limits: { bytes: 100_000 } })).outcome).toBe('verified');
  });

  it('takes the limits of its verifier, unless it has others', async () => {
    await sign(reference, { signer, registry });
    const trustPolicy = parseTrustPolicy(policyDocument());
    const options = { trustPolicy, trustStore, registry, revocation: good, limits: { bytes: 1000 } };
    const verifier = createVerifier(options);
    await expect(verifier.evaluate(reference)).rejects.toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
    const report = await verifier.evaluate(reference, { limits: { bytes: 100_000 } });
    expect(report.outcome).toBe('verified');
  });

  it('has 10 seconds by default', async () => {
    const timer = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => timer.mockRestore());
    await evaluateWith({ registry });
    expect(timer.mock.calls.map(([, delay]) => delay)).toContain(10_000);
  });

  it('ends at its deadline though the registry ignores signal and budget', async () => {
    const deaf = registryWith(() => ({ resolve: () => never }));
    await expect(evaluateWith({ registry: deaf, limits: { time: 20 } })).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringContaining('20 ms'),
    });
  });

  it.each(['strict', 'permissive', 'audit'])(
    'at the level %s ends at its deadline though the revocation checker ignores it',
    async (level) => {
      await sign(reference, { signer, registry });
      const revocation: RevocationChecker = { check: () => never };
      const statement = { signatureVerification: { level } };
      await expect(evaluateWith({ revocation, limits: { time: 300 } }, statement)).rejects.toMatchObject({
        code: 'ERR_TIMEOUT',
      });
    },
  );

  it.each(['strict', 'audit'])(
    'at the level %s is not verified if its checker swallows that the budget is exhausted',
    async (level) => {
      await sign(reference, { signer, registry });
      const revocation: RevocationChecker = {
        async check(chain, { budget } = {}) {
          budget?.charge('requests', 1001);
          return chain.map(() => ({ status: 'good', lookups: [] }));
        },
      };
      const statement = { signatureVerification: { level } };
      await expect(evaluateWith({ revocation }, statement)).rejects.toMatchObject({
        code: 'ERR_BUDGET_EXCEEDED',
      });
    },
  );

  it.each([
    ['strict', 'rejected'],
    ['audit', 'verified'],
  ])('at the level %s charges the requests for revocation', async (level, outcome) => {
    await sign(reference, { signer, registry });
    const revocation = createRevocationChecker({ fetch: async () => new Response('no', { status: 500 }) });
    const statement = { signatureVerification: { level } };
    const report = await evaluateWith({ revocation, limits: { requests: 2 } }, statement);
    expect(report.outcome).toBe(outcome);
    await expect(evaluateWith({ revocation, limits: { requests: 1 } }, statement)).rejects.toMatchObject({
      code: 'ERR_BUDGET_EXCEEDED',
    });
  });

  it('is never unsigned because of its budget', async () => {
    const listing = registryWith((repository) => ({
      async *referrers(subject, options) {
        options.budget?.charge('requests', 1001);
        yield* repository.referrers(subject, { artifactType: options.artifactType });
      },
    }));
    const error = await rejection(evaluateWith({ registry: listing }));
    expect(classify(error)).toEqual({ class: 'undecided', retryable: false });
  });

  it('that may try no more signatures is rejected, not unsigned', async () => {
    const other = await generateTestChain({ name: 'other.example', keySpec: 'EC-256' });
    const stranger = await createSigner(other);
    for (let i = 0; i < 2; i++)
      await sign(reference, { signer: stranger, registry, userMetadata: { i: `${i}` } });
    await sign(reference, { signer, registry });
    const report = await evaluateWith({ limits: { signatures: 2 } });
    expect(report.reason).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      nextStep: expect.stringContaining('raise limits.signatures'),
    });
    expect(classify(report)).toEqual({ class: 'rejected' });
    expect((await evaluateWith({ limits: { signatures: 3 } })).outcome).toBe('verified');
  });

  it('of several platforms has a budget for each manifest', async () => {
    const repository = registry.repository(parseReference(REPOSITORY));
    const config = await repository.pushBlob('application/vnd.oci.image.config.v1+json', encodeUtf8('{}'));
    const manifests = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) => {
        const mediaType = 'application/vnd.oci.image.manifest.v1+json';
        const content = { schemaVersion: 2, mediaType, config, layers: [], annotations: { n: `${n}` } };
        return repository.pushManifest(mediaType, encodeUtf8(JSON.stringify(content)));
      }),
    );
    const index = { schemaVersion: 2, mediaType: INDEX, manifests };
    const { digest } = await repository.pushManifest(INDEX, encodeUtf8(JSON.stringify(index)));
    reference = `${REPOSITORY}@${digest}`;
    await sign(reference, { signer, registry, platforms: 'all' });
    let read = 0;
    const counting = registryWith((inner) => ({
      fetchManifest: (descriptor, options) => {
        read += descriptor.size;
        return inner.fetchManifest(descriptor, options);
      },
      fetchBlob: (descriptor, options) => {
        read += descriptor.size;
        return inner.fetchBlob(descriptor, options);
      },
    }));
    const all = { platforms: 'all', registry: counting } as const;
    expect((await evaluateWith(all)).outcome).toBe('verified');
    const limits = { bytes: Math.ceil(read / 2) };
    expect((await evaluateWith({ ...all, limits })).outcome).toBe('verified');
  });
});

describe('a stranger who may push', () => {
  it('causes no revocation requests by signatures of another artifact', async () => {
    let checks = 0;
    const revocation: RevocationChecker = {
      async check(chain) {
        checks += 1;
        return chain.map(() => ({ status: 'good', lookups: [] }));
      },
    };
    const envelope = await createEnvelope(
      {
        mediaType: 'application/cose',
        payload: createPayload({ mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 3 }),
        signingScheme: 'notary.x509',
        signingTime: new Date(Math.floor(Date.now() / 1000) * 1000),
      },
      signer,
    );
    // A repository of the caller's own: each signature is the same envelope.
    const replaying = registryWith((repository) => ({
      fetchBlob: async (descriptor, options) =>
        descriptor.mediaType === 'application/cose' ? envelope : repository.fetchBlob(descriptor, options),
    }));
    for (let i = 0; i < 10; i++) {
      await sign(reference, { signer, registry, format: 'cose', userMetadata: { i: `${i}` } });
    }
    const report = await evaluateWith({ registry: replaying, revocation });
    expect(report.signatures.map(({ reason }) => reason?.code)).toEqual(
      Array(10).fill('ERR_ARTIFACT_MISMATCH'),
    );
    expect(checks).toBe(0);
  });
});

describe('ten signatures of a stranger that name an installed plugin', () => {
  it.each(['strict', 'audit'])('start it not once at the level %s', async (level) => {
    const stranger = await createSigner(
      await generateTestChain({ name: 'other.example', keySpec: 'EC-256' }),
    );
    const name = 'io.cncf.notary.verificationPlugin';
    const naming: EnvelopeSigner = {
      createEnvelope: async (request) => {
        const extended = [{ key: name, value: 'test', critical: true }];
        return { bytes: await createEnvelope({ ...request, extended }, stranger) };
      },
    };
    for (let i = 0; i < 10; i++) {
      await sign(reference, { signer: naming, registry, userMetadata: { i: `${i}` } });
    }
    let started = 0;
    const run = async () => {
      started += 1;
      throw new Error('it was started');
    };
    const plugins = new Map([['test', { name: 'test', run }]]);
    const statement = { signatureVerification: { level } };
    const report = await evaluateWith({ plugins }, statement);
    expect(report.signatures).toHaveLength(10);
    expect([report.outcome, started]).toEqual(['rejected', 0]);
  });
});

describe('the verification of an envelope', () => {
  it('has a deadline', async () => {
    const artifact = { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 3 };
    const bytes = await createEnvelope(
      {
        mediaType: 'application/cose',
        payload: createPayload(artifact),
        signingScheme: 'notary.x509',
        signingTime: new Date(Math.floor(Date.now() / 1000) * 1000),
      },
      signer,
    );
    const work = evaluateEnvelope(bytes, {
      mediaType: 'application/cose',
      artifact,
      reference,
      trustPolicy: parseTrustPolicy(policyDocument()),
      trustStore,
      revocation: { check: () => never },
      limits: { time: 100 },
    });
    await expect(work).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
  });
});

describe('the verification of a blob', () => {
  const trustPolicy = () => {
    const { registryScopes: _, ...statement } = policyDocument().trustPolicies[0] ?? {};
    const document = { version: '1.0', trustPolicies: [{ ...statement, globalPolicy: true }] };
    return parseBlobTrustPolicy(document);
  };

  it('takes as long as the stream of the caller', async () => {
    const { signature } = await signBlob(new Blob(['blob']), { signer });
    const slow = async function* () {
      yield encodeUtf8('bl');
      await new Promise((resolve) => setTimeout(resolve, 600));
      yield encodeUtf8('ob');
    };
    const options = { trustPolicy: trustPolicy(), trustStore, revocation: good, limits: { time: 500 } };
    expect((await evaluateBlob(slow(), signature, options)).outcome).toBe('verified');
  });

  it('charges no bytes of the blob', async () => {
    const blob = new Uint8Array(10_000);
    const { signature } = await signBlob(blob, { signer });
    const options = { trustPolicy: trustPolicy(), trustStore, revocation: good, limits: { bytes: 1 } };
    expect((await evaluateBlob(blob, signature, options)).outcome).toBe('verified');
  });

  it('has a deadline for the rest', async () => {
    const { signature } = await signBlob(new Blob(['blob']), { signer });
    const revocation: RevocationChecker = { check: () => never };
    const options = { trustPolicy: trustPolicy(), trustStore, revocation, limits: { time: 100 } };
    await expect(evaluateBlob(new Blob(['blob']), signature, options)).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
    });
  });
});

describe('an inspection', () => {
  it('has limits too', async () => {
    const { registry: endless } = endlessPages(0);
    await expect(inspect(reference, { registry: endless, limits: { requests: 5 } })).rejects.toMatchObject({
      code: 'ERR_BUDGET_EXCEEDED',
      message: expect.stringContaining('the inspection of'),
    });
  });
});
