// The gateway, for each runtime: what it trusts, and where it stores its verdicts.
import { createPullGateway, type PullGateway, type PullGatewayOptions } from 'notarykit/gateway';
import {
  composeVerifier,
  createVerdictCache,
  type VerdictCacheOptions,
  type VerifierOptions,
} from 'notarykit/verifier';
import { createTrustStore } from 'notarykit/x509';
import { createRevocationChecker } from 'notarykit/x509/revocation';
import { verifyTimestamp } from 'notarykit/x509/timestamp';

/** What the runtimes have in different places. */
export interface Settings {
  /** The registry, as references name it. */
  upstream: string;
  mode?: PullGatewayOptions['mode'];
  /** The trust policy, as JSON or as its value. */
  trustPolicy: VerifierOptions['trustPolicy'];
  /** The root certificate of the store `ca:acme`, in PEM. */
  root: string;
  storage: VerdictCacheOptions['storage'];
  /** At least 16 bytes that only gateways with the same storage know. */
  secret: string;
}

export function createGateway({ upstream, mode, trustPolicy, root, storage, secret }: Settings): PullGateway {
  const verdictCache = createVerdictCache({ storage, secret, maxAge: 10 * 60_000 });
  const trustStore = createTrustStore({ 'ca:acme': root });
  // `createVerifier` of notarykit has a client of registries, too, which a gateway does not use: a tenth of the bundle.
  const verifier = composeVerifier({
    trustPolicy,
    trustStore,
    verdictCache,
    revocation: createRevocationChecker(),
    timestamp: verifyTimestamp,
  });
  return createPullGateway({
    upstreams: upstream,
    mode,
    verifier,
    verdictCache,
    staleIfError: 60 * 60_000,
    onEvent: ({ report, ...event }) => console.log(JSON.stringify(event)),
  });
}
