import type { HttpTransport } from '../net/send.ts';
import type { HttpResponse, TransportPolicy } from '../net/transport.ts';
import type { Actions, Authenticator } from '../oci/registry/auth.ts';
import type { Authentication } from '../oci/registry/authentication.ts';
import { createConnector } from '../oci/registry/connection.ts';
import { responseError } from '../oci/registry/failure.ts';
import { fetchBlob } from '../oci/registry/fetch-blob.ts';
import { fetchManifest, resolveManifest } from '../oci/registry/manifests.ts';
import { registryPolicy } from '../oci/registry/policy.ts';
import { listReferrers } from '../oci/registry/referrers.ts';
import { createReferrersApiMemory } from '../oci/registry/referrers-api.ts';
import type { Repository } from '../oci/repository.ts';
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
  /** Returns a repository as the caller may read it, with which an artifact of the caller is evaluated. */
  repository(name: string): ReadableRepository;
  /** The challenge with which the upstream refused to go on with an evaluation, if it did. */
  readonly challenge?: string | undefined;
}

/** The operations that an evaluation needs: a gateway stores nothing. */
export type ReadableRepository = Pick<Repository, 'resolve' | 'fetchManifest' | 'fetchBlob' | 'referrers'>;

/** Of a response what tells whether it was refused, and by whom: the URL after redirects, or an empty string without any. */
export type HasStatus = Pick<HttpResponse, 'status' | 'headers'> & {
  url: string;
  /** Ends the response, if its body has not been read. */
  discard?: (() => void) | undefined;
};

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
    repository: (name) =>
      repositoriesOf(upstream, policy, {
        authenticatorOf: () => authenticator,
        sendCredential: (_use, send) => send(),
      })(name),
    get challenge() {
      return challenge;
    },
  };
}

/** Makes a function that connects to the repositories of an upstream. */
export function repositoriesOf(
  upstream: Upstream,
  policy: TransportPolicy,
  authentication: Authentication,
): (name: string) => ReadableRepository {
  const connect = createConnector({
    policy,
    plainHttp: isPlain(upstream),
    authentication,
    uploadHosts: [],
  });
  const referrersApiOf = createReferrersApiMemory();
  return (name) => {
    const connection = connect(upstream.origin.host, name);
    const api = referrersApiOf(name);
    return {
      resolve: (target, options) => resolveManifest(connection, target, options),
      fetchManifest: (descriptor, options) => fetchManifest(connection, descriptor, options),
      fetchBlob: (descriptor, options) => fetchBlob(connection, descriptor, options),
      referrers: (subject, options) => listReferrers(connection, api, subject, options),
    };
  };
}

/** Reports whether an upstream is reached over plain HTTP. */
export function isPlain({ origin }: Upstream): boolean {
  return origin.protocol === 'http:';
}
