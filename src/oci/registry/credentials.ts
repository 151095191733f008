import * as z from 'zod/mini';
import { once } from '../../encoding/once.ts';
import { NotationError } from '../../errors/index.ts';

/** How to prove to a registry who one is, as Docker's configuration file holds it. */
export type Credential =
  | {
      /** Without a colon. */
      username: string;
      password: string;
    }
  | {
      /** An OAuth 2.0 refresh token: exchanged for an access token at the token server of the registry. */
      identityToken: string;
    }
  | {
      /** A bearer token, sent to the registry as it is. */
      registryToken: string;
    };

/**
 * Finds the credential of a registry.
 *
 * @param registry - The host and port as references name them; `docker.io` for Docker Hub.
 * @returns The credential, or nothing to stay anonymous.
 */
export type CredentialSource = (registry: string) => Credential | undefined | Promise<Credential | undefined>;

const credentialsSchema = /* @__PURE__ */ once(() =>
  z.union([
    z.object({ username: z.string().check(z.regex(/^[^:]*$/)), password: z.string() }),
    z.object({ identityToken: z.string().check(z.minLength(1)) }),
    z.object({ registryToken: z.string().check(z.minLength(1)) }),
  ]),
);

/** The credential of each registry, checked when it is asked for. */
export function credentialsFrom(
  credentials: Readonly<Record<string, Credential>> | CredentialSource = {},
): (registry: string) => Promise<Credential | undefined> {
  const find: CredentialSource =
    typeof credentials === 'function'
      ? credentials
      : (registry) => (Object.hasOwn(credentials, registry) ? credentials[registry] : undefined);
  return async (registry) => {
    const credential = await find(registry);
    if (credential === undefined) return undefined;
    const { data } = credentialsSchema().safeParse(credential);
    if (data) return data;
    // What is wrong with it is not said: that would show it.
    const forms = 'a username without a colon and a password, an identityToken or a registryToken';
    throw new NotationError('ERR_ARGUMENT_INVALID', `the credential for ${registry} is not ${forms}`);
  };
}
