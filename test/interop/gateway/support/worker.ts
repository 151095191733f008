import cloudflareKv from 'unstorage/drivers/cloudflare-kv-binding';
import type { PullGatewayOptions } from '../../../../src/gateway/index.ts';
import { createGateway, type GatewaySettings } from './gateway.ts';

interface Bindings {
  /** Where verdicts are stored. */
  STORAGE: keyof typeof STORAGES;
  SETTINGS: GatewaySettings;
  OPTIONS: Pick<PullGatewayOptions, 'challenges'>;
  VERDICTS: Parameters<typeof cloudflareKv>[0]['binding'];
}

/** KV keeps nothing for less than a minute. */
const LEAST_SECONDS = 60;

/** The Cache API, whose entries have URLs. */
const urlOf = (key: string) => `https://verdicts.invalid/${encodeURIComponent(key)}`;

const STORAGES = {
  'a KV namespace': ({ VERDICTS }: Bindings) => cloudflareKv({ binding: VERDICTS, minTTL: LEAST_SECONDS }),
  'the Cache API': () => ({
    get: async (key: string) => (await (await cacheOf()).match(urlOf(key)))?.text(),
    set: async (key: string, value: string, { ttl = LEAST_SECONDS }: { ttl?: number } = {}) =>
      (await cacheOf()).put(
        urlOf(key),
        new Response(value, { headers: { 'cache-control': `max-age=${Math.ceil(ttl)}` } }),
      ),
    delete: async (key: string) => (await cacheOf()).delete(urlOf(key)),
  }),
};

const cacheOf = () => caches.open('verdicts');

let gateway: ReturnType<typeof createGateway> | undefined;

export default {
  fetch(request: Request, bindings: Bindings, context: { waitUntil(work: Promise<unknown>): void }) {
    gateway ??= createGateway(bindings.SETTINGS, STORAGES[bindings.STORAGE](bindings), bindings.OPTIONS);
    return gateway.fetch(request, context);
  },
};
