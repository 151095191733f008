// Bundles workers, and runs them in workerd.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:process';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';

const WORKERD = '.cache/runtimes/node_modules/.bin/workerd';
const DIRECTORY = '.cache/bench/cold-start';
const TIMEOUT_MS = 300_000;

/** Returns why CPU time cannot be measured here, or undefined if it can. */
export function missingForWorkerd() {
  if (platform !== 'linux')
    return `CPU time of a process is read as Linux gives it, not on ${platform} ${arch}`;
  return existsSync(WORKERD) ? undefined : 'workerd is missing: bash scripts/runtimes-tools.sh gets it';
}

/** Bundles as a user would: one minified file, whose imports are relative to a directory. */
export async function bundleWorker(name, contents, resolveDir) {
  const directory = `${DIRECTORY}/${name}`;
  mkdirSync(directory, { recursive: true });
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['workerd', 'worker'],
    // Without the tsconfig of the project, which maps imports to the sources.
    tsconfigRaw: {},
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  const [worker] = outputFiles;
  writeFileSync(`${directory}/worker.js`, worker.contents);
  writeFileSync(`${directory}/config.capnp`, CONFIG);
  return { config: `${directory}/config.capnp`, bytes: worker.contents.length };
}

/** With port 0 the system chooses a free port, and workerd reports it. Only loopback can be reached. */
const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-01"
);
`;

/** Starts workerd; `cpuMs` returns the CPU time of all of its threads until now. */
export async function startWorkerd(config) {
  const workerd = spawn(WORKERD, ['serve', config, '--control-fd=3'], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  const port = await listeningPort(workerd);
  return {
    host: `127.0.0.1:${port}`,
    cpuMs: () => cpuMs(workerd.pid),
    stop: () => workerd.kill('SIGKILL'),
  };
}

async function listeningPort(workerd) {
  for await (const line of createInterface({ input: workerd.stdio[3] })) {
    const { event, port } = JSON.parse(line);
    if (event === 'listen') return port;
  }
  throw new Error('workerd ended before it listened');
}

/** Returns the CPU time of all threads of a process. */
function cpuMs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((id) => readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]);
  return spent.reduce((sum, nanoseconds) => sum + Number(nanoseconds), 0) / 1e6;
}
