import { createRegistry, createSigner, parseReference, sign } from '../../../src/index.ts';
import { createTestCa, generateTestChain } from '../../../src/testing/index.ts';

/** Images in a registry, and what a user needs to trust some of them. */
export interface SignedImages {
  /** The store `ca:acme`. */
  root: string;
  /** The store `ca:checked`: its certificates name a responder at `ocsp.checked.example`. */
  checkedRoot: string;
  /** Answers for that responder. */
  ocsp: typeof globalThis.fetch;
}

/** Pushes `acme/app` with the tags `signed`, `unsigned`, `stranger` and `checked`. */
export async function pushImages(host: string): Promise<SignedImages> {
  const registry = createRegistry();
  const [acme, stranger, ca] = await Promise.all([
    generateTestChain({ name: 'acme.example', keySpec: 'EC-256' }),
    generateTestChain({ name: 'somebody.example', keySpec: 'EC-256' }),
    createTestCa({ name: 'checked.example', keySpec: 'EC-256', services: ['ocsp'] }),
  ]);
  const checked = await ca.issue({ name: 'signer.checked.example', keySpec: 'EC-256' });
  const certificates = { signed: acme, unsigned: undefined, stranger, checked };
  for (const [tag, certificate] of Object.entries(certificates)) {
    const name = `${host}/acme/app:${tag}`;
    const content = { schemaVersion: 2, manifests: [], annotations: { tag } };
    await registry
      .repository(parseReference(name))
      .pushManifest(
        'application/vnd.oci.image.index.v1+json',
        new TextEncoder().encode(JSON.stringify(content)),
        { tag },
      );
    if (certificate) await sign(name, { signer: await createSigner(certificate), registry });
  }
  return { root: acme.root, checkedRoot: ca.rootCertificate, ocsp: ca.fetch };
}

/** The settings of a user who trusts them. */
export function settingsFor(host: string, { root, checkedRoot }: SignedImages) {
  return {
    trustPolicy: JSON.stringify({
      version: '1.0',
      trustPolicies: [
        {
          name: 'acme-images',
          registryScopes: [`${host}/acme/*`],
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:acme', 'ca:checked'],
          trustedIdentities: ['*'],
        },
      ],
    }),
    trustStores: {
      'ca:acme': [{ file: 'acme.pem', pem: root }],
      'ca:checked': [{ file: 'checked.pem', pem: checkedRoot }],
    },
    registries: [],
    pages: [{ pattern: 'https://quay.example.com/*', kind: 'quay', registry: host }],
  };
}
