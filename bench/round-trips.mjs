// Counts the requests of verifying a digest reference, and times it next to the `notation` CLI: both use the same real
// registry through a proxy that delays each request. Ours runs in a warm process, on connections that other rounds of
// it may have left open, with a new verifier and registry client each time. The time of the CLI includes the start
// of its process, which the row without delay shows.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  parseReference,
  parseTrustPolicy,
  sign,
  verify,
} from 'notarykit';
import { generateTestChain } from 'notarykit/testing';
import { median, timed } from './measure.mjs';
import { startProxy } from './round-trips-proxy.mjs';
import { startRegistry } from './round-trips-registry.mjs';

const BUDGET = 0.7;
const DELAYS = [0, 20, 100];
const ROUNDS = 7;
const NAME = 'bench/app';
/** A busy machine may slow either side down: a ratio over the budget is printed, and fails only if it is clear. */
const TOLERANCE = 1.1;
const CACHE = fileURLToPath(new URL('../.cache/interop/bin', import.meta.url));

export async function measureRoundTrips() {
  const notation = findTool('notation');
  const registries = ['referrers-registry', 'docker-registry'].map((name) => ({
    name,
    path: findTool(name),
  }));
  const missing = [
    ...(notation ? [] : ['notation']),
    ...registries.filter(({ path }) => !path).map(({ name }) => name),
  ];
  const rows = [];
  for (const registry of notation ? registries.filter(({ path }) => path) : []) {
    rows.push(...(await measureRegistry(registry, notation)));
  }
  const slow = rows.filter(({ delayMs, ratio }) => delayMs >= DELAYS[1] && ratio > BUDGET * TOLERANCE);
  return {
    budget: BUDGET,
    rows,
    missing,
    overBudget: [
      ...slow.map(({ registry, delayMs }) => `verify through ${registry} with ${delayMs} ms of delay`),
      // Without the programs nothing was measured, which must not look like success in CI, which installs them.
      ...(env.CI ? missing.map((name) => `round trips, for ${name} is missing`) : []),
    ],
  };
}

export function printRoundTrips({ budget, rows, missing }) {
  console.log(
    `verify a digest reference through a proxy: from ${DELAYS[1]} ms of delay up at most ${budget} x the notation CLI (medians, ms)`,
  );
  if (missing.length > 0) console.log(`missing: ${missing.join(', ')} (npm run interop installs them)`);
  if (rows.length === 0) return;
  console.log(
    'registry             delay   requests in sequence   verify    CLI requests in sequence      CLI   ratio',
  );
  for (const { registry, delayMs, ours, cli, ratio } of rows) {
    const figures = [ours, cli].map(
      ({ requests, inSequence, ms }) =>
        `${String(requests).padStart(12)} ${String(inSequence).padStart(11)} ${ms.toFixed(1).padStart(8)}`,
    );
    const verdict = delayMs >= DELAYS[1] && ratio > budget ? '  over budget' : '';
    console.log(
      `${registry.padEnd(18)} ${String(delayMs).padStart(7)} ${figures.join('  ')} ${ratio.toFixed(2).padStart(7)}${verdict}`,
    );
  }
}

async function measureRegistry({ name, path }, notation) {
  const registry = await startRegistry(name, path);
  const proxy = await startProxy(registry.host);
  const home = await mkdtemp(join(tmpdir(), 'bench-round-trips-'));
  try {
    const { reference, ours } = await prepare(proxy.host, home);
    const cli = () => runCli(notation, home, ['verify', '--insecure-registry', reference]);
    const rows = [];
    for (const delayMs of DELAYS) {
      proxy.delay = delayMs;
      const row = { registry: name, delayMs, ...(await alternately(proxy, { ours, cli })) };
      rows.push({ ...row, ratio: row.ours.ms / row.cli.ms });
    }
    return rows;
  } finally {
    proxy.stop();
    await registry.stop();
    await rm(home, { recursive: true, force: true });
  }
}

/** The medians of tasks that take turns, and the requests that each sends to the registry. */
async function alternately(proxy, works) {
  const runs = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, work] of Object.entries(works)) {
      proxy.reset();
      const ms = await timed(work);
      if (round >= 0) runs[name].push({ ms, requests: proxy.requests, inSequence: proxy.inSequence });
    }
  }
  return Object.fromEntries(
    Object.entries(runs).map(([name, all]) => {
      const middle = (key) => median(all.map((run) => run[key]));
      return [name, { requests: middle('requests'), inSequence: middle('inSequence'), ms: middle('ms') }];
    }),
  );
}

/** An artifact with one signature, a configuration of the CLI, and a verifier with the same trust. */
async function prepare(host, home) {
  const certificate = await generateTestChain({ name: 'bench.example', keySpec: 'EC-256' });
  const index = new TextEncoder().encode(
    '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
  );
  const { digest } = await createRegistry()
    .repository(parseReference(`${host}/${NAME}`))
    .pushManifest('application/vnd.oci.image.index.v1+json', index, { tag: 'v1' });
  const reference = `${host}/${NAME}@${digest}`;
  await sign(reference, { signer: await createSigner(certificate), registry: createRegistry() });
  const policy = {
    version: '1.0',
    trustPolicies: [
      {
        name: 'bench',
        registryScopes: ['*'],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:bench'],
        trustedIdentities: ['*'],
      },
    ],
  };
  const store = join(home, 'notation', 'truststore', 'x509', 'ca', 'bench');
  await mkdir(store, { recursive: true });
  await writeFile(join(store, 'root.pem'), certificate.root);
  await writeFile(join(home, 'notation', 'trustpolicy.json'), JSON.stringify(policy), { mode: 0o600 });
  const trustStore = createTrustStore({ 'ca:bench': certificate.root });
  const trustPolicy = parseTrustPolicy(policy);
  return {
    reference,
    ours: () => verify(reference, { trustStore, trustPolicy, registry: createRegistry() }),
  };
}

/** The environment of the CLI, whose configuration is below a directory. */
export function cliEnvironment(home) {
  return {
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    NOTATION_CONFIG: join(home, 'notation'),
    NOTATION_CACHE: join(home, 'cache', 'notation'),
    DOCKER_CONFIG: join(home, 'docker'),
  };
}

function runCli(path, home, args) {
  const child = spawn(path, args, { env: cliEnvironment(home), stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`notation: ${said}`))));
  });
}

/** The path of a program, from the cache of scripts/interop-tools.sh or else on PATH. */
export function findTool(name) {
  const directories = [CACHE, ...(env.PATH ?? '').split(delimiter).filter(Boolean)];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
