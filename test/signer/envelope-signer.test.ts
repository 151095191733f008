import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEnvelope, createPayload, type RemoteKey } from '../../src/envelope/index.ts';
import {
  createSigner,
  type EnvelopeSigner,
  inspect,
  parseReference,
  type Registry,
  type Signer,
  sign,
  signBlob,
} from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { pushImage } from '../support/artifact.ts';

const THUMBPRINTS = 'io.cncf.notary.x509chain.thumbprint#S256';

let signer: Signer;
let other: Signer;
let registry: Registry;
let reference: string;

beforeAll(async () => {
  signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
  other = await createSigner(await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' }));
});

beforeEach(async () => {
  ({ registry, reference } = await pushImage());
});

/** A key that gives its chain with each signature. */
function remoteKey(overrides: Partial<RemoteKey> = {}): RemoteKey {
  return {
    keySpec: 'EC-256',
    signWithChain: async (bytes) => ({
      signature: await signer.sign(bytes),
      certificates: signer.certificates,
    }),
    ...overrides,
  };
}

/** A signer of whole envelopes with that key, as a plugin is. */
function envelopeSigner(overrides: Partial<EnvelopeSigner> = {}, key = remoteKey()): EnvelopeSigner {
  return {
    keySpec: key.keySpec,
    createEnvelope: async (request) => ({ bytes: await createEnvelope(request, key) }),
    ...overrides,
  };
}

/** The requested envelope with another payload. */
function withPayload(change: (payload: { targetArtifact: Record<string, unknown> }) => unknown) {
  return envelopeSigner({
    async createEnvelope(request) {
      const payload = JSON.parse(new TextDecoder().decode(request.payload));
      const changed = new TextEncoder().encode(JSON.stringify(change(payload)));
      return { bytes: await createEnvelope({ ...request, payload: changed }, signer) };
    },
  });
}

async function manifestOf(digest: string) {
  const repository = registry.repository(parseReference(reference));
  const descriptor = await repository.resolve(digest);
  return JSON.parse(new TextDecoder().decode(await repository.fetchManifest(descriptor)));
}

describe('signing with a key that returns its chain with the signature', () => {
  it.each(['jws', 'cose'] as const)('makes an envelope of the format %s', async (format) => {
    const result = await sign(reference, { signer: envelopeSigner(), registry, format });
    expect(await inspect(reference, { registry })).toMatchObject([
      {
        digest: result.signature.digest,
        certificates: [{ issuedTo: expect.stringContaining('acme.example') }],
      },
    ]);
  });

  it('rejects a blob whose digest is for another key specification', async () => {
    const signing = signBlob(new Blob(['1.0']), {
      signer: envelopeSigner({ keySpec: 'EC-384' }),
    });
    await expect(signing).rejects.toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringContaining('an EC-256 key, but the signer announced EC-384'),
    });
  });

  it('signs a blob by the hash of the key that it names', async () => {
    const { artifact } = await signBlob(new Blob(['1.0']), { signer: envelopeSigner() });
    expect(artifact.digest).toMatch(/^sha256:/);
  });

  it.each([
    [
      'of another kind',
      remoteKey({ keySpec: 'EC-384' }),
      'the new envelope does not verify: the signature envelope is invalid: it is signed with ES384, but its leaf has an EC-256 key',
    ],
    [
      'that is not of the chain',
      remoteKey({
        signWithChain: async (bytes) => ({
          signature: await other.sign(bytes),
          certificates: signer.certificates,
        }),
      }),
      'the new envelope does not verify: the signature does not fit the signed bytes',
    ],
    [
      'with an invalid signature',
      remoteKey({
        signWithChain: async () => ({ signature: new Uint8Array(64), certificates: signer.certificates }),
      }),
      'the new envelope does not verify: the signature does not fit the signed bytes',
    ],
    [
      'that fails',
      remoteKey({ signWithChain: () => Promise.reject(new Error('locked')) }),
      'the signer failed: locked',
    ],
    [
      'with no signature',
      remoteKey({
        signWithChain: async () => ({ signature: undefined as never, certificates: signer.certificates }),
      }),
      'the signer must return its signature as a Uint8Array',
    ],
  ])('rejects a key %s', async (_, key, reason) => {
    const work = sign(reference, { signer: envelopeSigner({}, key), registry });
    await expect(work).rejects.toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringContaining(reason),
    });
    expect(await inspect(reference, { registry })).toEqual([]);
  });

  it('rejects a chain outside the profile', async () => {
    const key = remoteKey({
      signWithChain: async (bytes) => ({
        signature: await signer.sign(bytes),
        certificates: [...signer.certificates, ...other.certificates],
      }),
    });
    await expect(sign(reference, { signer: envelopeSigner({}, key), registry })).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
      message: expect.stringContaining('CA'),
    });
  });
});

