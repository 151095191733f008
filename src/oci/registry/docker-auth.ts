import { decodeBase64 } from '../../encoding/base64.ts';
import { decodeUtf8 } from '../../encoding/bytes.ts';
import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import { trimEnd } from '../../encoding/trim-end.ts';
import { isNotationError, type NotationError } from '../../errors/index.ts';
import type { Credential } from './credentials.ts';

/** Go reads `null` as if the member were missing. */
const text = () => s.nullish(s.string());

/** The entry of a registry in Docker's configuration, under `auths`. */
export const dockerAuthSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    auth: text(),
    username: text(),
    password: text(),
    identitytoken: text(),
    registrytoken: text(),
  }),
);

export type DockerAuth = s.Infer<ReturnType<typeof dockerAuthSchema>>;

/**
 * Returns the credential in the entry of a registry; `undefined` if it has none.
 * @param malformed - Makes the error of an entry that cannot be read. It must not show the entry.
 */
export function credentialOfAuth(entry: DockerAuth, malformed: () => NotationError): Credential | undefined {
  const { identitytoken, registrytoken, auth } = entry;
  if (identitytoken) return { identityToken: identitytoken };
  if (registrytoken) return { registryToken: registrytoken };
  if (!auth) return usable(entry);
  const pair = decodePair(auth);
  if (pair) return usable(pair);
  throw malformed();
}

function usable({ username, password }: Pick<DockerAuth, 'username' | 'password'>): Credential | undefined {
  return username && password ? { username, password } : undefined;
}

/** Decodes `auth`: a user name and a password in base64, with a colon between them. */
function decodePair(auth: string): { username: string; password: string } | undefined {
  try {
    const pair = decodeUtf8(decodeBase64(auth.trim()));
    const colon = pair.indexOf(':');
    if (colon < 1) return undefined;
    return { username: pair.slice(0, colon), password: trimEnd(pair.slice(colon + 1), '\0') };
  } catch (error) {
    // Not rethrown: it may quote the credential.
    if (isNotationError(error)) return undefined;
    throw error;
  }
}
