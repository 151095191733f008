// Looks up one certificate in one CRL, in a process of its own, and prints how far its memory rose above the start:
//   node crl-memory.mjs <case> <case to warm up with>
// A case is JSON: the chain as base64 of DER, and the file of the CRL. Without a file the CRL is fetched. A file is
// read through one small buffer, to measure the memory of the library and not the garbage of fetch.
import { openSync, readFileSync, readSync, statSync } from 'node:fs';
import { argv, memoryUsage, platform, resourceUsage } from 'node:process';
import { parseCertificate } from 'notarykit/x509';
import { createRevocationChecker } from 'notarykit/x509/revocation';
import { check } from './revocation-checks.mjs';

const [measured, warmUp] = argv.slice(2).map((text) => JSON.parse(text));
// The warm-up loads the code, so that it is not counted.
await lookUp(warmUp);
const before = memoryUsage.rss();
await lookUp(measured);
console.log(JSON.stringify({ peakBytes: peak() - before }));

async function lookUp({ chain, file }) {
  const certificates = chain.map((text) => parseCertificate(Uint8Array.from(Buffer.from(text, 'base64'))));
  await check(createRevocationChecker(file && { fetch: () => readFrom(file) }), certificates);
}

/** On Linux, resourceUsage() starts at the memory of the parent process. */
function peak() {
  if (platform !== 'linux') return resourceUsage().maxRSS * 1024;
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(kibibytes) * 1024;
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
