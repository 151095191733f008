/**
 * Keys in Azure Key Vault and its Managed HSM.
 *
 * @packageDocumentation
 */

import { algorithmForKey, type SignatureAlgorithm, signatureAlgorithms } from '../../crypto/algorithms.ts';
import { subtle } from '../../crypto/subtle.ts';
import { decodeBase64Url, encodeBase64Url } from '../../encoding/base64.ts';
import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import type { Signer, SignerCallOptions } from '../../envelope/signer.ts';
import { NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { parseServiceUrl } from '../../net/addresses.ts';
import { readExplanation } from '../../net/json.ts';
import type { CertificateInput } from '../../x509/certificate.ts';
import { createRemoteSigner } from '../remote-signer.ts';
import { callService, errorSchema, type KmsDialect, type KmsRequestOptions } from '../request.ts';
import { createIssuedTokenSupply, createTokenSupply, type TokenSource, type TokenSupply } from '../token.ts';
import { type AzureClientCredentials, clientCredentialsToken } from './client-credentials.ts';

export type { AzureClientCredentials } from './client-credentials.ts';

/** Options of {@link createAzureKeyVaultSigner}. */
export interface AzureKeyVaultSignerOptions extends KmsRequestOptions {
  /**
   * The identifier of the key, such as `https://acme.vault.azure.net/keys/release/0123456789abcdef0123456789abcdef`.
   * Without a version it is the newest one, which is looked up once.
   */
  keyId: string;
  /**
   * An access token of Microsoft Entra for `https://vault.azure.net`, or a function that gets one: called again if the
   * vault refuses it. Either this or `clientCredentials`.
   */
  token?: TokenSource | undefined;
  /** The application that signs, to request tokens with. */
  clientCredentials?: AzureClientCredentials | undefined;
  /** Certificates of the key, in any form of `CertificateInput` and in any order. */
  certificates: CertificateInput;
  /** Stops the creation of the signer with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

const SERVICE = 'Azure Key Vault';
const API_VERSION = '7.4';

const dialect: KmsDialect = {
  service: SERVICE,
  failureOf(response) {
    const { code, message } = readExplanation(errorSchema(), response)?.error ?? {};
    return { code: typeof code === 'string' ? code : undefined, message };
  },
  codes: { KeyNotFound: 'notFound', Throttled: 'throttled' },
  nextSteps: {
    Forbidden:
      'Read what the vault says: allow the identity to get and sign with the key, enable the key if it is disabled, or allow this network.',
  },
};

const keySchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    key: s.looseObject({
      kid: s.string(),
      kty: s.string(),
      // A list of names, if there is one.
      key_ops: s.optional(s.unknown()),
      crv: s.optional(s.string()),
      n: s.optional(s.string()),
      e: s.optional(s.string()),
      x: s.optional(s.string()),
      y: s.optional(s.string()),
    }),
  }),
);
const signatureSchema = /* @__PURE__ */ lazy(() => s.looseObject({ kid: s.string(), value: s.string() }));

type PublicJwk = s.Infer<ReturnType<typeof keySchema>>['key'];

/**
 * Makes a signer with a key in Azure Key Vault or a Managed HSM. The identity of the token needs the permissions
 * `keys/get` and `keys/sign` (the role "Key Vault Crypto User").
 *
 * @param options - The key, its certificates, and a token or credentials to get tokens with.
 * @returns The signer, which uses the version of the key that is current now.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_KMS_UNAUTHORIZED`, `ERR_KEY_NOT_FOUND`, `ERR_ALGORITHM_UNSUPPORTED`
 * for a key of another kind, `ERR_KEY_MISMATCH` when no certificate is for the key, `ERR_CERTIFICATE_INVALID`,
 * `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_KMS_RESPONSE`, `ERR_KMS_UNREACHABLE`, `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see Azure Key Vault REST API 7.4, "Get Key" and "sign"
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { createAzureKeyVaultSigner } from 'notarykit/kms/azure';
 *
 * try {
 *   await createAzureKeyVaultSigner({
 *     keyId: 'http://127.0.0.1:1/keys/release', // https://acme.vault.azure.net/keys/release
 *     token: async () => 'access-token', // or clientCredentials: { tenantId, clientId, clientSecret }
 *     certificates: '', // the certificates of the key, PEM
 *     retries: 0,
 *   });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_KMS_UNREACHABLE')); // true: nothing listens there
 * }
 * ```
 */
export async function createAzureKeyVaultSigner(options: AzureKeyVaultSignerOptions): Promise<Signer> {
  const given = readKeyId(options.keyId);
  const call = client(options, given);
  const { key } = await call(keySchema(), 'GET', given, undefined, { signal: options.signal });
  // Every signature is made by this version, also when the key is rotated. It must be in the vault of the request.
  const kid = keyUrl(key.kid);
  if (!kid || !isOf(kid, given)) {
    throw new NotationError(
      'ERR_KMS_RESPONSE',
      `${SERVICE} returned a key other than the requested one: ${quote(key.kid)}`,
      {
        nextStep:
          'Give the identifier that the vault returns as keyId, if it is the same key: with a private endpoint, the public name of the vault resolves to the private address.',
      },
    );
  }
  if (Array.isArray(key.key_ops) && !key.key_ops.includes('sign')) {
    throw new NotationError('ERR_ALGORITHM_UNSUPPORTED', `the key of ${SERVICE} cannot sign`);
  }
  const algorithm = algorithmOf(key);
  return createRemoteSigner({
    service: SERVICE,
    spki: await exportSpki(key, algorithm),
    certificates: options.certificates,
    async signDigest(digest, _, how) {
      const at = new URL(`${kid.pathname}/sign`, kid);
      const request = { alg: algorithm.name, value: encodeBase64Url(digest) };
      const response = await call(signatureSchema(), 'POST', at, request, how);
      if (response.kid !== key.kid)
        throw new NotationError('ERR_KMS_RESPONSE', `${SERVICE} signed with another key`);
      return decode(response.value);
    },
  });
}

function client(options: AzureKeyVaultSignerOptions, vault: URL) {
  const tokens = tokenSupply(options, vault);
  return <T>(
    schema: s.Schema<T>,
    method: 'GET' | 'POST',
    at: URL,
    body?: object,
    how?: SignerCallOptions,
  ): Promise<T> => {
    const prepare = async () => {
      const token = await tokens.current(how?.budget);
      const url = new URL(at);
      url.searchParams.set('api-version', API_VERSION);
      return {
        url,
        method,
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        secrets: [token],
      };
    };
    return callService(dialect, schema, prepare, options, { ...how, renew: () => tokens.renew() });
  };
}

function tokenSupply(
  { token, clientCredentials, ...options }: AzureKeyVaultSignerOptions,
  vault: URL,
): TokenSupply {
  if ((token === undefined) === (clientCredentials === undefined)) {
    throw argumentInvalid('token or clientCredentials must be given, and not both');
  }
  return clientCredentials
    ? createIssuedTokenSupply(clientCredentialsToken(clientCredentials, vault, options))
    : createTokenSupply(token ?? '', 'token');
}

function readKeyId(keyId: string): URL {
  const url = parseServiceUrl(keyId, 'keyId');
  url.pathname = url.pathname.replace(/\/$/, '');
  if (keyUrl(url.href)) return url;
  const [, kind, name] = /^\/(certificates|secrets)\/([\w-]{1,127})/.exec(url.pathname) ?? [];
  throw argumentInvalid(
    name === undefined
      ? 'keyId must be such as https://acme.vault.azure.net/keys/release, with or without a version'
      : `keyId is an identifier of ${kind}: give ${url.origin}/keys/${name}, the key of the same name`,
  );
}

function keyUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^\/keys\/[\w-]{1,127}(?:\/[\w-]{1,64})?$/.test(url.pathname) && !url.search
    ? url
    : undefined;
}

/** Reports whether a key is the given one or a version of it. Vaults ignore letter case. */
function isOf(kid: URL, given: URL): boolean {
  const path = `${given.pathname}/`.toLowerCase();
  return kid.origin === given.origin && `${kid.pathname}/`.toLowerCase().startsWith(path);
}

/** Keys in a hardware module are of the types with `-HSM`. */
function algorithmOf({ kty, crv, n = '' }: PublicJwk): SignatureAlgorithm {
  const type = kty.replace(/-HSM$/, '');
  const bits = decode(n).length * 8;
  const keySpec = type === 'RSA' ? `RSA-${bits}` : `${type}-${crv?.replace(/^P-/, '') ?? ''}`;
  const known = signatureAlgorithms.some((row) => row.keySpec === keySpec);
  const shown = quote(`${kty} ${crv ?? bits}`, 40);
  return algorithmForKey(known ? keySpec : `${shown} of ${SERVICE}`);
}

async function exportSpki(
  { n, e, x, y }: PublicJwk,
  { importParams }: SignatureAlgorithm,
): Promise<Uint8Array> {
  const { namedCurve: crv } = importParams;
  const jwk = crv === undefined ? { kty: 'RSA', n, e } : { kty: 'EC', crv, x, y };
  try {
    const key = await subtle().importKey('jwk', jwk as JsonWebKey, importParams, true, ['verify']);
    return new Uint8Array(await subtle().exportKey('spki', key));
  } catch (cause) {
    throw new NotationError('ERR_KMS_RESPONSE', `the public key of ${SERVICE} is malformed`, { cause });
  }
}

function decode(text: string): Uint8Array {
  try {
    return decodeBase64Url(text);
  } catch (cause) {
    throw new NotationError('ERR_KMS_RESPONSE', `the response of ${SERVICE} is not base64url`, { cause });
  }
}
