// cspell:ignore remoteurl
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { toolPath } from './tools.ts';

/** A registry that runs on a loopback port. */
export interface RunningRegistry {
  /** Such as `127.0.0.1:43210`. */
  host: string;
  stop(): Promise<void>;
}

const START_TIMEOUT = 15_000;

/**
 * Starts `docker-registry`, which does not know the referrers API.
 * @param options - `htpasswd`: the accepted users, in the form of an htpasswd file; everybody by default.
 * `auth`: the member `auth` of its configuration. `proxy`: the URL of the registry that it is a pull-through cache of.
 */
export async function startDockerRegistry(
  options: { htpasswd?: string; auth?: Record<string, unknown>; proxy?: string } = {},
): Promise<RunningRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'interop-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  const configuration = join(directory, 'config.yml');
  const users = join(directory, 'htpasswd');
  if (options.htpasswd !== undefined) await writeFile(users, options.htpasswd);
  await writeFile(
    configuration,
    JSON.stringify({
      version: '0.1',
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(directory, 'storage') }, delete: { enabled: true } },
      http: { addr: host, secret: 'interop' },
      ...(options.htpasswd !== undefined && { auth: { htpasswd: { realm: 'interop', path: users } } }),
      ...(options.auth && { auth: options.auth }),
      ...(options.proxy !== undefined && { proxy: { remoteurl: options.proxy } }),
    }),
  );
  const child = spawn(toolPath('docker-registry'), ['serve', configuration], { env: {}, stdio: 'ignore' });
  process.once('exit', () => child.kill());
  await untilAnswering(host, child);
  return {
    host,
    stop: async () => {
      await end(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Starts the registry that `crane` serves, in memory, which does not know the referrers API. */
export async function startCraneRegistry(): Promise<RunningRegistry> {
  const host = `127.0.0.1:${await freePort()}`;
  const child = spawn(toolPath('crane'), ['registry', 'serve', '--address', host], {
    env: {},
    stdio: 'ignore',
  });
  process.once('exit', () => child.kill());
  await untilAnswering(host, child);
  return { host, stop: () => end(child) };
}

/** Starts a registry of `test/interop`, which knows the referrers API and says where it listens. */
export async function startReferrersRegistry(
  tool: 'referrers-registry' | 'olareg-registry',
): Promise<RunningRegistry> {
  const child = spawn(toolPath(tool), [], { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
  const [host] = await once(createInterface(child.stdout), 'line', {
    signal: AbortSignal.timeout(START_TIMEOUT),
  });
  await untilAnswering(String(host), child);
  return { host: String(host), stop: () => end(child) };
}

/** A port of the loopback interface without a listener. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

async function untilAnswering(host: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
    const response = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (response?.ok || response?.status === 401) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill();
  throw new Error(`${child.spawnfile} does not answer on ${host}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
