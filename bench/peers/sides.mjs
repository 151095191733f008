// Starts the two sides of a task, notarykit in Node and the libraries of the CLI in Go, and has them do the same parts of
// it in turn.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { median } from '../measure.mjs';

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));
export const PROGRAM = fileURLToPath(new URL('../../.cache/interop/bin/notation-speed', import.meta.url));

/** Additional certificates take Node long to read, which is no work of ours. */
export function environment(more) {
  const { NODE_EXTRA_CA_CERTS: _, ...rest } = env;
  return { ...rest, ...more };
}

/**
 * The medians of what the parts cost each side. The sides take turns, and so does which of them is first.
 * @param parts - The parts of a round, by their number; those of the rounds below 0 warm up.
 */
export async function compare({ directory, name, task, input, parts, rounds, warmUp = 1, go = {} }) {
  const file = join(directory, `${name}.json`);
  await writeFile(file, JSON.stringify(input));
  const sides = {
    ours: start(execPath, [CHILD, task, file], {}),
    go: start(PROGRAM, [task, file], { GOMAXPROCS: '1', ...go }),
  };
  const costs = { ours: [], go: [] };
  try {
    for (let round = -warmUp; round < rounds; round++) {
      const order = round % 2 === 0 ? ['ours', 'go'] : ['go', 'ours'];
      for (const side of order) {
        const part = parts(round);
        const { cpuMs } = await sides[side].run(part);
        if (round >= 0) costs[side].push(cpuMs / part.count);
      }
    }
  } finally {
    await Promise.all(Object.values(sides).map(({ end }) => end()));
  }
  return { oursMs: median(costs.ours), goMs: median(costs.go) };
}

/** A process that does parts of a task. */
export function start(program, args, more) {
  const child = spawn(program, args, { env: environment(more), stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(part) {
      child.stdin.write(`${JSON.stringify(part)}\n`);
      const { done, value } = await lines.next();
      if (done) throw new Error(`${program} ${args.join(' ')} ended before it answered`);
      return JSON.parse(value);
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
