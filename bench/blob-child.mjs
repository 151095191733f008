// Signs and verifies a blob of zeros, which is never in memory as a whole, in a process of its own. Prints the time and
// how far the memory of the process rose above the start. Arguments: MiB, and `javascript` to hash
// without the modules of the runtime, as a browser must.
import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { createSigner, createTrustStore, parseBlobTrustPolicy, signBlob, verifyBlob } from 'notarykit';
import { generateTestCertificate } from 'notarykit/testing';
import { peakOfProcess } from './peak-bytes.mjs';

const MIB = 1024 * 1024;
const [, , mebibytes, how] = argv;

if (how === 'javascript') delete globalThis.process.getBuiltinModule;

const certificate = await generateTestCertificate({ name: 'bench.example', keySpec: 'EC-256' });
const signer = await createSigner(certificate);
const options = {
  trustStore: createTrustStore({ 'ca:bench': certificate.root }),
  trustPolicy: parseBlobTrustPolicy({
    version: '1.0',
    trustPolicies: [
      {
        name: 'releases',
        globalPolicy: true,
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:bench'],
        trustedIdentities: ['*'],
      },
    ],
  }),
};

// A first run loads and compiles the code, so that this is not counted.
await measure(1);
writeFileSync('/proc/self/clear_refs', '5');
const before = peakOfProcess();
const times = await measure(Number(mebibytes));
console.log(JSON.stringify({ ...times, peakBytes: peakOfProcess() - before }));

async function measure(count) {
  const started = performance.now();
  const { signature, artifact } = await signBlob(stream(count), { signer });
  const signed = performance.now();
  const report = await verifyBlob(stream(count), signature, options);
  const verified = performance.now();
  if (report.outcome !== 'verified' || artifact.size !== count * MIB) throw new Error('it was not verified');
  return { signMs: signed - started, verifyMs: verified - signed };
}

/** Chunks with buffers of their own, like those of a file or a download. */
function stream(count) {
  let left = count * 16;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(MIB / 16));
      else controller.close();
    },
  });
}
