import { createPullGateway, type PullGateway, type PullGatewayOptions } from '../../../../src/gateway/index.ts';
import {
  createRegistry,
  createTrustStore,
  createVerdictCache,
  createVerifier,
  type VerdictCacheOptions,
} from '../../../../src/index.ts';

/** What a gateway is set up with, as plain data: a Worker gets it as a binding. */
export interface GatewaySettings extends Pick<PullGatewayOptions, 'challenges' | 'mode'> {
  /** Host of the registry behind the gateway. */
  upstream: string;
  trustPolicy: object;
  /** The certificate in the named store `ca:acme`, in PEM. */
  root: string;
}

/** A gateway in front of one registry. */
export function createGateway(
  { upstream, trustPolicy, root, ...options }: GatewaySettings,
  storage: VerdictCacheOptions['storage'],
): PullGateway {
  const verdictCache = createVerdictCache({ storage, secret: 'shared by all isolates' });
  const verifier = createVerifier({
    trustPolicy,
    trustStore: createTrustStore({ 'ca:acme': root }),
    registry: createRegistry(),
    verdictCache,
  });
  return createPullGateway({ verifier, upstreams: upstream, verdictCache, ...options });
}
