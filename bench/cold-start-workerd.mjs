// CPU time of workerd from its start to the first verdict. Clocks inside workerd stand still while code runs, so this
// is the time of all threads of the process, as Linux counts it. The time of a trivial worker is subtracted.
import { median } from './measure.mjs';
import { bundleWorker, startWorkerd } from './workerd.mjs';

const PROCESSES = 15;

/** CPU ms of an isolate, from nothing to the first verdict (DESIGN "Budgets"). */
const BUDGET_MS = 10;

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

/** Returns the CPU milliseconds until workerd listens, and those of its first and second request. */
export async function runOnce(config, envelope) {
  const workerd = await startWorkerd(config);
  try {
    const started = workerd.cpuMs();
    await send(workerd.host, envelope);
    const responded = workerd.cpuMs();
    await send(workerd.host, envelope);
    return { start: started, first: responded - started, second: workerd.cpuMs() - responded };
  } finally {
    workerd.stop();
  }
}

async function send(host, body) {
  const response = await fetch(`http://${host}/`, { method: 'POST', body });
  const answer = await response.text();
  if (answer !== 'verified') throw new Error(`the worker said ${response.status} ${answer.slice(0, 200)}`);
}
