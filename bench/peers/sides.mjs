// Starts the two sides of a task, notarykit in Node and the libraries of the CLI in Go, and has them do the same parts of
// it in turn.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { median } from '../measure.mjs';

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

/** A program that scripts/interop-tools.sh builds. */
export function findProgram(name) {
  const path = fileURLToPath(new URL(`../../.cache/interop/bin/${name}`, import.meta.url));
  if (existsSync(path)) return path;
  throw new Error(
    `${name} is missing: bash scripts/interop-tools.sh notation-speed referrers-registry builds it`,
  );
}

/** Additional certificates take Node long to read, which is no work of ours. */
export function environment(more) {
  const { NODE_EXTRA_CA_CERTS: _, ...rest } = env;
  return { ...rest, ...more };
}

/**
 * The medians of the CPU time that an item takes each side.
 * @param row.warmUp - The number of items before those that are measured: V8 compiles what runs often.
 * @param row.size - The items of a round. Rounds go on where the last one ended, and start again at the end.
 * @param row.renew - Whether a new verifier comes after the warm-up.
 */
export async function compare({ directory, name, task, input, ...turns }) {
  const file = join(directory, `${name}.json`);
  await writeFile(file, JSON.stringify(input));
  const { ours, go } = await takeTurns({ ours: startOurs(task, file), go: startAlone(task, file) }, turns);
  return { ours: median(ours), base: median(go), unit: 'ms' };
}

/** Like {@link compare}, for what one input costs more than another: the medians of the differences in each round. */
export async function compareDifference({ directory, name, task, more, less, ...turns }) {
  const files = { more: join(directory, `${name}-more.json`), less: join(directory, `${name}-less.json`) };
  await writeFile(files.more, JSON.stringify(more));
  await writeFile(files.less, JSON.stringify(less));
  const sides = {
    ours: startOurs(task, files.more),
    oursLess: startOurs(task, files.less),
    go: startAlone(task, files.more),
    goLess: startAlone(task, files.less),
  };
  const { ours, oursLess, go, goLess } = await takeTurns(sides, turns);
  const difference = (costs, lower) => median(costs.map((cost, round) => cost - lower[round]));
  return { ours: difference(ours, oursLess), base: difference(go, goLess), unit: 'ms' };
}

/** What an item costs each process in each round; the one that is first in a round is last in the next. */
async function takeTurns(sides, { size, rounds, warmUp, renew = false }) {
  const costs = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  const order = Object.keys(sides);
  try {
    for (const side of Object.values(sides)) await side.run({ from: 0, count: warmUp });
    for (let round = 0; round < rounds; round++) {
      for (const name of round % 2 === 0 ? order : order.toReversed()) {
        const part = { from: round * size, count: size, renew: renew && round === 0 };
        const { cpuMs } = await sides[name].run(part);
        costs[name].push(cpuMs / size);
      }
    }
  } finally {
    await Promise.all(Object.values(sides).map(({ end }) => end()));
  }
  return costs;
}

function startAlone(task, file) {
  return startGo(task, file, { GOMAXPROCS: '1' });
}

export function startOurs(task, file) {
  return startProcess(execPath, [CHILD, task, file], {});
}

export function startGo(task, file, more) {
  return startProcess(findProgram('notation-speed'), [task, file], more);
}

/** A process that does parts of a task. */
export function startProcess(program, args, more) {
  const child = spawn(program, args, { env: environment(more), stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { line, run, end };

  /** The next line that it writes. */
  async function line() {
    const { done, value } = await lines.next();
    if (done) throw new Error(`${program} ${args.join(' ')} ended before it answered`);
    return value;
  }

  async function run(part) {
    child.stdin.write(`${JSON.stringify(part)}\n`);
    return JSON.parse(await line());
  }

  async function end() {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.stdin.end();
    await once(child, 'exit');
  }
}
