// What a user's bundle costs: its first verdict in a worker, and its size.
import { execFile } from 'node:child_process';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { createFixtures } from '../cold-start-fixture.mjs';
import { runOnce } from '../cold-start-workerd.mjs';
import { median } from '../measure.mjs';
import { bundleWorker, missingForWorkerd } from '../workerd.mjs';
import { buildBase, missingForBaseBuild } from './base-build.mjs';

/** CPU time of workerd from its start to the first verdict, beyond a trivial worker, next to an earlier build. */
export async function firstVerdictInWorkerd({ processes }) {
  const missing = missingForWorkerd() ?? (await missingForBaseBuild());
  if (missing) return { missing };
  const [{ envelope, settings }] = await createFixtures();
  const call = `createWorker(${JSON.stringify(settings)})`;
  const worker = `import { createWorker } from './cold-start-worker.mjs'; export default ${call};`;
  const trivial = `import { createTrivialWorker } from './cold-start-bare.mjs'; export default createTrivialWorker('verified');`;
  const bench = `${import.meta.dirname}/..`;
  const workers = {
    trivial: await bundleWorker('peers-trivial', trivial, bench),
    base: await bundleWorker('peers-base', worker, await buildBase()),
    ours: await bundleWorker('peers-ours', worker, bench),
  };
  const times = { trivial: [], base: [], ours: [] };
  for (let round = 0; round < processes; round++) {
    for (const [name, { config }] of Object.entries(workers)) {
      const { start, first } = await runOnce(config, envelope);
      times[name].push(start + first);
    }
  }
  const beyond = (name) => median(times[name]) - median(times.trivial);
  return { ours: beyond('ours'), base: beyond('base'), unit: 'ms' };
}

/** The size that scripts/size.mjs measures, in kB; whether it is over a budget there is no matter of this table. */
export async function verifyBundle() {
  const measured = promisify(execFile)(execPath, ['scripts/size.mjs', '--json']);
  const { stdout } = await measured.catch((error) => error);
  const { kB } = JSON.parse(stdout).rows.find(({ name }) => name === 'verify an envelope offline');
  return { ours: kB, unit: 'kB' };
}
