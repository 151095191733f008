import type { PullGateway } from 'notarykit/gateway';
import { cloudflareStorage } from './cloudflare-storage.ts';
import { createGateway, type Settings } from './gateway.ts';
import root from './root.crt';
import trustPolicy from './trustpolicy.json';

interface Env {
  UPSTREAM: string;
  MODE: Settings['mode'];
  VERDICTS: KVNamespace;
  VERDICT_SECRET: string;
}

/** Made by the first request of an isolate: workerd does no work before. */
let gateway: PullGateway | undefined;

export default {
  fetch(request, env, context) {
    gateway ??= createGateway({
      upstream: env.UPSTREAM,
      mode: env.MODE,
      trustPolicy,
      root,
      storage: cloudflareStorage(env.VERDICTS),
      secret: env.VERDICT_SECRET,
    });
    return gateway.fetch(request, context);
  },
} satisfies ExportedHandler<Env>;
