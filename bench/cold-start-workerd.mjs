// CPU time of workerd from its start to the first verdict. Clocks inside workerd stand still while code runs, so this
// is the time of all threads of the process, as Linux counts it. The time of a trivial worker is subtracted.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:process';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { median } from './measure.mjs';

const WORKERD = '.cache/runtimes/node_modules/.bin/workerd';
const DIRECTORY = '.cache/bench/cold-start';
const PROCESSES = 15;
const TIMEOUT_MS = 20_000;

/** CPU ms of an isolate, from nothing to the first verdict (DESIGN "Budgets"). */
const BUDGET_MS = 10;

/** Returns why it cannot be measured here, or undefined if it can. */
export function missingForWorkerd() {
  if (platform !== 'linux')
    return `CPU time of a process is read as Linux gives it, not on ${platform} ${arch}`;
  return existsSync(WORKERD) ? undefined : 'workerd is missing: bash scripts/runtimes-tools.sh gets it';
}

export async function measureWorkerd(fixtures) {
  const rows = [];
  for (const fixture of fixtures) rows.push(await measure(fixture));
  return { budgetMs: BUDGET_MS, processes: PROCESSES, rows };
}

export function printWorkerd({ budgetMs, processes, rows }) {
  console.log(
    `first verdict of a workerd isolate: at most ${budgetMs} ms of CPU beyond a trivial worker (${processes} processes each, medians)`,
  );
  console.log('format  worker             start   first request   both   second request   bundle kB');
  for (const { format, workers } of rows) {
    for (const { name, startMs, firstMs, coldMs, warmMs, bytes } of workers) {
      const figures = [
        startMs.toFixed(1).padStart(6),
        firstMs.toFixed(1).padStart(15),
        coldMs.toFixed(1).padStart(6),
        warmMs.toFixed(2).padStart(16),
        (bytes / 1000).toFixed(1).padStart(11),
      ];
      const verdict = name === 'notarykit' && coldMs > budgetMs ? '   over budget' : '';
      console.log(`${format.padEnd(7)} ${name.padEnd(16)} ${figures.join(' ')}${verdict}`);
    }
  }
}

/** The workers take turns, so that they are equally affected by the load of the machine. */
async function measure({ format, envelope, settings, operations }) {
  const sources = {
    trivial: ['bare', `createTrivialWorker('verified')`],
    'bare WebCrypto': ['bare', `createBareWorker(${JSON.stringify(operations)})`],
    notarykit: ['worker', `createWorker(${JSON.stringify(settings)})`],
  };
  const workers = [];
  for (const [name, [file, call]] of Object.entries(sources)) {
    workers.push({ name, runs: [], ...(await bundle(`${format}-${name.replace(' ', '-')}`, file, call)) });
  }
  for (let i = 0; i < PROCESSES; i++) {
    for (const { runs, config } of workers) runs.push(await runOnce(config, envelope));
  }
  const [trivial] = workers;
  const beyond = (runs, figure) => median(runs.map(figure)) - median(trivial.runs.map(figure));
  return {
    format,
    workers: workers.slice(1).map(({ name, runs, bytes }) => ({
      name,
      bytes,
      startMs: beyond(runs, ({ start }) => start),
      firstMs: beyond(runs, ({ first }) => first),
      coldMs: beyond(runs, ({ start, first }) => start + first),
      warmMs: beyond(runs, ({ second }) => second),
    })),
    trivialMs: median(trivial.runs.map(({ start, first }) => start + first)),
  };
}

/** The worker of a file next to this one. */
function bundle(name, file, call) {
  const [maker] = call.split('(');
  const contents = `import { ${maker} } from './cold-start-${file}.mjs'; export default ${call};`;
  return bundleWorker(name, contents, import.meta.dirname);
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

/** With port 0 the system chooses a free port, and workerd reports it. */
const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-01"
);
`;

/** Returns the CPU milliseconds until workerd listens, and those of its first and second request. */
export async function runOnce(config, envelope) {
  const workerd = spawn(WORKERD, ['serve', config, '--control-fd=3'], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  try {
    const port = await listeningPort(workerd);
    const started = cpuMs(workerd.pid);
    await send(port, envelope);
    const responded = cpuMs(workerd.pid);
    await send(port, envelope);
    return { start: started, first: responded - started, second: cpuMs(workerd.pid) - responded };
  } finally {
    workerd.kill('SIGKILL');
  }
}

async function listeningPort(workerd) {
  for await (const line of createInterface({ input: workerd.stdio[3] })) {
    const { event, port } = JSON.parse(line);
    if (event === 'listen') return port;
  }
  throw new Error('workerd ended before it listened');
}

async function send(port, body) {
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
  const answer = await response.text();
  if (answer !== 'verified') throw new Error(`the worker said ${response.status} ${answer.slice(0, 200)}`);
}

/** Returns the CPU time of all threads of a process. */
function cpuMs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((id) => readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]);
  return spent.reduce((sum, nanoseconds) => sum + Number(nanoseconds), 0) / 1e6;
}
