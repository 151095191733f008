import { type Cache, callCache } from '../net/external-cache.ts';
import type { Seal } from './verdict-seal.ts';

/** The longest entry in UTF-16 code units; the report on an index of 100 platforms has a tenth of it. */
const MAX_ENTRY = 8 * 1024 * 1024;

/** Gets what is wrong with a storage or its entry. */
type Note = (reason: string) => void;

/** Strings of one kind in a storage, under the seal of those who share it. */
export interface SealedStorage {
  /** Returns the string that is stored under a key and has its seal. It is not parsed before. */
  read(key: string, note: Note): Promise<string | undefined>;
  /** Stores a string for some seconds. */
  write(key: string, body: string, ttl: number, note: Note): Promise<void>;
}

/** Options of {@link sealedStorage}. */
export interface SealedStorageOptions {
  storage: Cache;
  seal: Seal;
  /** Milliseconds for each operation. */
  timeout: number;
}

/**
 * Makes a storage of sealed strings. One that fails or is slow is passed over.
 * @param format - The kind of string, and its version.
 */
export function sealedStorage(
  format: string,
  { storage, seal, timeout }: SealedStorageOptions,
): SealedStorage {
  return {
    async read(key, note) {
      const stored = await callCache(() => storage.get(key), note, timeout);
      if (stored === undefined || stored === null) return undefined;
      const body = await open(key, stored);
      if (body === undefined) note(NOT_AUTHENTIC);
      return body;
    },
    async write(key, body, ttl, note) {
      if (ttl < 1 || body.length > MAX_ENTRY) return;
      const entry = `${format}.${await seal.tagOf(key, body)}.${body}`;
      await callCache(() => storage.set(key, entry, { ttl }), note, timeout);
    },
  };

  async function open(key: string, stored: unknown): Promise<string | undefined> {
    if (typeof stored !== 'string' || stored.length > MAX_ENTRY + 256) return undefined;
    const [found, tag] = stored.split('.', 2);
    if (found !== format || tag === undefined) return undefined;
    const body = stored.slice(found.length + tag.length + 2);
    return sameText(tag, await seal.tagOf(key, body)) ? body : undefined;
  }
}

/** The note on what has no seal, or is not an entry. */
export const NOT_AUTHENTIC = 'the entry of the cache is not authentic, or not an entry';

/** Compares strings in a time that depends on their length alone. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < b.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
