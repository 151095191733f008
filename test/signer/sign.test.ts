import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { encodeHex } from '../../src/encoding/hex.ts';
import { parseEnvelope, parsePayload } from '../../src/envelope/index.ts';
import {
  createSigner,
  listSignatures,
  parseReference,
  type Registry,
  type Signer,
  sign,
} from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { pushImage, REPOSITORY } from '../support/artifact.ts';

let signer: Signer;
let registry: Registry;
let digest: string;
let reference: string;

beforeAll(async () => {
  signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
});

beforeEach(async () => {
  ({ registry, digest, reference } = await pushImage());
});

async function envelopeOf(result: Awaited<ReturnType<typeof sign>>) {
  const repository = registry.repository(parseReference(REPOSITORY));
  const bytes = await repository.fetchBlob(result.envelope, { maxBytes: 1e6 });
  return parseEnvelope(bytes, result.envelope.mediaType);
}

async function manifestOf(result: Awaited<ReturnType<typeof sign>>) {
  const bytes = await registry.repository(parseReference(REPOSITORY)).fetchManifest(result.signature);
  return JSON.parse(new TextDecoder().decode(bytes));
}

describe('sign by a key that signs the same bytes with the same signature, as ECDSA does in Deno', () => {
  const made = new Map<string, Promise<Uint8Array>>();
  const deterministic = (): Signer => ({
    ...signer,
    sign(bytes) {
      const key = encodeHex(bytes);
      const signature = made.get(key) ?? signer.sign(bytes);
      made.set(key, signature);
      return signature;
    },
  });
  /** A whole second within the validity of the certificate. */
  const start = Math.ceil(Date.now() / 1000) * 1000 + 60_000;
  const signAt = (milliseconds: number, userMetadata = {}) => {
    const clock = () => new Date(start + milliseconds);
    return sign(reference, { signer: deterministic(), registry, clock, userMetadata });
  };

  const listedDigests = async () => {
    const digests: string[] = [];
    for await (const signature of listSignatures(reference, { registry })) digests.push(signature.digest);
    return digests;
  };

  it('makes one signature within a second, however often it is called', async () => {
    const first = await signAt(100);
    const second = await signAt(900);
    expect(second.signature).toEqual(first.signature);
    expect(await listedDigests()).toEqual([first.signature.digest]);
  });

  it('makes another signature in another second, and of other metadata', async () => {
    const one = await signAt(0);
    const later = await signAt(1000);
    const other = await signAt(0, { build: '2' });
    const digests = [one, later, other].map(({ signature }) => signature.digest);
    expect((await listedDigests()).sort()).toEqual(digests.sort());
  });
});

