import type { VerdictCacheOptions } from 'notarykit';

/** A `Map` of limited size, in characters: what was written first goes first. */
export function memoryStorage(maxLength = 32 * 1024 * 1024): VerdictCacheOptions['storage'] {
  const stored = new Map<string, string>();
  let length = 0;
  const remove = (key: string) => {
    length -= stored.get(key)?.length ?? 0;
    stored.delete(key);
  };
  return {
    get: (key) => stored.get(key),
    set(key, value) {
      remove(key);
      stored.set(key, value);
      length += value.length;
      for (const oldest of stored.keys()) {
        if (length <= maxLength) break;
        remove(oldest);
      }
    },
    delete: remove,
  };
}
