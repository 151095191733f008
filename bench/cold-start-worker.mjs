// The worker of a user, which verifies the envelope in a request. The bench bundles it with its settings.
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