describe('signing with a signer that makes whole envelopes', () => {
  it('adds its annotations to the signature manifest, and lets none replace those of the specification', async () => {
    const annotated = envelopeSigner({
      createEnvelope: async (request) => ({
        bytes: await createEnvelope(request, signer),
        annotations: { 'com.example.job': '7', [THUMBPRINTS]: '[]' },
      }),
    });
    const { signature } = await sign(reference, { signer: annotated, registry });
    const { annotations } = await manifestOf(signature.digest);
    expect(annotations['com.example.job']).toBe('7');
    expect(JSON.parse(annotations[THUMBPRINTS])).toHaveLength(1);
  });

  it('lets it add annotations to the payload', async () => {
    const adding = withPayload(({ targetArtifact }) => ({
      targetArtifact: { ...targetArtifact, annotations: { build: '7', more: 'x' } },
    }));
    await sign(reference, { signer: adding, registry, userMetadata: { build: '7' } });
    expect(await inspect(reference, { registry })).toMatchObject([
      { userDefinedAttributes: { build: '7', more: 'x' } },
    ]);
  });

  it.each<[string, (artifact: Record<string, unknown>) => object]>([
    ['another digest', (artifact) => ({ ...artifact, digest: `sha256:${'0'.repeat(64)}` })],
    ['another size', (artifact) => ({ ...artifact, size: 1 })],
    ['another media type', (artifact) => ({ ...artifact, mediaType: 'text/plain' })],
    ['other user metadata', (artifact) => ({ ...artifact, annotations: { build: '8' } })],
    ['no user metadata', ({ annotations: _, ...artifact }) => artifact],
  ])('rejects an envelope about %s', async (_, change) => {
    const changing = withPayload(({ targetArtifact }) => ({ targetArtifact: change(targetArtifact) }));
    const work = sign(reference, { signer: changing, registry, userMetadata: { build: '7' } });
    await expect(work).rejects.toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringContaining('its payload is not the requested one'),
    });
    expect(await inspect(reference, { registry })).toEqual([]);
  });

  it.each([
    ['in another format', 'application/cose', 'the JWS envelope is not UTF-8'],
    ['that cannot be read', undefined, 'the JWS envelope is not JSON'],
  ] as const)('rejects an envelope %s', async (_, mediaType, reason) => {
    const wrong = envelopeSigner({
      createEnvelope: async (request) => ({
        bytes: mediaType ? await createEnvelope({ ...request, mediaType }, signer) : new Uint8Array(3),
      }),
    });
    await expect(sign(reference, { signer: wrong, registry, format: 'jws' })).rejects.toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringContaining(reason),
    });
  });

  it('passes on a NotationError of the signer', async () => {
    const { NotationError } = await import('../../src/errors/index.ts');
    const failing = envelopeSigner({
      createEnvelope: () => Promise.reject(new NotationError('ERR_PLUGIN_FAILED', 'no key')),
    });
    await expect(sign(reference, { signer: failing, registry })).rejects.toMatchObject({
      code: 'ERR_PLUGIN_FAILED',
      message: expect.stringContaining('no key'),
    });
  });

  it('turns any other error into a NotationError', async () => {
    const failing = envelopeSigner({ createEnvelope: () => Promise.reject(new TypeError('x is undefined')) });
    await expect(sign(reference, { signer: failing, registry })).rejects.toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringContaining('x is undefined'),
    });
  });
});

describe('createEnvelope with a remote key', () => {
  it('does not request a timestamp before the chain was checked', async () => {
    let requested = false;
    const request = {
      mediaType: 'application/cose' as const,
      payload: createPayload({ mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 1 }),
      signingScheme: 'notary.x509' as const,
      signingTime: new Date('2020-01-01T00:00:00Z'),
      timestamp: () => {
        requested = true;
        return Promise.resolve(new Uint8Array());
      },
    };
    await expect(createEnvelope(request, remoteKey())).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
      message: expect.stringContaining('not valid before'),
    });
    expect(requested).toBe(false);
  });
});
