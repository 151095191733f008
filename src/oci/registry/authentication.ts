import { BoundedCache } from '../../encoding/bounded-cache.ts';
import { createTokenCache } from '../../net/token-cache.ts';
import type { TransportPolicy } from '../../net/transport.ts';
import { type Authenticator, createAuthenticator } from './auth.ts';
import type { credentialsFrom } from './credentials.ts';
import { originOf, wantsPlainHttp } from './origin.ts';
import { createSendCredential, type SendCredential } from './rejections.ts';

/** Limits in bytes: names of registries and tokens come from outside. */
const MAX_AUTHENTICATORS = 1024 * 1024;
const MAX_RENEWALS = 4 * 1024 * 1024;
/** The memory that an authenticator takes. */
const AUTHENTICATOR = 1024;

/** How requests to registries are authenticated. */
export interface Authentication {
  /** Returns the one authenticator of a registry. */
  authenticatorOf(registry: string): Authenticator;
  /** Sends what carries a user name and a password. */
  readonly sendCredential: SendCredential;
}

/** Options of {@link createAuthentication}. */
export interface AuthenticationOptions {
  policy: TransportPolicy;
  plainHttp: boolean | readonly string[] | undefined;
  credential: ReturnType<typeof credentialsFrom>;
  /** The hosts that token servers may have, in canonical form; any by default. */
  trustedRealms?: readonly string[] | undefined;
}

/** Authenticates with the credentials of each registry. The authenticators share one store of Authorization headers. */
export function createAuthentication({
  policy,
  plainHttp,
  credential,
  trustedRealms,
}: AuthenticationOptions): Authentication {
  const headers = createTokenCache<string>();
  const renewals = new BoundedCache<string>(MAX_RENEWALS);
  const sendCredential = createSendCredential();
  const authenticators = new BoundedCache<Authenticator>(MAX_AUTHENTICATORS);
  const make = (registry: string) => {
    const origin = originOf(registry, plainHttp);
    return createAuthenticator({
      registry,
      headers,
      renewals,
      sendCredential,
      policy,
      origin,
      plainHttp: wantsPlainHttp(registry, plainHttp),
      trustedRealms,
      credential: () => credential(registry, origin.protocol),
    });
  };
  return {
    sendCredential,
    authenticatorOf: (registry) =>
      authenticators.getOrMake(registry, () => make(registry), { bytes: AUTHENTICATOR }),
  };
}
