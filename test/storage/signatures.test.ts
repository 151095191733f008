import { beforeAll, describe, expect, it } from 'vitest';
import type { Descriptor } from '../../src/encoding/descriptor.ts';
import {
  createSigner,
  createTrustStore,
  evaluate,
  inspect,
  parseReference,
  parseTrustPolicy,
  type Registry,
  sign,
  type TrustStore,
} from '../../src/index.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { createSignatureManifest } from '../../src/storage/signature-manifest.ts';
import { fetchSignature } from '../../src/storage/signatures.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';

let certificate: TestCertificate;
let trustStore: TrustStore;

beforeAll(async () => {
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  trustStore = createTrustStore({ 'ca:acme': certificate.root });
});

/** A registry that lists, as the one referrer of an artifact, a manifest about another with an envelope about it. */
async function lyingRegistry() {
  const { registry, reference } = await pushImage();
  const repository = registry.repository(parseReference(reference));
  const { artifact, envelope } = await sign(reference, { signer: await createSigner(certificate), registry });
  const other = await repository.pushManifest(
    mediaTypes.index,
    new TextEncoder().encode('{"schemaVersion":2,"manifests":[]}'),
  );
  const signature = await pushManifestAbout(other);
  const lying: Registry = {
    repository: () => ({
      ...repository,
      async *referrers() {
        yield signature;
      },
    }),
  };
  return { registry: lying, repository, reference, artifact, other, signature, pushManifestAbout };

  async function pushManifestAbout(subject: Descriptor) {
    const { mediaType, bytes } = await createSignatureManifest({
      subject,
      envelope,
      certificates: [],
      signingTime: new Date(),
      form: 'artifactType',
    });
    return repository.pushManifest(mediaType, bytes);
  }
}

describe('a signature whose manifest does not name the artifact that it is listed under', () => {
  it('is rejected by its manifest, although its envelope is for the artifact', async () => {
    const { registry, reference, other } = await lyingRegistry();
    const trustPolicy = parseTrustPolicy(policyDocument());
    const report = await evaluate(reference, { registry, trustStore, trustPolicy });
    expect(report).toMatchObject({
      outcome: 'rejected',
      signatures: [
        {
          outcome: 'rejected',
          reason: { code: 'ERR_MANIFEST_INVALID', message: expect.stringContaining(`about ${other.digest}`) },
        },
      ],
    });
  });

  it('is an error of its own if signatures are inspected', async () => {
    const { registry, reference } = await lyingRegistry();
    expect(await inspect(reference, { registry })).toMatchObject([
      { error: { code: 'ERR_MANIFEST_INVALID' } },
    ]);
  });

  it('is not fetched, while the same envelope under a manifest about the artifact is', async () => {
    const { repository, artifact, signature, pushManifestAbout } = await lyingRegistry();
    await expect(fetchSignature(repository, signature, artifact)).rejects.toMatchObject({
      code: 'ERR_MANIFEST_INVALID',
    });
    const honest = await pushManifestAbout(artifact);
    expect(await fetchSignature(repository, honest, artifact)).toMatchObject({
      mediaType: 'application/jose+json',
    });
  });
});
