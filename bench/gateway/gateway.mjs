// What a gateway adds to the pull of a manifest, next to a plain worker that only passes requests on: in workerd and in Node,
// for an image whose verdict it has (warm), and for one that it sees for the first time (cold); and what the first pull of an
// isolate costs. Both are in front of the same registry, and take turns.
//   node bench/gateway/gateway.mjs [--json]
import { argv, env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { median } from '../measure.mjs';
import { pushSigned } from '../peers/rows-of-registries.mjs';
import { findProgram, startProcess } from '../peers/sides.mjs';
import { startProxy } from '../round-trips-proxy.mjs';
import { startRegistry } from '../round-trips-registry.mjs';
import { bundleWorker, missingForWorkerd, startWorkerd } from '../workerd.mjs';
import { createClient } from './load.mjs';

const SIDES = ['plain', 'gateway'];
const ISOLATES = 15;
const ROUNDS = 15;
const WARM_UP = 500;
/** How long each request takes the registry, in milliseconds, and the pulls of a round. */
const REGISTRIES = [
  { delay: 0, warm: 80, cold: 8 },
  { delay: 20, warm: 8, cold: 4 },
];
/** How many times as much as a plain one a warm pull may take. */
const BUDGET = 1.3;
/**
 * What fails: where the budget is not reached yet (docs/decisions/030-gateway.md), and on a busy machine. A registry that is
 * not on it hides the time that the gateway takes.
 */
const limitOf = (unit, delay) => (unit === 'wallMs' && delay > 0 ? 1.5 : 2.4);
const CHILD = fileURLToPath(new URL('node-child.mjs', import.meta.url));

export async function measureGateway() {
  const missing = missingForWorkerd();
  if (missing && env.CI) throw new Error(missing);
  const registry = await startRegistry('referrers-registry', findProgram('referrers-registry'));
  try {
    const { references, policy, stores } = await pushSigned(registry.host, 1 + REGISTRIES[0].cold * ROUNDS);
    const images = references.map(pathOf);
    const starters = { ...(!missing && { workerd: startInWorkerd }), Node: startInNode };
    const rows = [];
    let first;
    for (const round of REGISTRIES) {
      const { delay } = round;
      const upstream = delay === 0 ? { host: registry.host, stop() {} } : await startProxy(registry.host);
      const settings = { policy, stores, upstream: upstream.host };
      for (const [runtime, start] of Object.entries(starters))
        rows.push({
          runtime,
          delay,
          ...(await measurePulls(await start(settings), upstream, images, round)),
        });
      if (delay === 0 && !missing) first = await measureFirstPull(settings, images[0]);
      upstream.stop();
    }
    return { first, rows, missing, overBudget: rows.flatMap(overBudget) };
  } finally {
    await registry.stop();
  }
}

export function printGateway({ first, rows, missing }) {
  console.log(`a pull of a manifest through a gateway and a plain worker (warm: at most ${BUDGET} times)`);
  if (missing) console.log(`workerd: not measured, ${missing}`);
  console.log(
    'runtime   registry, ms   verdict   CPU, ms: plain   gateway   ratio   wall, ms: plain   gateway   ratio',
  );
  for (const { runtime, delay, ...states } of rows) {
    for (const [state, figures] of Object.entries(states)) {
      const name = `${runtime.padEnd(9)} ${String(delay).padStart(12)}   ${state.padEnd(7)}`;
      const cells = ['cpuMs', 'wallMs'].map((unit) => {
        const { plain, gateway } = figures[unit];
        return `${plain.toFixed(3).padStart(16)} ${gateway.toFixed(3).padStart(9)} ${(gateway / plain).toFixed(2).padStart(7)}`;
      });
      const isOver = ['cpuMs', 'wallMs'].some((unit) => figures[unit].gateway > figures[unit].plain * BUDGET);
      console.log(`${name} ${cells.join('  ')}${state === 'warm' && isOver ? '   over budget' : ''}`);
    }
  }
  if (first) printFirst(first);
}

function printFirst({ isolates, plain, gateway }) {
  console.log(`first pull of a workerd isolate, CPU from its start, ms (medians of ${isolates})`);
  console.log('worker      start   first pull     both   bundle kB');
  for (const [name, { startMs, firstMs, bytes }] of Object.entries({ plain, gateway })) {
    const figures = [startMs, firstMs, startMs + firstMs, bytes / 1000].map((figure) => figure.toFixed(1));
    console.log(
      `${name.padEnd(9)} ${figures.map((figure, i) => figure.padStart([7, 12, 8, 11][i])).join(' ')}`,
    );
  }
}

function overBudget({ runtime, delay, warm }) {
  return ['cpuMs', 'wallMs']
    .filter((unit) => warm[unit].gateway > warm[unit].plain * limitOf(unit, delay))
    .map((unit) => `a warm pull through a gateway in ${runtime}, ${unit} with ${delay} ms a request`);
}

/** The medians of what a pull takes each side, warm and cold. */
async function measurePulls(sides, upstream, [image, ...images], { delay, warm, cold }) {
  const clients = Object.fromEntries(SIDES.map((name) => [name, createClient(sides[name].host)]));
  try {
    const measure = async (pathsOf) => {
      const runs = { plain: [], gateway: [] };
      for (let round = 0; round < ROUNDS; round++) {
        for (const name of round % 2 === 0 ? SIDES : SIDES.toReversed())
          runs[name].push(await measureRound(sides[name], clients[name], pathsOf(round)));
      }
      return Object.fromEntries(
        ['cpuMs', 'wallMs'].map((unit) => [
          unit,
          mapValues(runs, (all) => median(all.map((run) => run[unit]))),
        ]),
      );
    };
    upstream.delay = 0;
    for (const name of SIDES) for (let i = 0; i < WARM_UP; i++) await clients[name].pull(image);
    upstream.delay = delay;
    return {
      warm: await measure(() => Array(warm).fill(image)),
      cold: await measure((round) => images.slice(round * cold, (round + 1) * cold)),
    };
  } finally {
    for (const name of SIDES) clients[name].close();
    await Promise.all(SIDES.map((name) => sides[name].stop()));
  }
}

async function measureRound(side, client, paths) {
  const times = [];
  const before = await side.cpuMs();
  for (const path of paths) times.push(await client.pull(path));
  return { cpuMs: ((await side.cpuMs()) - before) / paths.length, wallMs: median(times) };
}

/** CPU of workerd until it listens, and of its first pull: the verdict is made. */
async function measureFirstPull(settings, image) {
  const bundles = await bundleSides(settings);
  const runs = { plain: [], gateway: [] };
  for (let i = 0; i < ISOLATES; i++) {
    for (const name of SIDES) {
      const workerd = await startWorkerd(bundles[name].config);
      const client = createClient(workerd.host);
      const start = workerd.cpuMs();
      await client.pull(image);
      runs[name].push({ start, first: workerd.cpuMs() - start });
      client.close();
      workerd.stop();
    }
  }
  const sides = mapValues(runs, (all, name) => ({
    startMs: median(all.map(({ start }) => start)),
    firstMs: median(all.map(({ first }) => first)),
    bytes: bundles[name].bytes,
  }));
  return { isolates: ISOLATES, ...sides };
}

async function startInWorkerd(settings) {
  const bundles = await bundleSides(settings);
  return {
    plain: await startWorkerd(bundles.plain.config),
    gateway: await startWorkerd(bundles.gateway.config),
  };
}

async function bundleSides(settings) {
  const argument = JSON.stringify(settings);
  const bundle = (name, maker) =>
    bundleWorker(
      `gateway-${name}`,
      `import { ${maker} } from './${name}-worker.mjs'; export default ${maker}(${argument});`,
      import.meta.dirname,
    );
  return {
    plain: await bundle('plain', 'createPlainWorker'),
    gateway: await bundle('gateway', 'createGatewayWorker'),
  };
}

async function startInNode(settings) {
  return { plain: await startNode('plain', settings), gateway: await startNode('gateway', settings) };
}

async function startNode(name, settings) {
  const { line, run, end } = startProcess(execPath, [CHILD, name, JSON.stringify(settings)], {});
  return { host: await line(), cpuMs: async () => (await run({})).cpuMs, stop: end };
}

/** The path under which a registry has the manifest of a reference by digest. */
function pathOf(reference) {
  const [name, digest] = reference.split('@');
  return `/v2/${name.slice(name.indexOf('/') + 1)}/manifests/${digest}`;
}

function mapValues(record, map) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

if (import.meta.filename === argv[1]) {
  const result = await measureGateway();
  if (argv.includes('--json')) console.log(JSON.stringify(result, null, 2));
  else printGateway(result);
}
