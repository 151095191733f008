// A server that verifies the envelopes in requests, like that of test/interop/notation-speed/server.go: it prints its
// address, then answers each line of its input with the state of the process.
//   node --expose-gc bench/server/child.mjs <file>
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { argv, cpuUsage, memoryUsage, stdin } from 'node:process';
import { createInterface } from 'node:readline';
import { createTrustStore, createVerifier, parseTrustPolicy } from 'notarykit';
import { peakOfProcess } from '../peak-bytes.mjs';
import { decodeAll } from '../peers/decode.mjs';

const MAX_ENVELOPE = 2 ** 20;
const RESOLUTION_MS = 10;

const { policy, stores, envelopes } = JSON.parse(readFileSync(argv[2], 'utf8'));
const verifier = createVerifier({
  trustStore: createTrustStore({ 'ca:bench': decodeAll(stores.ca) }),
  trustPolicy: parseTrustPolicy(policy),
});
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
const server = createServer(answer).listen(0, '127.0.0.1', () => {
  delays.enable();
  console.log(`127.0.0.1:${server.address().port}`);
});
for await (const _ of createInterface({ input: stdin })) console.log(JSON.stringify(state()));
server.closeAllConnections();
server.close();

async function answer(request, response) {
  try {
    const { bytes: _, ...options } = envelopes[Number(request.url.slice(1))];
    const { outcome } = await verifier.verifyEnvelope(await bodyOf(request), options);
    response.end(outcome);
  } catch (error) {
    response.writeHead(403).end(String(error));
  }
}

async function bodyOf(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_ENVELOPE) throw new Error('the envelope is too long');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The delays since the last report, beyond the time between two looks, and the heap after garbage collection. */
function state() {
  const { user, system } = cpuUsage();
  const ms = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  const delayMs = { p50: ms(delays.percentile(50)), p99: ms(delays.percentile(99)), max: ms(delays.max) };
  globalThis.gc();
  const { heapUsed } = memoryUsage();
  delays.reset();
  return { cpuMs: (user + system) / 1000, heapBytes: heapUsed, peakBytes: peakOfProcess(), delayMs };
}
