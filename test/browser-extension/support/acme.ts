import { createRegistry, createSigner, parseReference, type Repository, sign } from '../../../src/index.ts';
import { createTestCa, generateTestChain, type TestCertificate } from '../../../src/testing/index.ts';
import { acme as forged, jwsFor, pushSignature } from '../../interop/support/signatures.ts';

/** A publisher of images, with all that a user needs to trust it. */
export interface Acme {
  /** The certificates of the store `ca:acme`, in PEM. */
  roots: string[];
  /** Pushes an image and signs it so that {@link policyFor} gives it the state. */
  publish(host: string, repository: string, tag: string, kind: ImageKind): Promise<{ digest: string }>;
  /** Answers for `ocsp.acme.example`. */
  ocsp: typeof globalThis.fetch;
}

/**
 * How an image is signed. `expired`: by a signature past its expiry, which {@link policyFor} only logs. `stranger`: by
 * somebody whom nobody trusts. `revocable` and `revoked`: by a certificate whose status `ocsp.acme.example` knows.
 */
export type ImageKind = 'signed' | 'expired' | 'unsigned' | 'stranger' | 'revocable' | 'revoked';

/** The subject of the signing certificate of `signed` images. */
export const SIGNER = 'CN=release.acme.example';

/** A trust policy for these registry scopes: strict, but an expired signature is only logged. */
export function policyFor(...registryScopes: string[]): object {
  return {
    version: '1.0',
    trustPolicies: [
      {
        name: 'acme-images',
        registryScopes,
        signatureVerification: { level: 'strict', override: { expiry: 'log' } },
        trustStores: ['ca:acme'],
        trustedIdentities: ['*'],
      },
    ],
  };
}

export async function createAcme(): Promise<Acme> {
  const [release, stranger, ca] = await Promise.all([
    generateTestChain({ name: 'release.acme.example', keySpec: 'EC-256' }),
    generateTestChain({ name: 'somebody.example', keySpec: 'EC-256' }),
    createTestCa({ name: 'acme.example', keySpec: 'EC-256', services: ['ocsp'] }),
  ]);
  const [revocable, revoked] = await Promise.all([
    ca.issue({ name: 'checked.acme.example', keySpec: 'EC-256' }),
    ca.issue({ name: 'stolen.acme.example', keySpec: 'EC-256' }),
  ]);
  ca.revoke(revoked, { reason: 'keyCompromise' });
  const keys: Partial<Record<ImageKind, TestCertificate>> = { signed: release, stranger, revocable, revoked };
  return {
    roots: [release.root, ca.rootCertificate, forged.root.pem],
    ocsp: ca.fetch,
    async publish(host, name, tag, kind) {
      const registry = createRegistry();
      const reference = parseReference(`${host}/${name}:${tag}`);
      const repository = registry.repository(reference);
      const artifact = await pushImage(repository, `${name}:${tag}`, tag);
      const key = keys[kind];
      if (key) {
        const signer = await createSigner(key);
        await sign(`${host}/${name}@${artifact.digest}`, { signer, registry });
      }
      if (kind === 'expired') {
        const target = { artifact, repository, scope: `${host}/${name}` };
        const expiry = new Date(Math.floor(Date.now() / 1000 - 30) * 1000);
        await pushSignature(target, jwsFor(target, { expiry }));
      }
      return artifact;
    },
  };
}

/** Pushes an image that differs from all others by its content. */
async function pushImage(repository: Repository, content: string, tag: string) {
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const config = await repository.pushBlob(
    'application/vnd.oci.image.config.v1+json',
    encode({ architecture: 'amd64', os: 'linux' }),
  );
  const layer = await repository.pushBlob('application/vnd.oci.image.layer.v1.tar', encode(content));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return repository.pushManifest(
    mediaType,
    encode({ schemaVersion: 2, mediaType, config, layers: [layer] }),
    { tag },
  );
}
