import {
  createMemoryRegistry,
  type Descriptor,
  parseReference,
  type Registry,
  type Repository,
} from '../../src/index.ts';
import { pushImage, REPOSITORY } from '../support/artifact.ts';

export const INDEX = 'application/vnd.oci.image.index.v1+json';
export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** A descriptor of content that does not exist. */
export function absent(number = 0): Descriptor {
  return { mediaType: MANIFEST, digest: `sha256:${String(number).padStart(64, '0')}`, size: 2 };
}

/** Pushes a unique image. */
export async function pushManifest(repository: Repository, name: string): Promise<Descriptor> {
  const config = await repository.pushBlob('application/vnd.oci.image.config.v1+json', json({ name }));
  const layer = await repository.pushBlob('application/vnd.oci.image.layer.v1.tar', json(`layer of ${name}`));
  return repository.pushManifest(
    MANIFEST,
    json({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] }),
  );
}

/** Pushes an index of these entries. */
export function pushIndex(
  repository: Repository,
  manifests: readonly unknown[],
  options: { mediaType?: string; tag?: string } = {},
): Promise<Descriptor> {
  const { mediaType = INDEX, tag } = options;
  return repository.pushManifest(mediaType, json({ schemaVersion: 2, mediaType, manifests }), { tag });
}

export interface MultiPlatform {
  registry: Registry;
  repository: Repository;
  index: Descriptor;
  amd64: Descriptor;
  arm64: Descriptor;
  /** The reference of the index, by digest. */
  reference: string;
}

export const AMD64 = { os: 'linux', architecture: 'amd64' };
export const ARM64 = { os: 'linux', architecture: 'arm64', variant: 'v8' };

/** An index of two platforms under the tag `multi`. */
export async function pushMultiPlatform(registry: Registry = createMemoryRegistry()): Promise<MultiPlatform> {
  await pushImage(registry);
  const repository = registry.repository(parseReference(REPOSITORY));
  const [amd64, arm64] = [
    await pushManifest(repository, 'amd64'),
    await pushManifest(repository, 'arm64'),
  ] as const;
  const index = await pushIndex(
    repository,
    [
      { ...amd64, platform: AMD64 },
      { ...arm64, platform: ARM64 },
    ],
    { tag: 'multi' },
  );
  return { registry, repository, index, amd64, arm64, reference: `${REPOSITORY}@${index.digest}` };
}

/** The same registry with some operations of its repositories replaced. */
export function altered(
  registry: Registry,
  change: (repository: Repository) => Partial<Repository>,
): Registry {
  return {
    repository(reference) {
      const repository = registry.repository(reference);
      return { ...repository, ...change(repository) };
    },
  };
}
