// Looks a certificate up in CRLs of 31 MiB that are made to be expensive, each in a process of its own: how much memory
// and how much time of the main thread they take, and how much time the same checker needs in a second lookup.
import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { extensions, forgeAuthority, forgeCrl, forgeCrlEntry, forgeLeaf } from './forge.mjs';

const MIB = 1024 * 1024;
const SIZE = 31 * MIB;
/** Bytes of memory for each byte of a CRL, and milliseconds of the main thread. */
const BUDGET = { memory: 2.5, threadMs: 300 };
const URL = 'http://crl.example/list';
const run = promisify(execFile);

export async function measureHostileCrls() {
  const program = fileURLToPath(new globalThis.URL('crl-memory.mjs', import.meta.url));
  const directory = await mkdtemp(join(tmpdir(), 'notarykit-bench-'));
  const root = forgeAuthority({ subject: 'Bench Root', key: 'RSA-2048' });
  const leaf = forgeLeaf({
    issuer: root,
    extensions: [extensions.keyUsage(['digitalSignature']), extensions.crl([URL])],
  });
  const chain = [leaf.der, root.der].map((der) => Buffer.from(der).toString('base64'));
  const caseOf = async (name, crl) => {
    const file = join(directory, name.replaceAll(' ', '-'));
    await writeFile(file, crl);
    return JSON.stringify({ chain, file });
  };
  const warmUp = await caseOf('small', forgeCrl({ issuer: root, entries: [] }));
  try {
    const crls = [];
    for (const [name, make] of Object.entries(HOSTILE)) {
      const crl = make(root, leaf);
      const { stdout } = await run(execPath, [program, await caseOf(name, crl), warmUp]);
      const { peakBytes, ...found } = JSON.parse(stdout);
      crls.push({ name, bytes: crl.length, memory: peakBytes / crl.length, ...found });
    }
    const overBudget = crls.flatMap(({ name, memory, threadMs }) => [
      ...(memory > BUDGET.memory ? [`memory for a hostile CRL: ${name}`] : []),
      ...(threadMs > BUDGET.threadMs ? [`time for a hostile CRL: ${name}`] : []),
    ]);
    return { crls, budget: BUDGET, overBudget };
  } finally {
    await rm(directory, { recursive: true });
  }
}

export function printHostileCrls({ crls, budget }) {
  console.log(
    `look a certificate up in a hostile CRL of 31 MiB (at most ${budget.memory} bytes a byte, ${budget.threadMs} ms)`,
  );
  console.log(`${'CRL'.padEnd(42)} bytes a byte   on the thread, ms   again, ms   status`);
  for (const { name, memory, threadMs, againMs, status } of crls) {
    const [bytes, first, again] = [memory.toFixed(2), threadMs.toFixed(0), againMs.toFixed(1)];
    console.log(
      `${name.padEnd(42)} ${bytes.padStart(12)} ${first.padStart(19)} ${again.padStart(11)}   ${status}`,
    );
  }
}

const long = (length) => 'a'.repeat(length);
const smallest = (serial) =>
  forgeCrlEntry({ serialNumber: Uint8Array.from(serial), time: new Date('2026-01-01T00:00:00Z') });
const filled = (issuer, entry) => {
  const entries = Buffer.alloc(Math.floor((SIZE - 4096) / entry.length) * entry.length, entry);
  return forgeCrl({ issuer, entries: [entries] });
};

const HOSTILE = {
  'unsigned, one URL': (issuer) =>
    forgeCrl({ issuer, scope: { addresses: [long(SIZE - 4096)] }, corruptSignature: true }),
  'unsigned, millions of URLs': (issuer) =>
    forgeCrl({ issuer, scope: manyUrls(SIZE - 4096), corruptSignature: true }),
  'signed, one URL': (issuer) => forgeCrl({ issuer, scope: { addresses: [long(SIZE - 4096)] } }),
  'signed, millions of URLs': (issuer) => forgeCrl({ issuer, scope: manyUrls(SIZE - 4096) }),
  'signed, one URL of its delta CRL': (issuer) => forgeCrl({ issuer, freshest: [long(SIZE - 4096)] }),
  'unsigned, smallest entries': (issuer) => {
    const crl = filled(issuer, smallest([1]));
    crl[crl.length - 1] ^= 1;
    return crl;
  },
  'signed, smallest entries': (issuer) => filled(issuer, smallest([1])),
  'signed, small entries in no order': (issuer) => {
    const entry = smallest([0x40, 0, 0, 0]);
    const at = Buffer.from(entry).indexOf(Uint8Array.of(0x40, 0, 0, 0)) + 1;
    const entries = Buffer.alloc(Math.floor((SIZE - 4096) / entry.length) * entry.length, entry);
    for (let start = at; start < entries.length; start += entry.length) randomFillSync(entries, start, 3);
    return forgeCrl({ issuer, entries: [entries] });
  },
  'signed, entries about the certificate': (issuer, { serialNumber }) =>
    filled(issuer, smallest(serialNumber)),
  'signed, entries of the same hash': (issuer, { serialNumber }) =>
    filled(issuer, smallest([1, ...serialNumber.slice(-4)])),
  'signed, one entry of many extensions': (issuer) => {
    const extension = extensions.of('1.2.3', new Uint8Array());
    const many = Buffer.alloc(Math.floor((SIZE - 4096) / extension.length) * extension.length, extension);
    return forgeCrl({ issuer, entries: [{ serialNumber: Uint8Array.of(1), extensions: [many] }] });
  },
  'PEM of empty lines': () =>
    Buffer.concat([
      Buffer.from('-----BEGIN X509 CRL-----\n'),
      Buffer.alloc(SIZE - 4096, '\n'),
      Buffer.from('-----END X509 CRL-----\n'),
    ]),
};

function manyUrls(length) {
  const url = Uint8Array.of(0x86, 0);
  const names = new Uint8Array(length).map((_, i) => url[i % 2]);
  const size = (bytes) => [0x84, ...[24, 16, 8, 0].map((shift) => (bytes >> shift) & 0xff)];
  const wrap = (tag, content) => Buffer.concat([Uint8Array.of(tag, ...size(content.length)), content]);
  return wrap(0x30, wrap(0xa0, wrap(0xa0, names)));
}
