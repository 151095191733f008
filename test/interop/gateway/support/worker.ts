import cloudflareKv from 'unstorage/drivers/cloudflare-kv-binding';
import { createGateway, type GatewaySettings } from './gateway.ts';

type Namespace = Parameters<typeof cloudflareKv>[0]['binding'];

interface Bindings {
  SETTINGS: GatewaySettings;
  VERDICTS: Namespace;
}

/** KV keeps nothing for less than a minute. */
const LEAST_SECONDS = 60;

let gateway: ReturnType<typeof createGateway> | undefined;

export default {
  fetch(
    request: Request,
    { SETTINGS, VERDICTS }: Bindings,
    context: { waitUntil(work: Promise<unknown>): void },
  ) {
    gateway ??= createGateway(SETTINGS, cloudflareKv({ binding: VERDICTS, minTTL: LEAST_SECONDS }));
    return gateway.fetch(request, context);
  },
};
