// Measures a server that verifies envelopes, with a warm verifier and CRLs in its memory, next to one over the libraries of
// the notation CLI: 200 requests at a time. `--seconds` says for how long; 30 by default.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createSigner } from 'notarykit';
import { extensions, forgeAuthority, forgeCrl, forgeLeaf, purposes } from '../forge.mjs';
import { startGo, startProcess } from '../peers/sides.mjs';
import { certificatesOf, POLICY, signAll } from '../peers/signed.mjs';
import { startResponder } from '../responder.mjs';

const CONCURRENCY = 200;
const WARM_UP_SECONDS = 3;
const ENVELOPES = 256;
const MIB = 1024 * 1024;
const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));
const LOAD = fileURLToPath(new URL('load.mjs', import.meta.url));

export async function measureServer() {
  const { seconds } = options();
  const responder = await startResponder();
  const directory = await mkdtemp(join(tmpdir(), 'notarykit-server-'));
  try {
    const file = join(directory, 'server.json');
    await writeFile(file, JSON.stringify(await createFixture(responder)));
    const servers = {
      notarykit: () => startProcess(execPath, ['--expose-gc', CHILD, file], {}),
      'Go, GOMAXPROCS=1': () => startGo('server', file, { GOMAXPROCS: '1' }),
      'Go, every processor': () => startGo('server', file, {}),
    };
    const rows = [];
    for (const [name, start] of Object.entries(servers))
      rows.push({ name, ...(await load(start(), file, seconds)) });
    return { seconds, concurrency: CONCURRENCY, rows };
  } finally {
    await responder.stop();
    await rm(directory, { recursive: true });
  }
}

export function printServer({ seconds, concurrency, rows }) {
  console.log(`a server that verifies, P-256, ${concurrency} requests at a time for ${seconds} s`);
  console.log(
    'server                 requests/s   p50, ms   p99, ms   CPU a request, ms   delay p50, p99, max, ms   heap at both ends, MiB   peak, MiB',
  );
  for (const { name, perSecond, p50, p99, cpuMs, delayMs, heapMiB, peakMiB } of rows) {
    const delays = ['p50', 'p99', 'max'].map((name) => delayMs[name].toFixed(1));
    const figures = [
      perSecond.toFixed(0).padStart(13),
      p50.toFixed(1).padStart(9),
      p99.toFixed(1).padStart(9),
      cpuMs.toFixed(3).padStart(19),
      delays.join(' ').padStart(25),
      heapMiB
        .map((mib) => mib.toFixed(1))
        .join(' ')
        .padStart(24),
      peakMiB.toFixed(1).padStart(11),
    ];
    console.log(`${name.padEnd(19)} ${figures.join(' ')}`);
  }
}

/** The first requests warm the server up; a request that is not answered as it should be fails the measurement. */
async function load(server, file, seconds) {
  try {
    const host = await server.line();
    await sendFor(WARM_UP_SECONDS, host, file);
    const before = await server.run({});
    const { requests, ...times } = await sendFor(seconds, host, file);
    const after = await server.run({});
    return {
      ...times,
      cpuMs: (after.cpuMs - before.cpuMs) / requests,
      delayMs: after.delayMs,
      heapMiB: [before, after].map(({ heapBytes }) => heapBytes / MIB),
      peakMiB: after.peakBytes / MIB,
    };
  } finally {
    await server.end();
  }
}

async function sendFor(seconds, host, file) {
  const args = [LOAD, host, file, String(seconds), String(CONCURRENCY)];
  const { stdout } = await promisify(execFile)(execPath, args, { timeout: seconds * 1000 + 60_000 });
  return JSON.parse(stdout);
}

/** One signer under an intermediate CA, with a CRL for the signer. */
async function createFixture(responder) {
  const root = forgeAuthority({ subject: 'Bench Root' });
  const issuer = forgeAuthority({ subject: 'Bench CA', issuer: root });
  const usages = [
    extensions.keyUsage(['digitalSignature']),
    extensions.extendedKeyUsage([purposes.codeSigning]),
  ];
  const leaf = forgeLeaf({ issuer, extensions: [...usages, extensions.crl([responder.url('/crl')])] });
  const day = 86_400_000;
  responder.answer('/crl', forgeCrl({ issuer, entries: [], nextUpdate: new Date(Date.now() + day) }));
  const certificates = [leaf, issuer, root].map(({ pem }) => pem).join('');
  const signer = await createSigner({ privateKey: leaf.privateKey, certificates });
  const envelopes = await signAll(Array.from({ length: ENVELOPES }, () => signer));
  return { policy: POLICY, stores: { ca: certificatesOf(root.pem) }, envelopes };
}

function options() {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: {
      server: { type: 'boolean' },
      json: { type: 'boolean' },
      seconds: { type: 'string', default: '30' },
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error('--seconds must be a number above 0');
  return { seconds };
}
