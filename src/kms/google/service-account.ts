import { subtle } from '../../crypto/subtle.ts';
import { encodeBase64Url } from '../../encoding/base64.ts';
import { encodeUtf8, ownBytes } from '../../encoding/bytes.ts';
import { conform } from '../../encoding/document.ts';
import { lazy } from '../../encoding/lazy.ts';
import { decodePem } from '../../encoding/pem.ts';
import * as s from '../../encoding/schema.ts';
import { NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { parseServiceUrl } from '../../net/addresses.ts';
import type { ObtainToken } from '../../net/token-cache.ts';
import { requestToken } from '../oauth-token.ts';
import type { KmsRequestOptions } from '../request.ts';

/** The members of the key file of a service account that matter here. */
export interface GoogleServiceAccountKey {
  client_email: string;
  /** PKCS#8 in PEM. */
  private_key: string;
  private_key_id?: string | undefined;
  /** The URL that issues tokens; `https://oauth2.googleapis.com/token` by default. */
  token_uri?: string | undefined;
  /** The cloud that the account belongs to; `googleapis.com` by default, and no other is supported. */
  universe_domain?: string | undefined;
}

const TOKEN_URI = 'https://oauth2.googleapis.com/token';
const UNIVERSE = 'googleapis.com';
const SCOPE = 'https://www.googleapis.com/auth/cloudkms';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const LIFETIME = 3600;

const CODES = { invalid_grant: 'unauthorized', invalid_client: 'unauthorized' } as const;

const accountSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    client_email: s.string(),
    private_key: s.string(),
    private_key_id: s.optional(s.string()),
    token_uri: s.optional(s.string()),
    universe_domain: s.optional(s.string()),
  }),
);

/**
 * Makes a function that requests tokens for a service account by an assertion that its key signs (RFC 7523).
 * @throws NotationError `ERR_ARGUMENT_INVALID`, and when called `ERR_KEY_INVALID` and those of the request
 */
export function serviceAccountToken(
  account: GoogleServiceAccountKey,
  options: KmsRequestOptions,
): ObtainToken<string> {
  const given = conform(accountSchema(), account, 'serviceAccountKey', 'ERR_ARGUMENT_INVALID');
  if (given.client_email === '' || given.private_key === '') {
    throw argumentInvalid('serviceAccountKey must have a client_email and a private_key');
  }
  const { token_uri = TOKEN_URI, universe_domain = UNIVERSE } = given;
  if (universe_domain !== UNIVERSE) {
    throw argumentInvalid(
      `serviceAccountKey is of the cloud ${quote(universe_domain)}, not of ${UNIVERSE}: give accessToken and endpoint`,
    );
  }
  const url = parseServiceUrl(token_uri, 'token_uri');
  return async (budget) => {
    const assertion = await assertionOf(given, token_uri);
    const form = { grant_type: GRANT, assertion };
    return requestToken(
      { service: 'Google OAuth 2.0', url, form, secrets: [assertion], codes: CODES },
      options,
      budget,
    );
  };
}

async function assertionOf(
  { client_email, private_key, private_key_id }: GoogleServiceAccountKey,
  audience: string,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: 'RS256', typ: 'JWT', ...(private_key_id !== undefined && { kid: private_key_id }) };
  const claims = { iss: client_email, scope: SCOPE, aud: audience, iat: now, exp: now + LIFETIME };
  const signed = [header, claims].map((part) => encodeBase64Url(encodeUtf8(JSON.stringify(part)))).join('.');
  const key = await importKey(private_key);
  const signature = await subtle().sign(RS256, key, ownBytes(encodeUtf8(signed)));
  return `${signed}.${encodeBase64Url(new Uint8Array(signature))}`;
}

async function importKey(pem: string) {
  try {
    const [block] = decodePem(pem);
    return await subtle().importKey('pkcs8', ownBytes(block?.der ?? new Uint8Array()), RS256, false, [
      'sign',
    ]);
  } catch {
    // Not kept as a cause: nothing of a key belongs in an error.
    throw new NotationError('ERR_KEY_INVALID', 'the private_key of the service account cannot be read');
  }
}
