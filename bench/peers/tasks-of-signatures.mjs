// Verification with `notarykit`, as a user composes it.
import { createRegistry, createTrustStore, createVerifier, parseTrustPolicy } from 'notarykit';
import { createHttpTransport } from 'notarykit/node';
import { decode, decodeAll } from './decode.mjs';

/**
 * Verifies envelopes by a warm verifier.
 * @param input.fresh - `verifier` for a new one each time, `trust` for a new trust store and policy as well.
 */
export function prepareVerification({ fresh, envelopes, ...trust }) {
  let create = verifiersOf(trust);
  const all = envelopes.map(({ bytes, ...options }) => ({ bytes: decode(bytes), options }));
  let verifier = create();
  return async ({ from, count, renew }) => {
    if (renew) verifier = create();
    for (let i = 0; i < count; i++) {
      if (fresh === 'trust') create = verifiersOf(trust);
      if (fresh) verifier = create();
      const { bytes, options } = all[(from + i) % all.length];
      expectVerified(await verifier.verifyEnvelope(bytes, options));
    }
  };
}

/** Verifies artifacts in a registry, several at a time, with one verifier. */
export function prepareSweep({ references, concurrency, ...trust }) {
  const create = verifiersOf(trust);
  return async ({ from, count }) => {
    const verifier = create({ registry: createRegistry({ transport: createHttpTransport() }) });
    let next = 0;
    const worker = async () => {
      while (next < count)
        expectVerified(await verifier.verify(references[(from + next++) % references.length]));
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  };
}

/** Verifies artifacts in a registry by `evaluateAll`, and keeps all reports. */
export function prepareEvaluateAll({ references, concurrency, ...trust }) {
  const create = verifiersOf(trust);
  return async ({ from, count }) => {
    const verifier = create({ registry: createRegistry({ transport: createHttpTransport() }) });
    const results = await verifier.evaluateAll(references.slice(from, from + count), { concurrency }).all();
    if (results.length !== count) throw new Error(`${results.length} results of ${count} images`);
    for (const { report, error } of results) expectVerified(report ?? { outcome: error.code });
  };
}

function verifiersOf({ policy, stores }) {
  const named = Object.entries(stores).map(([type, certificates]) => [
    `${type}:bench`,
    decodeAll(certificates),
  ]);
  const trustStore = createTrustStore(Object.fromEntries(named));
  const trustPolicy = parseTrustPolicy(policy);
  return (options) => createVerifier({ trustStore, trustPolicy, ...options });
}

function expectVerified({ outcome }) {
  if (outcome !== 'verified') throw new Error(`the outcome is ${outcome}`);
}
