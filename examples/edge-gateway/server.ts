// `deno serve --port 8787 -A server.ts`, `bun server.ts`; Node serves it by server-node.ts.
import { readFileSync } from 'node:fs';
import { env } from 'node:process';
import { createGateway, type Settings } from './gateway.ts';
import { memoryStorage } from './memory-storage.ts';

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');

const gateway = createGateway({
  upstream: env.UPSTREAM ?? 'registry.example.com',
  mode: (env.MODE ?? 'enforce') as Settings['mode'],
  trustPolicy: read('trustpolicy.json'),
  root: read('root.crt'),
  // One process. Several share a driver of `unstorage`, such as that for Redis.
  storage: memoryStorage(),
  secret: env.VERDICT_SECRET ?? '',
});

export default { port: Number(env.PORT ?? 8787), fetch: (request: Request) => gateway.fetch(request) };
