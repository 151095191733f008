import { createRedact } from '../net/redact.ts';
import type { HttpResponse, TransportPolicy } from '../net/transport.ts';
import { createAuthentication } from '../oci/registry/connection.ts';
import { credentialsFrom } from '../oci/registry/credentials.ts';
import { type Access, type HasStatus, isPlain, registryOf } from './access.ts';
import type { GatewayAuthentication } from './options.ts';
import type { Upstream } from './upstreams.ts';

/** Makes the access to an upstream by credentials of the gateway, which all callers share. */
export function ownAccess(
  credentials: GatewayAuthentication['credentials'],
  upstream: Upstream,
  policy: TransportPolicy,
): Access {
  const { registry, origin, trustedRealms } = upstream;
  const find = credentialsFrom(credentials);
  const authentication = createAuthentication({
    policy,
    plainHttp: isPlain(upstream),
    credential: (_host, scheme) => find(registry, scheme),
    trustedRealms,
  });
  const authenticator = authentication.authenticatorOf(origin.host);
  const shared = registryOf(upstream, policy, authentication);
  return {
    async send(repository, actions, send) {
      const held = authenticator.held(repository, actions, undefined);
      const first = await send(held && (await held));
      if (first.status !== 401) return first;
      const refusal = refusalOf(first, upstream);
      return send(await authenticator.answer(refusal, repository, actions, held, undefined));
    },
    registry: () => shared,
  };
}

/** Describes a refusal whose body is not needed. */
function refusalOf({ status, headers }: HasStatus, { origin }: Upstream): HttpResponse {
  return {
    status,
    headers,
    url: origin,
    peer: origin.host,
    body: new Uint8Array(),
    truncated: false,
    repeated: false,
    redact: createRedact([]),
  };
}
