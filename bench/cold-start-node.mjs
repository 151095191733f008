// The time to import each entry point in a fresh Node process, and the time to the first verdict.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execPath } from 'node:process';
import { median } from './measure.mjs';

const CHILD = `${import.meta.dirname}/cold-start-child.mjs`;
const DIRECTORY = '.cache/bench/cold-start';
const PROCESSES = 9;

/** Every entry point of dist, from the smallest to the whole. */
const entries = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).exports)
  .filter((path) => !path.endsWith('.json'))
  .map((path) => path.replace('.', 'notarykit'));

export function measureNode(fixtures) {
  return {
    processes: PROCESSES,
    imports: entries.map((entry) => ({ entry, ...inProcesses('import', entry).import })),
    verdicts: fixtures.map(({ format, envelope, settings }) => {
      mkdirSync(DIRECTORY, { recursive: true });
      const file = `${DIRECTORY}/${format}.json`;
      writeFileSync(file, JSON.stringify({ settings, envelope: Buffer.from(envelope).toString('base64') }));
      return { format, ...inProcesses('verdict', file) };
    }),
  };
}

export function printNode({ processes, imports, verdicts }) {
  console.log(`import in a fresh Node process (medians of ${processes}, ms)`);
  console.log('entry                       CPU     wall');
  for (const { entry, cpuMs, wallMs } of imports) console.log(`${entry.padEnd(24)} ${pair(cpuMs, wallMs)}`);
  console.log(`\nfirst verdict of a fresh Node process (medians of ${processes}, ms: CPU, wall)`);
  console.log('format             import  policy and store            verify  of that WebCrypto, wall');
  for (const { format, import: imported, prepare, verify, webCrypto } of verdicts) {
    const laps = [imported, prepare, verify].map(({ cpuMs, wallMs }) => pair(cpuMs, wallMs).padStart(17));
    console.log(`${format.padEnd(7)} ${laps.join(' ')} ${webCrypto.wallMs.toFixed(1).padStart(24)}`);
  }
}

/** The median of each figure over several processes. */
function inProcesses(task, subject) {
  const runs = Array.from({ length: PROCESSES }, () =>
    JSON.parse(execFileSync(execPath, [CHILD, task, subject], { encoding: 'utf8' })),
  );
  const [first] = runs;
  const medianOf = (lap, unit) => median(runs.map((run) => run[lap][unit]));
  return Object.fromEntries(
    Object.entries(first).map(([lap, units]) => [
      lap,
      Object.fromEntries(Object.keys(units).map((unit) => [unit, medianOf(lap, unit)])),
    ]),
  );
}

function pair(cpuMs, wallMs) {
  return `${cpuMs.toFixed(1).padStart(6)} ${wallMs.toFixed(1).padStart(8)}`;
}
