import { createMemoryRegistry, parseReference, type Registry } from '../../src/index.ts';

export const REPOSITORY = 'registry.example.com/team/app';

/** A registry in memory with one image manifest under the tag `v1`, and the reference of its digest. */
export async function pushImage(
  registry: Registry = createMemoryRegistry(),
  name = REPOSITORY,
): Promise<{ registry: Registry; digest: string; reference: string }> {
  const repository = registry.repository(parseReference(name));
  const config = await repository.pushBlob(
    'application/vnd.oci.image.config.v1+json',
    new TextEncoder().encode('{"architecture":"amd64","os":"linux"}'),
  );
  const layer = await repository.pushBlob(
    'application/vnd.oci.image.layer.v1.tar',
    new TextEncoder().encode('layer'),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [layer],
  };
  const { digest } = await repository.pushManifest(
    manifest.mediaType,
    new TextEncoder().encode(JSON.stringify(manifest)),
    { tag: 'v1' },
  );
  return { registry, digest, reference: `${name}@${digest}` };
}

/** A trust policy document with one statement. */
export function policyDocument(overrides: Record<string, unknown> = {}): {
  version: string;
  trustPolicies: Record<string, unknown>[];
} {
  return {
    version: '1.0',
    trustPolicies: [
      {
        name: 'production',
        registryScopes: [REPOSITORY],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:acme'],
        trustedIdentities: ['*'],
        ...overrides,
      },
    ],
  };
}

/** Returns the error of a promise. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('it should have been rejected');
}
