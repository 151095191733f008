// Verdicts in Workers KV, which all locations share, behind the cache of the location.
import { waitUntil } from 'cloudflare:workers';
import type { VerdictCacheOptions } from 'notarykit';

/** Workers KV stores nothing for less than this many seconds, and may show a change as late as that elsewhere. */
const KV_SECONDS = 60;

/**
 * Writes are not waited for. What is used for less than a minute, such as a refusal, stays in the cache of its location.
 * Each entry says until when it may be used, and is sealed: neither of the two decides anything.
 */
export function cloudflareStorage(namespace: KVNamespace): VerdictCacheOptions['storage'] {
  const near = caches.open('verdicts');
  const addressOf = (key: string) => `https://verdicts.invalid/${encodeURIComponent(key)}`;
  const keepNear = async (key: string, value: string, ttl: number) => {
    const headers = { 'cache-control': `max-age=${ttl}` };
    await (await near).put(addressOf(key), new Response(value, { headers }));
  };
  return {
    async get(key) {
      const found = await (await near).match(addressOf(key));
      if (found) return found.text();
      const value = await namespace.get(key);
      if (value !== null) waitUntil(keepNear(key, value, KV_SECONDS));
      return value;
    },
    set(key, value, { ttl }) {
      waitUntil(keepNear(key, value, ttl));
      if (ttl >= KV_SECONDS) waitUntil(namespace.put(key, value, { expirationTtl: ttl }));
    },
    async delete(key) {
      await Promise.all([(await near).delete(addressOf(key)), namespace.delete(key)]);
    },
  };
}
