import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { TOOL_PATH, type Tool, toolPath } from '../../support/tools.ts';

const START_TIMEOUT = 30_000;

/** What it mounts, and what it writes below `/run`, is its own and ends with it. */
const IN_NAMESPACE = [
  '--mount',
  '--propagation',
  'private',
  'sh',
  '-c',
  'mount -t tmpfs tmpfs /run && exec "$0" "$@"',
];

/**
 * Starts a daemon that runs as root, and waits for it.
 * @param directory - Of its log.
 * @param answers - Whether it answers.
 * @returns What ends it.
 */
export async function startDaemon(
  tool: Tool,
  args: readonly string[],
  directory: string,
  answers: () => Promise<boolean>,
): Promise<() => Promise<void>> {
  if (getuid?.() !== 0) throw new Error(`interop: ${tool} runs as root only: run the suite as root`);
  const log = await open(join(directory, `${tool}.log`), 'w');
  const env = { HOME: directory, TMPDIR: directory, PATH: TOOL_PATH };
  const child = spawn('unshare', [...IN_NAMESPACE, toolPath(tool), ...args], {
    env,
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = once(child, 'exit');
  const kill = () => child.kill();
  process.once('exit', kill);
  await log.close();
  const deadline = Date.now() + START_TIMEOUT;
  while (!(await answers())) {
    if (child.exitCode !== null || Date.now() > deadline) {
      kill();
      throw new Error(`${tool} does not start: ${await readFile(join(directory, `${tool}.log`), 'utf8')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return async () => {
    kill();
    await ended;
    process.off('exit', kill);
  };
}
