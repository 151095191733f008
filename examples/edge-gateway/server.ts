// `deno serve -A server.ts` or `bun server.ts`; server-node.ts serves it in Node.
import { readFileSync } from 'node:fs';
import { env } from 'node:process';
import { createGateway, type Settings } from './gateway.ts';

const fileHere = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

const gateway = createGateway({
  upstream: env.UPSTREAM ?? 'registry.example.com',
  mode: (env.MODE ?? 'enforce') as Settings['mode'],
  trustPolicy: fileHere('trustpolicy.json'),
  root: fileHere('root.crt'),
  storage: new Map<string, string>(), // or a driver of `unstorage`, such as that for Redis, which several processes share
  secret: env.VERDICT_SECRET ?? '',
});

export default { port: Number(env.PORT ?? 8787), fetch: (request: Request) => gateway.fetch(request) };
