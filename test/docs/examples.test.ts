import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chdir, cwd } from 'node:process';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Machine, startMachine } from './machine.ts';
import { type Example, examplesOfPages, examplesOfSources, fileNameOf } from './read-examples.ts';

/** Examples become files that import `notarykit/…` as a user does; the configuration maps that to the sources. */
const DIRECTORY = resolve(`.cache/examples-${process.pid}`);

/** The default export of an example for workers. */
interface Worker {
  fetch(request: Request, env: Readonly<Record<string, string>>): Promise<Response>;
}

const home = cwd();
let printed: string[];
let runs = 0;

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
  it.each(examplesOfPages())('$name runs and prints the output that the page shows', (example) =>
    onMachine(async (machine) => {
      const worker = await run(example);
      if (worker) expect((await pullFrom(worker, machine.env)).status).toBe(200);
      expect(process.exitCode ?? 0).toBe(0);
      if (example.output !== undefined)
        expect(comparable(printed.join('\n'))).toBe(comparable(example.output));
    }),
  );
});

/** The examples that decide whether an artifact may be used. */
const gates = examplesOfPages().filter(({ code }) =>
  /process\.exitCode|throw new Error\(formatReport|gateway\.fetch\(/.test(code),
);

it('README and each guide on verification have a gate', () => {
  const pages = new Set(gates.map(({ name }) => name.replace(/:\d+$/, '')));
  const guides = ['blobs', 'edge', 'many-images', 'offline', 'verify-in-ci'].map(
    (name) => `docs/guides/${name}.md`,
  );
  expect([...pages].sort()).toEqual(['README.md', 'docs/concepts.md', 'docs/migration.md', ...guides].sort());
});

it('the gate over a manifest takes at most 15 lines', () => {
  const gate = gates.find(({ name }) => name.startsWith('docs/guides/many-images.md'));
  const lines = gate?.code.split('\n').filter((line) => line.trim() !== '');
  expect(lines?.length).toBeGreaterThan(5);
  expect(lines?.length).toBeLessThanOrEqual(15);
});

it('no example decides by the outcome, or by verify alone, which pass what the policy skips or only logs', () => {
  const loose = examplesOfPages().filter(({ code }) => /\bverify(?:Blob|Envelope)?\(|outcome ===/.test(code));
  expect(loose.map(({ name }) => name)).toEqual([]);
});

const otherSigner = ['x509.subject: C=DE, ST=BE, O=Other'];
const obstacles: [name: string, change: (statement: object) => object][] = [
  ['rejects the artifact', (statement) => ({ ...statement, trustedIdentities: otherSigner })],
  [
    'only logs that the signer is unknown',
    (statement) => ({
      ...statement,
      trustedIdentities: otherSigner,
      signatureVerification: { level: 'audit' },
    }),
  ],
  [
    'skips the verification',
    (statement) => ({
      ...statement,
      signatureVerification: { level: 'skip' },
      trustStores: [],
      trustedIdentities: [],
    }),
  ],
  ['is invalid', () => ({})],
];

describe.each(obstacles)('if the trust policy %s', (_, change) => {
  // A policy in the code of an example cannot be changed from outside.
  it.each(gates.filter(({ code }) => !code.includes('trustedIdentities')))('$name stops', (example) =>
    onMachine(async (machine, directory) => {
      const paths = ['trustpolicy.json', 'notation/trustpolicy.json', 'notation/trustpolicy.blob.json'];
      for (const path of paths) {
        const file = join(directory, path);
        const { trustPolicies, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
        writeFileSync(file, JSON.stringify({ ...rest, trustPolicies: trustPolicies.map(change) }));
      }
      await expectToStop(example, { ...machine.env, POLICY: readFileSync('trustpolicy.json', 'utf8') });
    }),
  );
});

describe('without a signature that fits', () => {
  it.each(gates.filter(({ code }) => code.includes('release.tar')))(
    '$name stops for another blob',
    (example) =>
      onMachine(async (machine) => {
        writeFileSync('release.tar', 'other bytes');
        await expectToStop(example, machine.env);
      }),
  );

  it.each(gates.filter(({ code }) => !code.includes('release.tar')))(
    '$name stops if nothing exists by its name',
    (example) =>
      onMachine(async (machine) => {
        vi.stubGlobal('fetch', async () => new Response('{}', { status: 404 }));
        await expectToStop(example, machine.env);
      }),
  );
});

/** Requires that a worker responds with 403, or 404, and that any other program exits with a code other than 0. */
async function expectToStop(example: Example, env: Machine['env']): Promise<void> {
  const exitCode = await run(example)
    .then(async (worker) => (worker ? (await pullFrom(worker, env)).status : process.exitCode))
    .catch(() => 1); // Node exits with 1 if the promise of a module is rejected, and a worker responds with 500
  expect([1, 75, 403, 404]).toContain(exitCode);
  expect(printed.join('\n')).not.toMatch(/^(?:deploy|load|use|pull) /m);
}

function pullFrom(worker: Worker, env: Machine['env']): Promise<Response> {
  return worker.fetch(new Request('https://edge.example/v2/team/app/manifests/v1'), env);
}

/** Runs a test in the directory and the environment of a machine of its own. */
async function onMachine(test: (machine: Machine, directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'notarykit-machine-'));
  const machine = await startMachine(directory);
  try {
    for (const [name, value] of Object.entries(machine.env)) vi.stubEnv(name, value);
    vi.stubGlobal('fetch', machine.fetch);
    chdir(directory);
    await test(machine, directory);
  } finally {
    process.exitCode = undefined;
    chdir(home);
    await machine.close();
    rmSync(directory, { recursive: true });
  }
}

async function run(example: Example): Promise<Worker | undefined> {
  // A file of its own for each run: a module is evaluated once.
  const file = join(DIRECTORY, `${runs++}-${fileNameOf(example)}`);
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
