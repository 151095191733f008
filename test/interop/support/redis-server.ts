import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ocsp-responder.ts';
import { toolPath } from './tools.ts';

/** A Redis server on 127.0.0.1, in memory. */
export async function startRedis(): Promise<{ port: number; stop(): Promise<void> }> {
  const [port, directory] = [await freePort(), await mkdtemp(join(tmpdir(), 'interop-redis-'))];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  const server = spawn(toolPath('redis-server'), args, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    server.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(`redis-server did not start: ${said}`)));
  });
  return {
    port,
    async stop() {
      server.kill();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
