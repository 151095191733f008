// How much a verdict on an artifact in a registry takes: many in one process, and the first of a process.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { createRegistry, createSigner, parseReference, sign } from 'notarykit';
import { generateTestChain } from 'notarykit/testing';
import { median } from '../measure.mjs';
import { startRegistry } from '../round-trips-registry.mjs';
import { startCounter } from './counter.mjs';
import { bundleProgram } from './program.mjs';
import { environment, findProgram, startGo, startOurs } from './sides.mjs';
import { certificatesOf, INDEX, indexOf, POLICY } from './signed.mjs';

const DIGESTS = 500;
const CONCURRENCY = 8;
const MIB = 1024 * 1024;
const EMPTY = 'import { peakOfProcess } from "../peak-bytes.mjs"; console.log(peakOfProcess());';

/** A new process of each side for each sweep. The memory is next to that of an empty Node. */
export async function sweep({ directory, sweeps }) {
  return withRegistry(async (host) => {
    const counter = await startCounter(host);
    try {
      const file = join(directory, 'sweep.json');
      const artifacts = await pushSigned(counter.host, DIGESTS);
      await writeFile(file, JSON.stringify({ ...artifacts, concurrency: CONCURRENCY }));
      return await compareSweeps(file, counter, sweeps);
    } finally {
      await counter.stop();
    }
  });
}

async function compareSweeps(file, counter, sweeps) {
  const sides = { ours: () => startOurs('sweep', file), go: () => startGo('sweep', file, {}) };
  const runs = { ours: [], go: [] };
  const empty = [];
  for (let round = 0; round < sweeps; round++) {
    for (const [side, start] of Object.entries(sides)) {
      const process = start();
      counter.take();
      const cost = await process.run({ from: 0, count: DIGESTS });
      await process.end();
      runs[side].push({ ...cost, connections: counter.take() });
    }
    empty.push(await peakOfEmptyNode());
  }
  const figure = (side, name) => median(runs[side].map((run) => run[name]));
  const perVerdict = (side, name) => figure(side, name) / DIGESTS;
  return {
    'sweep CPU': { ours: perVerdict('ours', 'cpuMs'), base: perVerdict('go', 'cpuMs'), unit: 'ms' },
    'sweep connections': { ours: perVerdict('ours', 'connections'), unit: '' },
    'sweep memory': { ours: figure('ours', 'peakBytes') / MIB, base: median(empty) / MIB, unit: 'MiB' },
  };
}

async function peakOfEmptyNode() {
  return Number(await run(execPath, ['--input-type=module', '-e', EMPTY]));
}

/** Wall time of a process that verifies one artifact, from its start to its end, next to an empty Node. */
export async function firstVerdict({ directory, processes }) {
  return withRegistry(async (host) => {
    const { policy, stores, references } = await pushSigned(host, 1);
    const [reference] = references;
    const program = await bundleProgram(directory, { policy, stores, reference });
    const times = { ours: [], empty: [] };
    for (let round = -1; round < processes; round++) {
      for (const [side, args] of Object.entries({ ours: [program], empty: ['-e', ''] })) {
        const start = performance.now();
        const said = await run(execPath, args);
        const ms = performance.now() - start;
        if (side === 'ours' && said !== 'verified') throw new Error(`the first verdict is ${said}`);
        if (round >= 0) times[side].push(ms);
      }
    }
    return { ours: median(times.ours), base: median(times.empty), unit: 'ms' };
  });
}

async function run(program, args) {
  const options = { cwd: import.meta.dirname, env: environment({}), encoding: 'utf8' };
  const { stdout } = await promisify(execFile)(program, args, options);
  return stdout.trim();
}

async function withRegistry(work) {
  const registry = await startRegistry('referrers-registry', findProgram('referrers-registry'));
  try {
    return await work(registry.host);
  } finally {
    await registry.stop();
  }
}

/** Signed artifacts, in turn in each of the repositories of a registry, with the trust that their verification needs. */
export async function pushSigned(host, count, repositories = 1) {
  const certificate = await generateTestChain({ name: 'bench.example', keySpec: 'EC-256' });
  const signer = await createSigner(certificate);
  const registry = createRegistry();
  const references = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const number = next++;
      const name = `${host}/bench/app-${number % repositories}`;
      const repository = registry.repository(parseReference(name));
      const { digest } = await repository.pushManifest(INDEX, indexOf(number));
      await sign(`${name}@${digest}`, { signer, registry });
      references.push(`${name}@${digest}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return { references, policy: POLICY, stores: { ca: certificatesOf(certificate.root) } };
}
