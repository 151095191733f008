// The gateway of a user, with the verdicts in the memory of its isolate.
import { createTrustStore, createVerdictCache, createVerifier } from 'notarykit';
import { createPullGateway } from 'notarykit/gateway';

export function createGatewayWorker(settings) {
  let gateway;
  return {
    fetch(request, _environment, context) {
      gateway ??= createGateway(settings);
      return gateway.fetch(request, context);
    },
  };
}

function createGateway({ upstream, policy, stores }) {
  const certificates = stores.ca.map((base64) => Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)));
  const verdictCache = createVerdictCache({ storage: new Map(), secret: 'known to this isolate alone' });
  const trustStore = createTrustStore({ 'ca:bench': certificates });
  const verifier = createVerifier({ trustPolicy: policy, trustStore, verdictCache });
  return createPullGateway({ upstreams: upstream, verifier, verdictCache });
}
