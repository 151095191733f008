import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { PullGatewayOptions } from '../../../../src/gateway/index.ts';
import { type FetchServer, serveFetch } from './fetch-server.ts';
import { createGateway, type GatewaySettings } from './gateway.ts';

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What runs the gateway, and how it is started there. */
export const RUNTIMES = {
  Node: (settings: GatewaySettings) => startInNode(settings),
  'workerd, with a KV namespace': (settings: GatewaySettings) => startInWorkerd(settings, 'a KV namespace'),
  'workerd, with the Cache API': (settings: GatewaySettings) => startInWorkerd(settings, 'the Cache API'),
} as const;

/** Serves the gateway in this process, with a verdict cache in memory. */
export async function startInNode(
  settings: GatewaySettings,
  options: Partial<PullGatewayOptions> = {},
): Promise<FetchServer> {
  const gateway = createGateway(settings, new Map(), options);
  return serveFetch((request) => gateway.fetch(request));
}

/**
 * Serves `worker.ts` by workerd. By HTTPS, as Workers are: clients that try it first would wait ten seconds for the HTTP
 * server of workerd.
 * @param storage - Where verdicts are stored.
 * @param persisted - A directory in which they outlast the isolate; in memory by default.
 */
export async function startInWorkerd(
  settings: GatewaySettings,
  storage: 'a KV namespace' | 'the Cache API',
  persisted?: string,
): Promise<FetchServer> {
  const directory = await mkdtemp(join(tmpdir(), 'interop-worker-'));
  await build({
    entryPoints: [fileOf('worker.ts')],
    outfile: join(directory, 'worker.js'),
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    logLevel: 'silent',
  });
  const { Miniflare } = await loadMiniflare();
  const miniflare = new Miniflare({
    modules: true,
    scriptPath: 'worker.js',
    rootPath: directory,
    modulesRoot: directory,
    compatibilityDate: '2026-07-01',
    host: '127.0.0.1',
    port: 0,
    https: true,
    cf: false,
    // oras and regctl get no token over HTTP from a token server that they were sent to by HTTPS.
    bindings: { STORAGE: storage, SETTINGS: settings, OPTIONS: { challenges: 'rewrite' } },
    kvNamespaces: ['VERDICTS'],
    kvPersist: persisted ?? false,
    cachePersist: persisted ?? false,
    // It reports each client that tries HTTP first.
    handleRuntimeStdio: (...streams: Readable[]) => streams.forEach((stream) => void stream.resume()),
  });
  const { host } = await miniflare.ready;
  return {
    host,
    https: true,
    async stop() {
      await miniflare.dispose();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What is used of miniflare, which scripts/interop-pull-clients.sh gets. */
interface MiniflareModule {
  Miniflare: new (options: Record<string, unknown>) => { ready: Promise<URL>; dispose(): Promise<void> };
}

async function loadMiniflare(): Promise<MiniflareModule> {
  const path = fileOf('../../../../.cache/interop/miniflare/node_modules/miniflare/dist/src/index.js');
  return import(pathToFileURL(path).href);
}
