import { BoundedCache } from '../encoding/bounded-cache.ts';
import { isDigest } from '../encoding/digest.ts';
import { type SealedStorageOptions, sealedStorage } from './sealed-storage.ts';

/** Remembers which indexes list a manifest. That decides nothing: an index is evaluated each time. */
export interface IndexMemory {
  /**
   * Returns the digests of indexes that were trusted and list a manifest, the latest first.
   * @param manifest - The name of the manifest, such as `registry.example.com/team/app@sha256:9f86…`.
   */
  indexesOf(manifest: string): Promise<string[]>;
  /**
   * Remembers that a trusted index lists manifests. It never rejects.
   * @param index - The digest of the index.
   * @param manifests - Their names.
   */
  rememberIndex(index: string, manifests: readonly string[]): Promise<void>;
}

const FORMAT = 'notarykit-indexes-1';
const MAX_BYTES = 4 * 1024 * 1024;
/** How many indexes of one manifest are remembered. */
const MAX_INDEXES = 4;
/** For how long they are stored, in seconds: a day. */
const TTL = 86_400;
/** The age in milliseconds after which an entry is stored again. */
const RENEWED = (TTL / 2) * 1000;

interface Entry {
  /** When it was stored, in milliseconds since 1970. */
  at: number;
  indexes: readonly string[];
}

/** Remembers indexes in memory and, for other processes, in a storage if one is given. */
export function createIndexMemory(options?: SealedStorageOptions & { variant: string }): IndexMemory {
  const memory = new BoundedCache<readonly string[]>(MAX_BYTES);
  const sealed = options && sealedStorage(FORMAT, options);
  const keyOf = (manifest: string) => options?.seal.keyOf(`${options.variant}\nindexes of ${manifest}`) ?? '';

  // What is wrong with the storage shows in reports on artifacts.
  async function stored(manifest: string): Promise<Entry> {
    const body = await sealed?.read(await keyOf(manifest), () => undefined);
    return readEntry(body);
  }

  async function store(index: string, manifest: string): Promise<void> {
    if (!sealed) return;
    const before = await stored(manifest);
    const at = Date.now();
    if (before.indexes[0] === index && at - before.at < RENEWED) return;
    const entry: Entry = { at, indexes: joined([index], before.indexes) };
    await sealed.write(await keyOf(manifest), JSON.stringify(entry), TTL, () => undefined);
  }

  return {
    async indexesOf(manifest) {
      const known = memory.get(manifest) ?? [];
      return joined(known, (await stored(manifest)).indexes);
    },
    async rememberIndex(index, manifests) {
      for (const manifest of manifests) {
        const indexes = joined([index], memory.get(manifest) ?? []);
        memory.set(manifest, indexes, { bytes: 2 * indexes.join().length });
      }
      await Promise.all(manifests.map((manifest) => store(index, manifest)));
    },
  };
}

function joined(first: readonly string[], others: readonly string[]): string[] {
  return [...new Set([...first, ...others])].slice(0, MAX_INDEXES);
}

/** Reads an entry. The storage may be trusted, and yet have that of another program. */
function readEntry(body: string | undefined): Entry {
  try {
    const { at, indexes }: Partial<Entry> = Object(JSON.parse(body ?? 'null'));
    if (typeof at === 'number' && Array.isArray(indexes))
      return { at, indexes: indexes.filter(isIndexDigest) };
  } catch {
    // As if there were no entry.
  }
  return { at: 0, indexes: [] };
}

function isIndexDigest(value: unknown): value is string {
  return typeof value === 'string' && isDigest(value);
}
