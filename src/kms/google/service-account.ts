import * as z from 'zod/mini';
import { bufferSource, subtle } from '../../crypto/subtle.ts';
import { encodeBase64Url } from '../../encoding/base64.ts';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { once } from '../../encoding/once.ts';
import { decodePem } from '../../encoding/pem.ts';
import { conform } from '../../encoding/schema.ts';
import { NotationError } from '../../errors/index.ts';
import { askService, type KmsDialect, type KmsRequestOptions, serviceAddress, TOKEN } from '../request.ts';
import { type ExpiringToken, expiryOf } from '../token.ts';

/** The key file of a service account, as JSON: what matters of it. */
export interface GoogleServiceAccountKey {
  client_email: string;
  /** PKCS#8 in PEM. */
  private_key: string;
  private_key_id?: string | undefined;
  /** Where tokens are given; `https://oauth2.googleapis.com/token` by default. */
  token_uri?: string | undefined;
}

const TOKEN_URI = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/cloudkms';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const LIFETIME = 3600;

const dialect: KmsDialect = {
  service: 'Google OAuth 2.0',
  failureOf(body) {
    const { success, data } = failureSchema().safeParse(body);
    return success ? { code: data.error, message: data.error_description } : {};
  },
  codes: { invalid_grant: 'unauthorized', invalid_client: 'unauthorized' },
};

const failureSchema = /* @__PURE__ */ once(() =>
  z.looseObject({ error: z.optional(z.string()), error_description: z.optional(z.string()) }),
);
const tokenSchema = /* @__PURE__ */ once(() =>
  z.looseObject({ access_token: z.string().check(z.regex(TOKEN)), expires_in: z.number() }),
);
const accountSchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    client_email: z.string().check(z.minLength(1)),
    private_key: z.string().check(z.minLength(1)),
    private_key_id: z.optional(z.string()),
    token_uri: z.optional(z.string()),
  }),
);

/**
 * Gets tokens for a service account by an assertion that its key signs (RFC 7523).
 * @throws NotationError `ERR_ARGUMENT_INVALID`, and when called `ERR_KEY_INVALID` and those of the request
 */
export function serviceAccountToken(
  account: GoogleServiceAccountKey,
  options: KmsRequestOptions,
): () => Promise<ExpiringToken> {
  const given = conform(accountSchema(), account, 'serviceAccountKey', 'ERR_ARGUMENT_INVALID');
  const { token_uri = TOKEN_URI } = given;
  const url = serviceAddress(token_uri, 'token_uri');
  return async () => {
    const assertion = await assertionOf(given, token_uri);
    const body = new URLSearchParams({ grant_type: GRANT, assertion }).toString();
    const prepare = async () => ({
      url,
      method: 'POST' as const,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
      secrets: [assertion],
    });
    const reply = await askService(dialect, tokenSchema(), prepare, options);
    return { token: reply.access_token, expiresAt: expiryOf(reply.expires_in) };
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
  const signature = await subtle().sign(RS256, key, bufferSource(encodeUtf8(signed)));
  return `${signed}.${encodeBase64Url(new Uint8Array(signature))}`;
}

async function importKey(pem: string) {
  try {
    const [block] = decodePem(pem);
    return await subtle().importKey('pkcs8', bufferSource(block?.der ?? new Uint8Array()), RS256, false, [
      'sign',
    ]);
  } catch {
    // Not kept as a cause: nothing of a key belongs into an error.
    throw new NotationError('ERR_KEY_INVALID', 'the private_key of the service account cannot be read');
  }
}