describe('sign', () => {
  it('signs a JWS envelope by default', async () => {
    const result = await sign(reference, { signer, registry });
    expect(result.envelope.mediaType).toBe('application/jose+json');
  });

  it('signs a COSE envelope on request', async () => {
    const result = await sign(reference, { signer, registry, format: 'cose' });
    expect(result.envelope.mediaType).toBe('application/cose');
  });

  it('resolves a tag once and signs its digest', async () => {
    const result = await sign(`${REPOSITORY}:v1`, { signer, registry });
    expect(result.artifact.digest).toBe(digest);
    expect(parsePayload((await envelopeOf(result)).payload).digest).toBe(digest);
  });

  it('signs media type, digest, size and user metadata, and nothing else', async () => {
    const userMetadata = { buildId: '101', commit: 'f00' };
    const result = await sign(reference, { signer, registry, userMetadata });
    const { payload } = await envelopeOf(result);
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({
      targetArtifact: { ...result.artifact, annotations: userMetadata },
    });
  });

  it('lets a signature expire after the requested seconds', async () => {
    const clock = () => new Date('2026-01-01T00:00:00.900Z');
    const long = {
      keySpec: 'EC-256',
      notBefore: new Date('2025-01-01'),
      notAfter: new Date('2027-01-01'),
    } as const;
    const lasting = await createSigner(await generateTestCertificate({ name: 'acme.example', ...long }));
    const result = await sign(reference, { signer: lasting, registry, clock, expiresIn: 60 });
    expect(result).toMatchObject({ signingTime: '2026-01-01T00:00:00Z', expiry: '2026-01-01T00:01:00Z' });
    expect((await envelopeOf(result)).signedAttributes.expiry).toEqual(new Date('2026-01-01T00:01:00Z'));
  });

  it('names itself as the signing agent', async () => {
    const { unsignedAttributes } = await envelopeOf(await sign(reference, { signer, registry }));
    expect(unsignedAttributes.signingAgent).toBe(`notarykit/${packageJson.version}`);
  });

  it('names another signing agent on request', async () => {
    const result = await sign(reference, { signer, registry, signingAgent: 'acme-ci/2' });
    expect((await envelopeOf(result)).unsignedAttributes.signingAgent).toBe('acme-ci/2');
  });

  it('stores a manifest that names its type by artifactType, with an empty config', async () => {
    const manifest = await manifestOf(await sign(reference, { signer, registry }));
    expect(manifest).toMatchObject({
      artifactType: 'application/vnd.cncf.notary.signature',
      config: {
        mediaType: 'application/vnd.oci.empty.v1+json',
        digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
        size: 2,
      },
      subject: { digest },
    });
  });

  it('stores the older form of the manifest on request', async () => {
    const manifest = await manifestOf(await sign(reference, { signer, registry, manifestForm: 'config' }));
    expect(manifest.artifactType).toBeUndefined();
    expect(manifest.config.mediaType).toBe('application/vnd.cncf.notary.signature');
  });

  it('annotates the manifest with thumbprints and the time', async () => {
    const { annotations } = await manifestOf(await sign(reference, { signer, registry }));
    const thumbprints = JSON.parse(annotations['io.cncf.notary.x509chain.thumbprint#S256']);
    expect(thumbprints).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(annotations['org.opencontainers.image.created']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e15])(
    'refuses to expire in %d s',
    async (expiresIn) => {
      await expect(sign(reference, { signer, registry, expiresIn })).rejects.toMatchObject({
        code: 'ERR_ARGUMENT_INVALID',
        message: expect.stringContaining('expiresIn must be a positive number of whole seconds'),
      });
    },
  );

  it('rejects another format', async () => {
    const format = 'pgp' as 'jws';
    await expect(sign(reference, { signer, registry, format })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('the format of a signature must be "cose" or "jws"'),
    });
  });

  it('rejects user metadata under the reserved prefix', async () => {
    const userMetadata = { 'io.cncf.notary.x': '1' };
    await expect(sign(reference, { signer, registry, userMetadata })).rejects.toMatchObject({
      code: 'ERR_USER_METADATA_INVALID',
      message: expect.stringContaining(
        'the user metadata key "io.cncf.notary.x" starts with io.cncf.notary, which is reserved',
      ),
    });
  });

  it('rejects a reference without tag and digest', async () => {
    await expect(sign(REPOSITORY, { signer, registry })).rejects.toMatchObject({
      code: 'ERR_REFERENCE_INVALID',
      message: expect.stringContaining('neither a tag nor a digest'),
    });
  });

  it('rejects an artifact that does not exist', async () => {
    await expect(sign(`${REPOSITORY}:v2`, { signer, registry })).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('v2'),
    });
  });

  it('refuses to sign with an expired certificate', async () => {
    const clock = () => new Date(Date.now() + 7 * 24 * 3600 * 1000);
    await expect(sign(reference, { signer, registry, clock })).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
      message: expect.stringContaining('CN=acme.example'),
    });
  });

  it('stores nothing when the signer produces a signature that does not verify', async () => {
    const broken: Signer = { ...signer, sign: async () => new Uint8Array(64) };
    await expect(sign(reference, { signer: broken, registry })).rejects.toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringContaining(
        'the new envelope does not verify: the signature does not fit the signed bytes',
      ),
    });
    const repository = registry.repository(parseReference(REPOSITORY));
    const artifactType = 'application/vnd.cncf.notary.signature';
    const artifact = await repository.resolve(digest);
    for await (const referrer of repository.referrers(artifact, { artifactType })) {
      expect.unreachable(referrer.digest);
    }
  });

  it('passes on the message of a remote signer', async () => {
    const cause = new Error('the vault is sealed');
    const failing: Signer = { ...signer, sign: () => Promise.reject(cause) };
    await expect(sign(reference, { signer: failing, registry })).rejects.toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringContaining('the vault is sealed'),
      cause,
    });
  });

  it('stops when the signal is aborted', async () => {
    const signal = AbortSignal.abort();
    await expect(sign(reference, { signer, registry, signal })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
      message: expect.stringContaining('aborted'),
    });
  });
});
