// What many images at once cost: the memory of 1,000 next to that of 100, and the requests, time and CPU of 200 images in 10
// repositories whose registry takes 40 ms for a request, next to a shell loop of `notation verify` and to the program over
// the libraries of the CLI. Each run is a process of its own; so is the registry.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { median, timed } from './measure.mjs';
import { pushSigned } from './peers/rows-of-registries.mjs';
import { startGo, startOurs } from './peers/sides.mjs';
import { cliEnvironment, findTool } from './round-trips.mjs';
import { startProxy } from './round-trips-proxy.mjs';
import { startRegistry } from './round-trips-registry.mjs';

const MIB = 1024 * 1024;
const REPOSITORIES = 10;
const CONCURRENCY = 8;
const FEW = 100;
const MANY = 1000;
const IMAGES = 200;
const DELAY = 40;
/** The loop takes as long for each image: these many stand for all. */
const LOOPED = 20;
const ROUNDS = 3;
const BUDGETS = { memory: 1.3, requests: 4, wall: 0.25, cpu: 1.3 };
/**
 * What fails, where the budget is not reached yet. Memory: the objects of Node for an abort signal outlive the collections of
 * the young generation, so that V8 lets it grow to its full size within a few hundred images, and no further.
 */
const LIMITS = { ...BUDGETS, memory: 1.6, cpu: 3.2 };
const PROGRAMS = ['referrers-registry', 'notation', 'notation-speed'];

export async function measureMany() {
  const found = Object.fromEntries(PROGRAMS.map((name) => [name, findTool(name)]));
  const missing = PROGRAMS.filter((name) => !found[name]);
  const rows = found['referrers-registry'] ? await measureRows(found) : [];
  return {
    rows,
    missing,
    overBudget: [
      ...rows.filter(({ figure, limit }) => figure > limit).map(({ what }) => what),
      ...(env.CI ? missing.map((name) => `many images, for ${name} is missing`) : []),
    ],
  };
}

export function printMany({ rows, missing }) {
  console.log('many images at once, by evaluateAll (medians; each run is a process of its own)');
  if (missing.length > 0) console.log(`missing: ${missing.join(', ')} (npm run interop installs them)`);
  for (const { what, ours, base, unit, figure, budget } of rows) {
    const values = base === undefined ? '' : ` (${ours.toFixed(1)} to ${base.toFixed(1)} ${unit})`;
    const verdict = figure > budget ? '  over budget' : '';
    console.log(`${what}: ${figure.toFixed(2)}, at most ${budget}${values}${verdict}`);
  }
}

async function measureRows(programs) {
  const registry = await startRegistry('referrers-registry', programs['referrers-registry']);
  const proxy = await startProxy(registry.host);
  const home = await mkdtemp(join(tmpdir(), 'bench-many-'));
  try {
    const signed = await pushSigned(proxy.host, MANY, REPOSITORIES);
    const file = join(home, 'images.json');
    await writeFile(file, JSON.stringify({ ...signed, concurrency: CONCURRENCY }));
    const rows = [await compareMemory(file)];
    proxy.delay = DELAY;
    const ours = await measureProcesses(() => startOurs('evaluateAll', file), proxy);
    rows.push({ what: 'requests an image', figure: ours.requests, ...boundsOf('requests') });
    if (programs.notation) rows.push(compareWall(ours, await loopMs(programs.notation, home, signed)));
    if (programs['notation-speed']) {
      const go = await measureProcesses(() => startGo('sweep', file, {}), proxy);
      rows.push(compare('CPU, to the libraries of the CLI', ours.cpuMs, go.cpuMs, 'ms', 'cpu'));
    }
    return rows;
  } finally {
    proxy.stop();
    await registry.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function compareMemory(file) {
  const peaks = { [FEW]: [], [MANY]: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const count of [FEW, MANY]) {
      const process = startOurs('evaluateAll', file);
      const { peakBytes } = await process.run({ from: 0, count });
      await process.end();
      peaks[count].push(peakBytes / MIB);
    }
  }
  const what = `peak memory of ${MANY} images, to that of ${FEW}`;
  return compare(what, median(peaks[MANY]), median(peaks[FEW]), 'MiB', 'memory');
}

/** The medians of a side over several processes: wall time and CPU of all images, and requests an image. */
async function measureProcesses(start, proxy) {
  const runs = [];
  for (let round = 0; round < ROUNDS; round++) {
    const process = start();
    proxy.reset();
    let cost;
    const ms = await timed(async () => {
      cost = await process.run({ from: 0, count: IMAGES });
    });
    await process.end();
    runs.push({ ms, cpuMs: cost.cpuMs, requests: proxy.requests / IMAGES });
  }
  const middle = (key) => median(runs.map((run) => run[key]));
  return { ms: middle('ms'), cpuMs: middle('cpuMs'), requests: middle('requests') };
}

/** Milliseconds that a shell takes for one image after the other, for all images. */
async function loopMs(notation, home, { policy, stores, references }) {
  const store = join(home, 'notation', 'truststore', 'x509', 'ca', 'bench');
  await mkdir(store, { recursive: true });
  await writeFile(join(store, 'root.crt'), Buffer.from(stores.ca[0], 'base64'));
  await writeFile(join(home, 'notation', 'trustpolicy.json'), JSON.stringify(policy), { mode: 0o600 });
  const loop =
    'program=$1; shift; for image; do "$program" verify --insecure-registry "$image" || exit; done';
  const args = ['-c', loop, 'bash', notation, ...references.slice(0, LOOPED)];
  const ms = await timed(async () => {
    const child = spawn('bash', args, { env: cliEnvironment(home), stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`notation ended with ${code}`);
  });
  return (ms * IMAGES) / LOOPED;
}

function compareWall({ ms }, loop) {
  const what = `wall time with ${DELAY} ms a request, to a shell loop of notation verify`;
  return compare(what, ms / 1000, loop / 1000, 's', 'wall');
}

function compare(what, ours, base, unit, bounds) {
  return { what, ours, base, unit, figure: ours / base, ...boundsOf(bounds) };
}

function boundsOf(name) {
  return { budget: BUDGETS[name], limit: LIMITS[name] };
}
