import { createHash, X509Certificate } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createSigner,
  inspect,
  listSignatures,
  parseReference,
  type Registry,
  type Signer,
  sign,
} from '../../src/index.ts';
import {
  createTestTimestampAuthority,
  generateTestChain,
  type TestCertificate,
  type TestTimestampAuthority,
} from '../../src/testing/index.ts';
import { pushImage, REPOSITORY } from '../support/artifact.ts';

let chain: TestCertificate;
let signer: Signer;
let registry: Registry;
let reference: string;
let digest: string;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(chain);
});

beforeEach(async () => {
  ({ registry, reference, digest } = await pushImage());
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

function rfc3339(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

function timestampBy({ url, rootCertificate, fetch }: TestTimestampAuthority) {
  return { url, rootCertificates: rootCertificate, fetch };
}

/** Attaches something that claims to be a signature. */
async function attach(envelope: Uint8Array, mediaType: string) {
  const repository = registry.repository(parseReference(REPOSITORY));
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = {
    schemaVersion: 2,
    mediaType: type,
    artifactType: 'application/vnd.cncf.notary.signature',
    config: await repository.pushBlob('application/vnd.oci.empty.v1+json', new TextEncoder().encode('{}')),
    layers: [await repository.pushBlob(mediaType, envelope)],
    subject: await repository.resolve(digest),
  };
  return repository.pushManifest(type, new TextEncoder().encode(JSON.stringify(manifest)));
}

describe('listSignatures', () => {
  it('yields nothing for an artifact without signatures', async () => {
    expect(await collect(listSignatures(reference, { registry }))).toEqual([]);
  });

  it('yields the signature manifests', async () => {
    const { signature } = await sign(reference, { signer, registry });
    const listed = await collect(listSignatures(`${REPOSITORY}:v1`, { registry }));
    expect(listed.map((descriptor) => descriptor.digest)).toEqual([signature.digest]);
  });

  it('fails while iterating if the artifact is missing', async () => {
    const missing = collect(listSignatures(`${REPOSITORY}:v2`, { registry }));
    await expect(missing).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('v2'),
    });
  });
});

describe('inspect', () => {
  it.each(['jws', 'cose'] as const)(
    'returns what the notation CLI shows for a %s signature',
    async (format) => {
      const userMetadata = { buildId: '101' };
      const result = await sign(reference, { signer, registry, format, userMetadata, expiresIn: 60 });
      const [inspection] = await inspect(reference, { registry });
      const certificates = chain.certificates.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
      const expected = certificates.map((pem) => new X509Certificate(pem));
      expect(inspection).toMatchObject({
        mediaType: result.envelope.mediaType,
        digest: result.signature.digest,
        signatureAlgorithm: 'ECDSA-SHA-256',
        signedAttributes: {
          signingScheme: 'notary.x509',
          signingTime: result.signingTime,
          expiry: result.expiry,
        },
        userDefinedAttributes: userMetadata,
        unsignedAttributes: { signingAgent: expect.stringMatching(/^notarykit\//) },
        certificates: expected.map((certificate) => ({
          SHA256Fingerprint: createHash('sha256').update(certificate.raw).digest('hex'),
          issuedTo: certificate.subject.split('\n').reverse().join(','),
          issuedBy: certificate.issuer.split('\n').reverse().join(','),
          expiry: new Date(certificate.validTo).toISOString().replace('.000Z', 'Z'),
        })),
        signedArtifact: result.artifact,
      });
    },
  );

  it('returns the time of a timestamp and its certificates', async () => {
    const second = Math.ceil(Date.now() / 1000) * 1000;
    const notBefore = new Date(second - 60_000);
    const clock = () => new Date(second + 600);
    const authority = await createTestTimestampAuthority({ accuracy: 500, clock, notBefore });
    await sign(reference, { signer, registry, timestamp: timestampBy(authority) });
    const [inspection] = await inspect(reference, { registry });
    expect(inspection).toMatchObject({
      unsignedAttributes: {
        timestampSignature: {
          timestamp: `[${rfc3339(second)}, ${rfc3339(second + 1000)}]`,
          certificates: [
            { issuedTo: expect.stringContaining('CN=tsa.example'), SHA256Fingerprint: expect.any(String) },
            { expiry: expect.stringMatching(/Z$/) },
          ],
        },
      },
    });
  });

  it('returns the rest of a signature whose timestamp is that of another signature, with the reason', async () => {
    const authority = await createTestTimestampAuthority();
    const { envelope } = await sign(reference, {
      signer,
      registry,
      format: 'jws',
      timestamp: timestampBy(authority),
    });
    const repository = registry.repository(parseReference(REPOSITORY));
    const jws = JSON.parse(new TextDecoder().decode(await repository.fetchBlob(envelope, { maxBytes: 1e6 })));
    const other = { ...jws, signature: 'AAAA' };
    await attach(new TextEncoder().encode(JSON.stringify(other)), envelope.mediaType);
    const [, inspection] = await inspect(reference, { registry });
    expect(inspection).toMatchObject({
      unsignedAttributes: {
        signingAgent: expect.any(String),
        timestampSignature: { error: { code: 'ERR_TIMESTAMP_INVALID' } },
      },
    });
  });

  it('returns the reason why a signature cannot be read, and the other signatures', async () => {
    const broken = await attach(new TextEncoder().encode('{}'), 'application/jose+json');
    const { signature } = await sign(reference, { signer, registry });
    const [first, second] = await inspect(reference, { registry });
    expect(first).toEqual({
      digest: broken.digest,
      error: { code: 'ERR_ENVELOPE_INVALID', message: expect.any(String), nextStep: expect.any(String) },
    });
    expect(second).toMatchObject({ digest: signature.digest });
  });

  it('returns no more than the maximum', async () => {
    await attach(new Uint8Array(1), 'application/cose');
    await attach(new Uint8Array(2), 'application/cose');
    expect(await inspect(reference, { registry, limits: { signatures: 1 } })).toHaveLength(1);
  });

  it.each([0, -1, 0.5])('rejects a maximum of %d', async (maxSignatures) => {
    await expect(
      inspect(reference, { registry, limits: { signatures: maxSignatures } }),
    ).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('limits.signatures must be a positive integer'),
    });
  });

  it('stops when the signal is aborted', async () => {
    const signal = AbortSignal.abort();
    await expect(inspect(reference, { registry, signal })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
      message: expect.stringContaining('aborted'),
    });
  });
});
