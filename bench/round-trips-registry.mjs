// Starts the registries of the interop suite (test/interop/support/registries.ts) on free ports of loopback.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const START_TIMEOUT = 15_000;

export function startRegistry(name, path) {
  return name === 'docker-registry' ? startDockerRegistry(path) : startReferrersRegistry(path);
}

async function startReferrersRegistry(path) {
  const child = spawn(path, [], { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
  process.once('exit', () => child.kill());
  const [host] = await once(createInterface(child.stdout), 'line', {
    signal: AbortSignal.timeout(START_TIMEOUT),
  });
  await untilAnswering(host, child);
  return { host, stop: () => end(child) };
}

async function startDockerRegistry(path) {
  const directory = await mkdtemp(join(tmpdir(), 'bench-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  const configuration = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(directory, 'storage') } },
    http: { addr: host, secret: 'bench' },
  };
  await writeFile(join(directory, 'config.yml'), JSON.stringify(configuration));
  const child = spawn(path, ['serve', join(directory, 'config.yml')], { env: {}, stdio: 'ignore' });
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

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function untilAnswering(host, child) {
  const deadline = Date.now() + START_TIMEOUT;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
    const response = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill();
  throw new Error(`${child.spawnfile} does not answer on ${host}`);
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
