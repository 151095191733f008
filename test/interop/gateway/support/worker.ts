import cloudflareKv from 'unstorage/drivers/cloudflare-kv-binding';
import type { PullGatewayOptions } from '../../../../src/gateway/index.ts';
import { createGateway, type GatewaySettings } from './gateway.ts';

type Namespace = Parameters<typeof cloudflareKv>[0]['binding'];

interface Bindings {
  SETTINGS: GatewaySettings;
  OPTIONS: Pick<PullGatewayOptions, 'challenges'>;
  VERDICTS: Namespace;
}

/** KV keeps nothing for less than a minute. */
const LEAST_SECONDS = 60;

let gateway: ReturnType<typeof createGateway> | undefined;

export default {
  fetch(
    request: Request,
    { SETTINGS, OPTIONS, VERDICTS }: Bindings,
    context: { waitUntil(work: Promise<unknown>): void },
  ) {
    gateway ??= createGateway(SETTINGS, cloudflareKv({ binding: VERDICTS, minTTL: LEAST_SECONDS }), OPTIONS);
    return gateway.fetch(request, context);
  },
};
