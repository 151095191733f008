import type { VerdictCacheOptions } from 'notarykit';

/** A `Map` of limited size: what was written first goes first. */
export function memoryStorage(entries = 10_000): VerdictCacheOptions['storage'] {
  const stored = new Map<string, string>();
  return {
    get: (key) => stored.get(key),
    set(key, value) {
      stored.delete(key);
      stored.set(key, value);
      for (const oldest of stored.keys()) {
        if (stored.size <= entries) break;
        stored.delete(oldest);
      }
    },
    delete: (key) => stored.delete(key),
  };
}
