// The worker of a user: it verifies the envelope that a request carries. Bundled by the bench, with its settings.
import { parseTrustPolicy } from 'notarykit/policy';
import { composeVerifier } from 'notarykit/verifier';
import { createTrustStore } from 'notarykit/x509';

export function createWorker({ root, policy, ...options }) {
  const verifier = composeVerifier({
    trustStore: createTrustStore({ 'ca:bench': root }),
    trustPolicy: parseTrustPolicy(policy),
  });
  return {
    async fetch(request) {
      const envelope = new Uint8Array(await request.arrayBuffer());
      const { outcome } = await verifier.verifyEnvelope(envelope, options);
      return new Response(outcome);
    },
  };
}
