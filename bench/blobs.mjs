// The time and memory of signing and verifying a blob that is read as a stream; memory must not grow with its size.
import { execFile } from 'node:child_process';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MIB = 1024 * 1024;
const SIZES = [
  ['64 MiB', 64],
  ['4 GiB', 4096],
];
/** The larger blob may take this many MiB more: the garbage collector leaves a different amount each time. */
const MEMORY_SLACK = 64;
const run = promisify(execFile);

export async function measureBlobs() {
  const rows = [];
  for (const [size, mebibytes] of SIZES)
    rows.push({ size, mebibytes, hash: 'runtime', ...(await child(mebibytes)) });
  rows.push({ size: '64 MiB', mebibytes: 64, hash: 'JavaScript', ...(await child(64, 'javascript')) });
  const [small, large] = rows;
  const growth = (large.peakBytes - small.peakBytes) / MIB;
  return {
    rows,
    memoryGrowth: growth,
    memorySlack: MEMORY_SLACK,
    overBudget: growth > MEMORY_SLACK ? ['memory to sign and verify a blob'] : [],
  };
}

export function printBlobs({ rows, memoryGrowth, memorySlack }) {
  console.log('sign and verify a blob as a stream, ECDSA P-256 (a process of its own each)');
  console.log('size     hash of      sign, MiB/s   verify, MiB/s   peak memory, MiB');
  for (const { size, mebibytes, hash, signMs, verifyMs, peakBytes } of rows) {
    const speeds = [signMs, verifyMs].map((ms) => ((mebibytes * 1000) / ms).toFixed(0));
    console.log(
      `${size.padEnd(8)} ${hash.padEnd(10)} ${speeds[0].padStart(13)} ${speeds[1].padStart(15)} ${(peakBytes / MIB).toFixed(1).padStart(18)}`,
    );
  }
  console.log(`4 GiB take ${memoryGrowth.toFixed(1)} MiB more than 64 MiB: at most ${memorySlack}`);
}

async function child(...args) {
  const program = fileURLToPath(new URL('blob-child.mjs', import.meta.url));
  const { stdout } = await run(execPath, [program, ...args.map(String)]);
  return JSON.parse(stdout);
}
