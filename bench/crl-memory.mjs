// A process that looks up one certificate in one CRL, and prints its status, the bytes that it had more at its peak than
// before, and the time on the main thread in milliseconds, of a first and a second lookup by the same checker:
//   node crl-memory.mjs <case> <case to warm up with>
// A case is JSON: the chain as base64 of DER, and the file of the CRL. Without a file the CRL is fetched. A file is
// read through one small buffer, to measure the memory of the library and not the garbage of fetch.
import { openSync, readFileSync, readSync, statSync } from 'node:fs';
import { argv, memoryUsage, platform } from 'node:process';
import { parseCertificate } from 'notarykit/x509';
import { createRevocationChecker } from 'notarykit/x509/revocation';
import { peakOfProcess } from './peak-bytes.mjs';

const [measured, warmUp] = argv.slice(2).map((text) => JSON.parse(text));
// Code that is loaded for any CRL is not counted.
await lookUp(createChecker(warmUp), warmUp);
const before = memoryUsage.rss();
const checker = createChecker(measured);
const first = await lookUp(checker, measured);
const peakBytes = peakOfProcess() - before;
const second = await lookUp(checker, measured);
console.log(JSON.stringify({ ...first, peakBytes, againMs: second.threadMs }));

function createChecker({ file }) {
  return createRevocationChecker(file && { fetch: () => readFrom(file), timeout: 60_000 });
}

async function lookUp(checker, { chain }) {
  const certificates = chain.map((text) => parseCertificate(Uint8Array.from(Buffer.from(text, 'base64'))));
  const begun = threadMs();
  const [{ status, lookups }] = await checker.check(certificates);
  return { status, message: lookups[0].message, threadMs: threadMs() - begun };
}

/** Time of the main thread on a processor, which on Linux other processes do not lengthen. */
function threadMs() {
  if (platform !== 'linux') return performance.now();
  const [nanoseconds] = readFileSync('/proc/self/schedstat', 'utf8').split(' ');
  return Number(nanoseconds) / 1e6;
}

function readFrom(path) {
  const descriptor = openSync(path);
  const buffer = new Uint8Array(64 * 1024);
  const body = new ReadableStream(
    {
      pull(controller) {
        const length = readSync(descriptor, buffer, 0, buffer.length, null);
        if (length === 0) controller.close();
        else controller.enqueue(buffer.subarray(0, length));
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { 'content-length': String(statSync(path).size) } });
}
