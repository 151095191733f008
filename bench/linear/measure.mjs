// Measures every function that reads what comes from outside at n and at 4n. CPU time of the process counts, so that a busy
// machine does not change it; of three ratios the best one does.

import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { entries } from './entries.mjs';

const OUT = '.cache/bench/linear';
const MAX_RATIO = 6;
const RUNS = 3;
/** CPU milliseconds of one measurement, of calls repeated so long. */
const LEAST_MS = 10;
const FORGERS = [
  'support/der',
  'support/forge',
  'support/forge-crl',
  'support/forge-ocsp',
  'support/forge-timestamp',
];

export async function measureLinear() {
  const { modules, tools } = await load();
  const results = [];
  for (const entry of entries) {
    const [file, name] = entry.of.split(' ');
    const call = entry.call ?? ((f, input) => f(input));
    const measured = { ...entry, run: (input) => call(modules[file][name], input, tools) };
    const first = await measure(measured, tools);
    // A busy processor may have slowed each of three runs; what is not linear is over the limit again.
    results.push(first.ratio > MAX_RATIO ? await measure(measured, tools) : first);
  }
  const overBudget = results
    .filter(({ ratio }) => ratio > MAX_RATIO)
    .map(({ name }) => `not linear: ${name}`);
  return { results, maxRatio: MAX_RATIO, overBudget };
}

export function printLinear({ results, maxRatio }) {
  console.log(
    `CPU of what reads outside input, at n and at 4n (best of ${RUNS}; at most ${maxRatio} times as much)`,
  );
  console.log(`${'function'.padEnd(88)} ${'n'.padStart(7)}   at n, µs   at 4n, µs   times`);
  for (const { name, n, once, fourfold, ratio } of results) {
    const [first, second] = [once, fourfold].map((ms) => (ms * 1000).toFixed(1));
    console.log(
      `${name.padEnd(88)} ${String(n).padStart(7)} ${first.padStart(10)} ${second.padStart(11)} ${ratio.toFixed(2).padStart(7)}`,
    );
  }
}

async function measure({ of, shape, n, input, run, throws }, tools) {
  const name = shape === undefined ? of : `${of}: ${shape}`;
  const [small, large] = [input(n, tools), input(4 * n, tools)];
  for (const value of [small, large]) await checked(name, () => run(value), throws);
  const times = { once: [], fourfold: [] };
  // The first of them warm up.
  for (let i = 0; i <= RUNS; i++) {
    times.once.push(await cpuOf(() => run(small)));
    times.fourfold.push(await cpuOf(() => run(large)));
  }
  const [once, fourfold] = [times.once, times.fourfold].map((all) => Math.min(...all.slice(1)));
  return { name, n, once, fourfold, ratio: fourfold / once };
}

/** An input that is refused before it is read would prove nothing. */
async function checked(name, run, throws) {
  let code;
  try {
    await run();
  } catch (error) {
    code = error.code ?? error;
  }
  if (code !== throws) throw new Error(`${name}: ${throws ?? 'no error'} was expected, not ${code}`);
}

/** CPU milliseconds of one call. */
async function cpuOf(run) {
  let calls = 0;
  let spent = 0;
  for (let times = 1; spent < LEAST_MS; times *= 2) {
    const begun = process.cpuUsage();
    for (let i = 0; i < times; i++) await attempt(run);
    const { user, system } = process.cpuUsage(begun);
    calls += times;
    spent += (user + system) / 1000;
  }
  return spent / calls;
}

async function attempt(run) {
  try {
    await run();
  } catch {
    // Refused with the error that was checked.
  }
}

/** Functions that no entry point exports are measured, too: their files are built one by one. */
async function load() {
  const files = [...new Set(entries.map(({ of }) => of.split(' ')[0]))];
  const helpers = [...FORGERS, 'envelope/forged', 'envelope/cbor'];
  await build({
    entryPoints: [
      ...['asn1/der-reader.ts', 'encoding/schema.ts', ...files].map((file) => `src/${file}`),
      ...helpers.map((name) => `test/${name}.ts`),
    ],
    outdir: OUT,
    outbase: '.',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const load = (path) => import(`../../${OUT}/${path.replace(/\.ts$/, '')}.mjs`);
  const modules = Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await load(`src/${file}`)])),
  );
  const forgers = await Promise.all(helpers.map((name) => load(`test/${name}`)));
  const [der] = forgers;
  const { DerReader } = await load('src/asn1/der-reader');
  const schema = await load('src/encoding/schema');
  const tools = { ...Object.assign({}, ...forgers.slice(1)), der, DerReader, schema, gzipSync };
  return { modules, tools: { ...tools, issuer: tools.forgeAuthority({ subject: 'issuer' }) } };
}
