import type { HttpTransport } from '../net/send.ts';
import type { HttpResponse, TransportPolicy } from '../net/transport.ts';
import type { Actions, Authenticator } from '../oci/registry/auth.ts';
import type { Authentication } from '../oci/registry/authentication.ts';
import { createConnector } from '../oci/registry/connection.ts';
import { responseError } from '../oci/registry/failure.ts';
import { registryPolicy } from '../oci/registry/policy.ts';
import { createReferrersApiMemory } from '../oci/registry/referrers-api.ts';
import { registryOver } from '../oci/registry/registry.ts';
import type { Registry } from '../oci/repository.ts';
import type { Upstream } from './upstreams.ts';

const RETRIES = 2;

/** How the requests of one caller to an upstream are authenticated. */
export interface Access {
  /** Sends a request with an Authorization header, and once more if another one is to be had for a refused one. */
  send<R extends HasStatus>(
    repository: string,
    actions: Actions,
    send: (authorization: string | undefined) => Promise<R>,
  ): Promise<R>;
  /** Makes the registry with which the caller's artifacts are evaluated. */
  registry(): Registry;
  /** The challenge with which the upstream refused to go on with an evaluation, if it did. */
  readonly challenge?: string | undefined;
}

/** Of a response what tells whether it was refused, and by whom: the URL after redirects, or an empty string without any. */
export type HasStatus = Pick<HttpResponse, 'status' | 'headers'> & { url: string };

/** Returns the policy for requests to upstreams. */
export function upstreamPolicy(transport: HttpTransport, timeout: number): TransportPolicy {
  return registryPolicy({ fetch: undefined, transport, timeout, retries: RETRIES });
}

/**
 * Makes the access of a caller by the caller's own Authorization header, or without one. What the upstream refuses to the
 * caller is refused.
 */
export function callerAccess(
  authorization: string | undefined,
  upstream: Upstream,
  policy: TransportPolicy,
): Access {
  let challenge: string | undefined;
  const authenticator: Authenticator = {
    held: () => (authorization === undefined ? undefined : Promise.resolve(authorization)),
    answer: async (refusal) => {
      challenge = refusal.headers.get('www-authenticate') ?? undefined;
      throw responseError(refusal);
    },
  };
  return {
    send: (_repository, _actions, send) => send(authorization),
    registry: () =>
      registryOf(upstream, policy, {
        authenticatorOf: () => authenticator,
        sendCredential: (_use, send) => send(),
      }),
    get challenge() {
      return challenge;
    },
  };
}

/** Makes the client of one upstream. */
export function registryOf(
  upstream: Upstream,
  policy: TransportPolicy,
  authentication: Authentication,
): Registry {
  const connect = createConnector({
    policy,
    plainHttp: isPlain(upstream),
    authentication,
    uploadHosts: [],
  });
  return registryOver(connect, createReferrersApiMemory());
}

/** Reports whether an upstream is reached over plain HTTP. */
export function isPlain({ origin }: Upstream): boolean {
  return origin.protocol === 'http:';
}
