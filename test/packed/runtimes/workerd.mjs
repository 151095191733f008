import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { run, runtime } from './run.mjs';

// Without nodejs_compat: nothing of Node is there.
const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .packed)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const packed :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "bundle.mjs")],
  compatibilityDate = "2025-01-01",
);
`;

/** Bundles the worker with the package as it is installed, and sends it one request. */
export async function runInWorkerd(project) {
  const workerd = await runtime('workerd');
  await bundle(project);
  await writeFile(join(project, 'config.capnp'), CONFIG);
  const stdio = ['ignore', 'ignore', 'pipe', 'pipe'];
  const server = spawn(workerd, ['serve', 'config.capnp', '--control-fd=3'], { cwd: project, stdio });
  try {
    const response = await fetch(`http://127.0.0.1:${await portOf(server)}/`);
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return `${await run(workerd, ['--version'])}: ${text}`;
  } finally {
    server.kill();
  }
}

async function bundle(project) {
  await build({
    entryPoints: [join(project, 'worker.mjs')],
    outfile: join(project, 'bundle.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker'],
    logLevel: 'silent',
  });
}

/** workerd reports its port on the control file descriptor. */
async function portOf(server) {
  let complaints = '';
  server.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const said = once(createInterface({ input: server.stdio[3] }), 'line');
  const ended = once(server, 'close').then(() => {
    throw new Error(`workerd ended: ${complaints}`);
  });
  // Stops in any case.
  ended.catch(() => {});
  const [line] = await Promise.race([said, ended]);
  return JSON.parse(line).port;
}
