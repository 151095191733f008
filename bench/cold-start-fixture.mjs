// One signed artifact for the cold starts: a chain of three, its envelope in both formats, and the WebCrypto operations
// that its verification needs, in the order of the requests.

import { createSigner, sign } from 'notarykit';
import { createMemoryRegistry, parseReference } from 'notarykit/oci';
import { parseTrustPolicy } from 'notarykit/policy';
import { generateTestChain } from 'notarykit/testing';
import { composeVerifier } from 'notarykit/verifier';
import { createTrustStore } from 'notarykit/x509';

const REPOSITORY = 'registry.example.com/app';

/** The input of a verification as plain data; `envelope` is what arrives. */
export async function createFixtures() {
  const certificate = await generateTestChain({ name: 'bench.example', keySpec: 'EC-256' });
  const policy = {
    version: '1.0',
    trustPolicies: [
      {
        name: 'bench',
        registryScopes: [REPOSITORY],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:bench'],
        trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary, CN=bench.example'],
      },
    ],
  };
  const fixtures = [];
  for (const format of ['cose', 'jws']) {
    const { envelope, mediaType, artifact } = await signedEnvelope(certificate, format);
    const settings = { root: certificate.root, policy, mediaType, artifact, reference: REPOSITORY };
    fixtures.push({ format, envelope, settings, operations: await operationsOf(envelope, settings) });
  }
  return fixtures;
}

async function signedEnvelope(certificate, format) {
  const registry = createMemoryRegistry();
  const repository = registry.repository(parseReference(REPOSITORY));
  const index = new TextEncoder().encode('{"schemaVersion":2,"manifests":[]}');
  const { digest } = await repository.pushManifest('application/vnd.oci.image.index.v1+json', index);
  const signer = await createSigner(certificate);
  const { envelope, artifact } = await sign(`${REPOSITORY}@${digest}`, { signer, registry, format });
  const bytes = await repository.fetchBlob(envelope, { maxBytes: 1e6 });
  return { envelope: bytes, mediaType: envelope.mediaType, artifact };
}

/** Listens to `crypto.subtle` while the envelope is verified; bytes are written as base64. */
async function operationsOf(envelope, { root, policy, ...options }) {
  const { subtle } = globalThis.crypto;
  const base64 = (bytes) => Buffer.from(bytes).toString('base64');
  const keys = [];
  const checks = [];
  subtle.importKey = async (format, data, params, ...rest) => {
    const key = await SubtleCrypto.prototype.importKey.call(subtle, format, data, params, ...rest);
    keys.push({ key, format, data: format === 'jwk' ? data : base64(data), params });
    return key;
  };
  subtle.verify = (params, key, signature, data) => {
    checks.push({ params, key, signature: base64(signature), data: base64(data) });
    return SubtleCrypto.prototype.verify.call(subtle, params, key, signature, data);
  };
  try {
    const trustStore = createTrustStore({ 'ca:bench': root });
    const verifier = composeVerifier({ trustStore, trustPolicy: parseTrustPolicy(policy) });
    await verifier.verifyEnvelope(envelope, options);
  } finally {
    delete subtle.importKey;
    delete subtle.verify;
  }
  return {
    keys: keys.map(({ format, data, params }) => ({ format, data, params })),
    checks: checks.map((check) => ({ ...check, key: keys.findIndex(({ key }) => key === check.key) })),
  };
}
