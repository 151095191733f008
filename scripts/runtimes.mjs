// Runs the behaviour suite in every runtime, and writes the tables of docs/runtimes.md.
//   npm run runtimes [-- --only <text of a file's path>] [--runtime <id>]
// Fails if a test fails or a runtime is missing, and in CI if the committed tables differ.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { argv, env, exit } from 'node:process';
import { bundleHost, bundleSuite } from './runtimes/bundle.mjs';
import { runtimes } from './runtimes/launch.mjs';
import { checkTables, printReport, writeTables } from './runtimes/tables.mjs';

const DIRECTORY = '.cache/suite';
const option = (name) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined);
const only = option('--only') ?? '';
const wanted = option('--runtime');
const vectorsDirectory = resolve(env.NOTARYKIT_VECTORS ?? '../shared/vectors');

rmSync(DIRECTORY, { recursive: true, force: true });
mkdirSync(join(DIRECTORY, 'extension'), { recursive: true });
const suite = await bundleSuite({ vectors: true });
const { startHost } = await bundleHost(join(DIRECTORY, 'host.mjs'));
const host = await startHost(pageFiles(suite), vectorsDirectory);
writeFileSync(join(DIRECTORY, 'suite.mjs'), suite.suite);
writeExtension(suite);

const results = [];
for (const runtime of runtimes.filter(({ id }) => wanted === undefined || id === wanted)) {
  results.push(await runIn(runtime));
  printReport(results.at(-1));
}
await host.stop();

const whole = only === '' && wanted === undefined;
const failed = results.some(({ error, failures }) => error || failures.length > 0);
const tables = { results, suite };
if (env.CI) countForCi();
if (whole && !failed && env.CI) checkTables(tables);
if (whole && !failed && !env.CI) writeTables(tables);
exit(failed || process.exitCode ? 1 : 0);

/** .ci/run counts the tests of this file, as vitest writes it. */
function countForCi() {
  const sum = (count) => results.reduce((total, result) => total + count(result), 0);
  const counts = {
    numPassedTests: sum(({ passed }) => passed),
    numFailedTests: sum(({ failures, error }) => failures.length + (error ? 1 : 0)),
  };
  mkdirSync('.cache/ci', { recursive: true });
  writeFileSync('.cache/ci/runtimes.json', JSON.stringify(counts));
}

async function runIn({ id, name, version, run }) {
  try {
    const job = { directory: resolve(DIRECTORY), origin: host.origin, secureOrigin: host.secureOrigin, only };
    const report = await run(job);
    const failures = report.files.flatMap(({ file, failures }) =>
      failures.map((failure) => ({ file, ...failure })),
    );
    const passed = report.files.reduce((sum, file) => sum + file.passed, 0);
    return { id, name, version: version(), passed, failures, ...report };
  } catch (error) {
    return { id, name, error: String(error.stack ?? error).slice(0, 2000), passed: 0, failures: [] };
  }
}

/** The page may only run scripts of its own origin. */
function pageFiles({ page }) {
  const headers = {
    'content-security-policy': "script-src 'self'",
    // Pages have shared memory only if they load nothing from other origins.
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  };
  const html = '<!doctype html><title>notarykit</title><script type="module" src="/page.js"></script>';
  return {
    '/page.html': { bytes: Buffer.from(html), type: 'text/html', headers },
    '/page.js': { bytes: page, type: 'text/javascript' },
  };
}

function writeExtension({ extension }) {
  const manifest = {
    manifest_version: 3,
    name: 'notarykit',
    version: '1',
    background: { service_worker: 'worker.js', type: 'module' },
    host_permissions: ['http://127.0.0.1/*', 'http://localhost/*'],
  };
  writeFileSync(join(DIRECTORY, 'extension/manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(DIRECTORY, 'extension/worker.js'), extension);
}
