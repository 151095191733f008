import { BoundedCache } from '../encoding/bounded-cache.ts';

/** Remembers which indexes list a manifest. It decides nothing: an index is evaluated again. */
export interface IndexMemory {
  /**
   * Returns the digests of indexes that were trusted and list a manifest, the latest first.
   * @param manifest - The name of the manifest, such as `registry.example.com/team/app@sha256:9f86…`.
   */
  indexesOf(manifest: string): Promise<string[]>;
  /**
   * Remembers that a trusted index lists manifests.
   * @param index - The digest of the index.
   * @param manifests - Their names.
   */
  rememberIndex(index: string, manifests: readonly string[]): Promise<void>;
}

const MAX_BYTES = 4 * 1024 * 1024;
/** How many indexes of one manifest are remembered. */
const MAX_INDEXES = 4;

/** Remembers indexes in memory. */
export function createIndexMemory(): IndexMemory {
  const known = new BoundedCache<readonly string[]>(MAX_BYTES);
  return {
    indexesOf: async (manifest) => [...(known.get(manifest) ?? [])],
    async rememberIndex(index, manifests) {
      for (const manifest of manifests) {
        const indexes = withIndex(known.get(manifest) ?? [], index);
        known.set(manifest, indexes, { bytes: indexes.join().length });
      }
    },
  };
}

function withIndex(indexes: readonly string[], index: string): string[] {
  return [index, ...indexes.filter((one) => one !== index)].slice(0, MAX_INDEXES);
}
