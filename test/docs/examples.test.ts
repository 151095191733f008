import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chdir, cwd } from 'node:process';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startMachine } from './machine.ts';
import { type Example, examplesOfPages, examplesOfSources, fileNameOf } from './read-examples.ts';

/** Examples become files that import `notarykit/…` as a user does; the configuration maps that to the sources. */
const DIRECTORY = resolve(`.cache/examples-${process.pid}`);

/** The default export of an example for workers. */
interface Worker {
  fetch(request: Request, env: Readonly<Record<string, string>>): Promise<Response>;
}

const home = cwd();
let printed: string[];

beforeEach(() => {
  printed = [];
  const print = (...values: unknown[]) => void printed.push(values.join(' '));
  vi.spyOn(console, 'log').mockImplementation(print);
  vi.spyOn(console, 'error').mockImplementation(print);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

mkdirSync(DIRECTORY, { recursive: true });
afterAll(() => rmSync(DIRECTORY, { recursive: true, force: true }));

describe('the examples of TSDoc', () => {
  it.each(examplesOfSources('src'))('$name runs', async (example) => {
    // Without the configuration of the user who runs the tests.
    vi.stubEnv('NOTATION_CONFIG', join(DIRECTORY, 'no-configuration'));
    await run(example);
  });
});

describe('the examples of README and of the guides', () => {
  it.each(examplesOfPages())('$name runs and prints the output that the page shows', async (example) => {
    const directory = mkdtempSync(join(tmpdir(), 'notarykit-machine-'));
    const machine = await startMachine(directory);
    try {
      for (const [name, value] of Object.entries(machine.env)) vi.stubEnv(name, value);
      vi.stubGlobal('fetch', machine.fetch);
      chdir(directory);
      const worker = await run(example);
      if (worker) {
        const request = new Request('https://edge.example/v2/team/app/manifests/v1');
        expect((await worker.fetch(request, machine.env)).status).toBe(200);
      }
      if (example.output !== undefined)
        expect(comparable(printed.join('\n'))).toBe(comparable(example.output));
    } finally {
      chdir(home);
      await machine.close();
      rmSync(directory, { recursive: true });
    }
  });
});

async function run(example: Example): Promise<Worker | undefined> {
  const file = join(DIRECTORY, fileNameOf(example));
  writeFileSync(file, example.code);
  const module: { default?: Worker } = await import(/* @vite-ignore */ file);
  return module.default;
}

/** Digests and times differ at each run. */
function comparable(output: string): string {
  return output
    .trimEnd()
    .replace(/sha256:[0-9a-f]+/g, 'sha256:…')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
}
