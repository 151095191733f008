// Envelopes for both sides, signed by notarykit with certificates of notarykit/testing.
import { createMemoryRegistry, createSigner, parseReference, sign } from 'notarykit';
import { parseCertificates } from 'notarykit/x509';

export const REPOSITORY = 'registry.example.com/bench/app';

export const POLICY = {
  version: '1.0',
  trustPolicies: [
    {
      name: 'bench',
      registryScopes: ['*'],
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:bench'],
      trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary'],
    },
  ],
};

export function withTimestamps(policy) {
  const [statement] = policy.trustPolicies;
  return { ...policy, trustPolicies: [{ ...statement, trustStores: ['ca:bench', 'tsa:bench'] }] };
}

/** Signs another artifact with each signer; half of the envelopes are JWS and half are COSE. */
export async function signAll(signers, options) {
  const registry = createMemoryRegistry();
  const repository = registry.repository(parseReference(REPOSITORY));
  const envelopes = [];
  for (const [i, signer] of signers.entries()) {
    const { digest } = await repository.pushManifest(INDEX, indexOf(i));
    const format = i % 2 === 0 ? 'jws' : 'cose';
    const { envelope, artifact } = await sign(`${REPOSITORY}@${digest}`, {
      signer,
      registry,
      format,
      ...options,
    });
    const bytes = await repository.fetchBlob(envelope, { maxBytes: 1e6 });
    envelopes.push({ bytes: base64(bytes), mediaType: envelope.mediaType, artifact, reference: REPOSITORY });
  }
  return envelopes;
}

export async function signMany(certificate, count, options) {
  const signer = await createSigner(certificate);
  return signAll(
    Array.from({ length: count }, () => signer),
    options,
  );
}

export const INDEX = 'application/vnd.oci.image.index.v1+json';

export function indexOf(number) {
  const index = {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [],
    annotations: { number: String(number) },
  };
  return new TextEncoder().encode(JSON.stringify(index));
}

export function base64(bytes) {
  return Buffer.from(bytes).toString('base64');
}

/** The certificates of a PEM text, as the sides read them. */
export function certificatesOf(pem) {
  return parseCertificates(pem).map(({ der }) => base64(der));
}
