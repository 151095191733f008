import {
  createPullGateway,
  type PullGateway,
  type PullGatewayOptions,
} from '../../../../src/gateway/index.ts';
import {
  createRegistry,
  createTrustStore,
  createVerdictCache,
  createVerifier,
  type VerdictCacheOptions,
  type Verifier,
} from '../../../../src/index.ts';

type Policy = { version: string; trustPolicies: object[] };

/** What a gateway is set up with, as plain data: a Worker gets it as a binding. */
export interface GatewaySettings {
  /** Host of the registry behind the gateway. */
  upstream: string;
  trustPolicy: Policy;
  /** The certificate in the named store `ca:acme`, in PEM. */
  root: string;
}

/** A gateway in front of one registry. */
export function createGateway(
  { upstream, trustPolicy, root }: GatewaySettings,
  storage: VerdictCacheOptions['storage'],
  options: Partial<PullGatewayOptions> = {},
): PullGateway {
  const verdictCache = createVerdictCache({ storage, secret: 'shared by all isolates' });
  const verifier = createGatewayVerifier({ trustPolicy, root, verdictCache });
  return createPullGateway({ verifier, upstreams: upstream, verdictCache, ...options });
}

/** What decides in a gateway. */
export function createGatewayVerifier({
  trustPolicy,
  root,
  verdictCache,
}: Omit<GatewaySettings, 'upstream'> & {
  verdictCache?: ReturnType<typeof createVerdictCache>;
}): Verifier {
  return createVerifier({
    trustPolicy,
    trustStore: createTrustStore({ 'ca:acme': root }),
    registry: createRegistry(),
    verdictCache,
  });
}
