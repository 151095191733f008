// Runs in a process of its own: imports an entry point, or goes all the way to a first verdict, and prints what it took.
//   node bench/cold-start-child.mjs import notarykit/policy
//   node bench/cold-start-child.mjs verdict fixture.json
import { readFileSync } from 'node:fs';
import { argv, cpuUsage } from 'node:process';

const [, , task, subject] = argv;
console.log(JSON.stringify(task === 'import' ? await timeImport(subject) : await timeVerdict(subject)));

async function timeImport(specifier) {
  const lap = stopwatch();
  await import(specifier);
  return { import: lap() };
}

async function timeVerdict(file) {
  const { settings, envelope } = JSON.parse(readFileSync(file, 'utf8'));
  const { root, policy, ...options } = settings;
  const bytes = new Uint8Array(Buffer.from(envelope, 'base64'));
  const pending = watchWebCrypto();
  const lap = stopwatch();
  const [{ parseTrustPolicy }, { composeVerifier }, { createTrustStore }] = await Promise.all([
    import('notarykit/policy'),
    import('notarykit/verifier'),
    import('notarykit/x509'),
  ]);
  const imported = lap();
  const trustStore = createTrustStore({ 'ca:bench': root });
  const verifier = composeVerifier({ trustStore, trustPolicy: parseTrustPolicy(policy) });
  const prepared = lap();
  await verifier.verifyEnvelope(bytes, options);
  return { import: imported, prepare: prepared, verify: lap(), webCrypto: { wallMs: pending() } };
}

/** Wall and CPU time since the last call. */
function stopwatch() {
  let wall = performance.now();
  let cpu = cpuUsage();
  return () => {
    const { user, system } = cpuUsage(cpu);
    const lap = { wallMs: performance.now() - wall, cpuMs: (user + system) / 1000 };
    wall = performance.now();
    cpu = cpuUsage();
    return lap;
  };
}

/** How long at least one operation of WebCrypto has been under way. */
function watchWebCrypto() {
  const { subtle } = globalThis.crypto;
  let running = 0;
  let since = 0;
  let total = 0;
  for (const name of ['importKey', 'verify', 'digest']) {
    subtle[name] = async (...args) => {
      if (running++ === 0) since = performance.now();
      try {
        return await SubtleCrypto.prototype[name].apply(subtle, args);
      } finally {
        if (--running === 0) total += performance.now() - since;
      }
    };
  }
  return () => total;
}
