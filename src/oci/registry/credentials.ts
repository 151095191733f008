import { decodeBase64, encodeBase64 } from '../../encoding/base64.ts';
import { decodeUtf8, encodeUtf8 } from '../../encoding/bytes.ts';
import { tryConform } from '../../encoding/document.ts';
import { lazy } from '../../encoding/lazy.ts';
import { canonicalHost, DOCKER_HUB } from '../../encoding/registry-host.ts';
import * as s from '../../encoding/schema.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';

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
 * @param registry - The host and port as the reference spells them; `docker.io` for Docker Hub. If that finds nothing
 * it is called once more with the canonical form: lower case, IPv4 addresses as four numbers, without the default port.
 * @returns The credential, or `undefined` to stay anonymous.
 */
export type CredentialSource = (registry: string) => Credential | undefined | Promise<Credential | undefined>;

const credentialsSchema = /* @__PURE__ */ lazy(() =>
  s.either(
    'credential',
    s.object({
      username: s.refine(s.string(), (name) => !name.includes(':'), 'no colon expected'),
      password: s.string(),
    }),
    s.object({ identityToken: s.string({ min: 1 }) }),
    s.object({ registryToken: s.string({ min: 1 }) }),
  ),
);

/**
 * Returns a function that finds the credential of a registry and checks it. Another spelling of the registry finds the
 * same credential if both lead to the same host and port over the scheme in use.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a key that is not a registry
 */
export function credentialsFrom(
  credentials: Readonly<Record<string, Credential>> | CredentialSource = {},
): (registry: string, scheme: string) => Promise<Credential | undefined> {
  const find = typeof credentials === 'function' ? inEitherSpelling(credentials) : inAnySpelling(credentials);
  return async (registry, scheme) => {
    const credential = await find(registry, scheme);
    if (credential === undefined) return undefined;
    const known = tryConform(credentialsSchema(), credential);
    if (known) return known;
    // The error has no cause: that would show the credential.
    const forms = 'a username without a colon and a password, an identityToken or a registryToken';
    throw argumentInvalid(`the credential for ${quote(registry)} is not ${forms}`);
  };
}

/** Calls a source with the spelling of the reference, then with the canonical form. */
function inEitherSpelling(source: CredentialSource) {
  return async (registry: string, scheme: string) => {
    const credential = await source(registry);
    const host = canonicalHost(registry, scheme) ?? registry;
    return credential === undefined && host !== registry ? source(host) : credential;
  };
}

function inAnySpelling(credentials: Readonly<Record<string, Credential>>) {
  const keys = Object.keys(credentials);
  const wrong = keys.find((key) => canonicalHost(key) === undefined);
  if (wrong !== undefined) {
    throw argumentInvalid(
      `credentials has the key ${quote(wrong)}, which is not a registry; write its host and port as references do, ` +
        `such as "registry.example.com:5000" or "${DOCKER_HUB}"`,
    );
  }
  return async (registry: string, scheme: string) => {
    const host = canonicalHost(registry, scheme);
    const same = keys.find((key) => canonicalHost(key, scheme) === host);
    const key = keys.includes(registry) ? registry : same;
    return key === undefined ? undefined : credentials[key];
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
