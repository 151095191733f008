import * as z from 'zod/mini';
import { decodeBase64, encodeBase64 } from '../../encoding/base64.ts';
import { decodeUtf8, encodeUtf8 } from '../../encoding/bytes.ts';
import { once } from '../../encoding/once.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';

/** Authenticates a client to a registry, in the forms of Docker's configuration file. */
export type Credential =
  | {
      /** Without a colon. */
      username: string;
      password: string;
    }
  | {
      /** An OAuth 2.0 refresh token: exchanged for access tokens at the token server of the registry. */
      identityToken: string;
    }
  | {
      /** A bearer token, which is sent to the registry as it is. */
      registryToken: string;
    };

/**
 * Finds the credential of a registry.
 *
 * @param registry - The host and port as references name them; `docker.io` for Docker Hub.
 * @returns The credential, or `undefined` to stay anonymous.
 */
export type CredentialSource = (registry: string) => Credential | undefined | Promise<Credential | undefined>;

const credentialsSchema = /* @__PURE__ */ once(() =>
  z.union([
    z.object({ username: z.string().check(z.regex(/^[^:]*$/)), password: z.string() }),
    z.object({ identityToken: z.string().check(z.minLength(1)) }),
    z.object({ registryToken: z.string().check(z.minLength(1)) }),
  ]),
);

/** Returns what finds the credential of a registry, and checks it. */
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
    // The reason is not given: it would show the credential.
    const forms = 'a username without a colon and a password, an identityToken or a registryToken';
    throw argumentInvalid(`the credential for ${registry} is not ${forms}`);
  };
}

/** Returns the password in an Authorization header, if there is one. */
export function passwordsIn(authorization: string | undefined): string[] {
  const [scheme, value = ''] = authorization?.split(' ') ?? [];
  if (scheme !== 'Basic') return [];
  return [decodeUtf8(decodeBase64(value)).replace(/^[^:]*:/, '')];
}

/** Makes the Authorization header of a user name and a password (RFC 7617). */
export function basicHeader({ username, password }: { username: string; password: string }): string {
  return `Basic ${encodeBase64(encodeUtf8(`${username}:${password}`))}`;
}
