import { createRedact } from '../net/redact.ts';
import type { HttpResponse, TransportPolicy } from '../net/transport.ts';
import { createAuthentication } from '../oci/registry/authentication.ts';
import type { credentialsFrom } from '../oci/registry/credentials.ts';
import { type Access, type HasStatus, isPlain, repositoriesOf } from './access.ts';
import type { Upstream } from './upstreams.ts';

/** Makes the access to an upstream by credentials of the gateway, which all callers share. */
export function ownAccess(
  find: ReturnType<typeof credentialsFrom>,
  upstream: Upstream,
  policy: TransportPolicy,
): Access {
  const { registry, origin, trustedRealms } = upstream;
  const authentication = createAuthentication({
    policy,
    plainHttp: isPlain(upstream),
    credential: (_host, scheme) => find(registry, scheme),
    trustedRealms,
  });
  const authenticator = authentication.authenticatorOf(origin.host);
  const repository = repositoriesOf(upstream, policy, authentication);
  return {
    async send(repository, actions, send) {
      const held = authenticator.held(repository, actions, undefined);
      const first = await send(held && (await held));
      // The challenge of another host, to which a redirect led, is not answered.
      if (first.status !== 401 || !isOf(origin, first)) return first;
      first.discard?.();
      const refusal = refusalOf(first, upstream);
      return send(await authenticator.answer(refusal, repository, actions, held, undefined));
    },
    repository,
  };
}

function isOf({ origin }: URL, { url }: HasStatus): boolean {
  return url === '' || new URL(url).origin === origin;
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
