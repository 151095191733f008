// Times revocation checks of a leaf, over loopback: by OCSP, and by CRLs of several sizes. Memory is measured in a
// process of its own, which looks up one certificate in one CRL: how far it rises above the start.
import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { extensions, forgeAuthority, forgeCrl, forgeCrlEntry, forgeLeaf, forgeOcsp } from './forge.mjs';
import { startResponder } from './responder.mjs';
import { measureChecks } from './revocation-checks.mjs';

const MIB = 1024 * 1024;
const SIZES = [
  ['1 kB', 1000],
  ['1 MiB', MIB],
  ['16 MiB', 16 * MIB],
];
/** The most bytes of memory per byte of CRL. */
// Runs give 1.9 to 2.05: garbage of the runtime that is not collected yet counts, too.
const MEMORY_BUDGET = 2.2;
const run = promisify(execFile);

export async function measureRevocation() {
  const directory = await mkdtemp(join(tmpdir(), 'notarykit-bench-'));
  const server = await startResponder();
  try {
    const ocsp = await measureOcsp(server);
    const crls = [];
    const cases = await Promise.all(SIZES.map(([, bytes]) => createCase(server, directory, bytes)));
    for (const [i, [size]] of SIZES.entries()) crls.push({ size, ...(await measureCrl(cases[i], cases[0])) });
    const [, medium, large] = crls;
    const memoryRatio = (large.peakBytes - medium.peakBytes) / (large.bytes - medium.bytes);
    return {
      ocsp,
      crls,
      memoryRatio,
      memoryBudget: MEMORY_BUDGET,
      overBudget: memoryRatio > MEMORY_BUDGET ? ['memory to look up in a CRL'] : [],
    };
  } finally {
    await server.stop();
    await rm(directory, { recursive: true });
  }
}

export function printRevocation({ ocsp, crls, memoryRatio, memoryBudget }) {
  console.log(
    'check whether one certificate is revoked, over loopback (medians; cached: kept by the checker)',
  );
  console.log(
    'how            entries   first, ms   cached, µs   peak memory, MiB   with the garbage of fetch',
  );
  console.log(`${'OCSP'.padEnd(22)} ${timesOf(ocsp)}`);
  for (const { size, entries, peakBytes, peakWithFetchBytes, ...times } of crls) {
    const name = `${`CRL ${size}`.padEnd(12)} ${String(entries).padStart(9)}`;
    const [peak, withFetch] = [peakBytes, peakWithFetchBytes].map((bytes) => (bytes / MIB).toFixed(1));
    console.log(`${name} ${timesOf(times)} ${peak.padStart(18)} ${withFetch.padStart(27)}`);
  }
  console.log(
    `from 1 MiB to 16 MiB each byte of CRL takes ${memoryRatio.toFixed(2)} bytes: at most ${memoryBudget}`,
  );
}

function timesOf({ firstMs, cachedMs }) {
  return `${firstMs.toFixed(2).padStart(11)} ${(cachedMs * 1000).toFixed(1).padStart(12)}`;
}

async function measureOcsp(server) {
  const root = forgeAuthority({ subject: 'Bench Root', key: 'RSA-2048' });
  const leaf = forgeLeaf({
    issuer: root,
    extensions: [extensions.keyUsage(['digitalSignature']), extensions.ocsp([server.url('/ocsp')])],
  });
  server.answer('/ocsp', forgeOcsp({ signer: root, responses: [{ certificate: leaf, issuer: root }] }));
  return measureChecks([leaf.der, root.der], { rounds: 60 });
}

/** A chain of a leaf and a root, and the CRL of the root, served and in a file. */
async function createCase(server, directory, size) {
  const root = forgeAuthority({ subject: 'Bench Root', key: 'RSA-2048' });
  const path = `/crl/${size}`;
  const leaf = forgeLeaf({
    issuer: root,
    extensions: [extensions.keyUsage(['digitalSignature']), extensions.crl([server.url(path)])],
  });
  const { crl, entries } = crlOf(root, size);
  server.answer(path, crl);
  const file = join(directory, String(size));
  await writeFile(file, crl);
  return { chain: [leaf.der, root.der], file, bytes: crl.length, entries };
}

async function measureCrl({ chain, file, bytes, entries }, smallest) {
  const times = await measureChecks(chain, { rounds: bytes > MIB * 2 ? 9 : 60 });
  return {
    bytes,
    entries,
    ...times,
    peakBytes: await peakOf({ chain, file }, smallest),
    peakWithFetchBytes: await peakOf({ chain }, { chain: smallest.chain }),
  };
}

async function peakOf(...cases) {
  const texts = cases.map(({ chain, file }) =>
    JSON.stringify({ chain: chain.map((der) => Buffer.from(der).toString('base64')), file }),
  );
  const program = fileURLToPath(new URL('crl-memory.mjs', import.meta.url));
  const { stdout } = await run(execPath, [program, ...texts]);
  return JSON.parse(stdout).peakBytes;
}

/** Makes a CRL of roughly a size, whose entries have random serial numbers and a reason. */
export function crlOf(issuer, size) {
  const serialNumber = randomFillSync(new Uint8Array(16)).fill(1, 0, 1);
  const entry = forgeCrlEntry({ serialNumber, reason: 1 });
  const start = Buffer.from(entry).indexOf(serialNumber);
  const entries = Math.round((size - forgeCrl({ issuer, entries: [] }).length) / entry.length);
  const all = new Uint8Array(entries * entry.length);
  for (let i = 0; i < entries; i++) {
    all.set(entry, i * entry.length);
    randomFillSync(all, i * entry.length + start + 1, serialNumber.length - 1);
  }
  return { crl: forgeCrl({ issuer, entries: [all] }), entries };
}
