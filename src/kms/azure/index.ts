/**
 * Keys in Azure Key Vault and its Managed HSM.
 *
 * @packageDocumentation
 */
import * as z from 'zod/mini';
import { algorithmForKey, type SignatureAlgorithm, signatureAlgorithms } from '../../crypto/algorithms.ts';
import { subtle } from '../../crypto/subtle.ts';
import { decodeBase64Url, encodeBase64Url } from '../../encoding/base64.ts';
import { once } from '../../encoding/once.ts';
import type { Signer } from '../../envelope/signer.ts';
import { NotationError } from '../../errors/index.ts';
import type { CertificateInput } from '../../x509/certificate.ts';
import { createRemoteSigner } from '../remote-signer.ts';
import {
  askService,
  errorSchema,
  type KmsDialect,
  type KmsRequestOptions,
  serviceAddress,
} from '../request.ts';
import { TokenKeeper, type TokenSource } from '../token.ts';
import { type AzureClientCredentials, clientCredentialsToken } from './client-credentials.ts';

export type { AzureClientCredentials } from './client-credentials.ts';

/** What {@link createAzureKeyVaultSigner} takes. */
export interface AzureKeyVaultSignerOptions extends KmsRequestOptions {
  /**
   * The identifier of the key, such as `https://acme.vault.azure.net/keys/release/0123456789abcdef0123456789abcdef`.
   * Without a version it is the newest one, which is looked up once.
   */
  keyId: string;
  /**
   * An access token of Microsoft Entra for `https://vault.azure.net`, or what gets one: called again where the vault
   * refuses it. Either this or `clientCredentials`.
   */
  token?: TokenSource | undefined;
  /** The application that signs, to get tokens with. */
  clientCredentials?: AzureClientCredentials | undefined;
  /** Certificates of the key, in any order: as PEM or DER, all in one or one after another. */
  certificates: CertificateInput | readonly CertificateInput[];
  /** Stops the making of the signer with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

const SERVICE = 'Azure Key Vault';
const API_VERSION = '7.4';

const dialect: KmsDialect = {
  service: SERVICE,
  failureOf(body) {
    const { success, data } = errorSchema().safeParse(body);
    if (!success) return {};
    const { code, message } = data.error;
    return { code: typeof code === 'string' ? code : undefined, message };
  },
  codes: { KeyNotFound: 'notFound', Throttled: 'throttled' },
};

const keySchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    key: z.looseObject({
      kid: z.string(),
      kty: z.string(),
      key_ops: z.optional(z.array(z.string())),
      crv: z.optional(z.string()),
      n: z.optional(z.string()),
      e: z.optional(z.string()),
      x: z.optional(z.string()),
      y: z.optional(z.string()),
    }),
  }),
);
const signatureSchema = /* @__PURE__ */ once(() => z.looseObject({ kid: z.string(), value: z.string() }));

type PublicJwk = z.infer<ReturnType<typeof keySchema>>['key'];

/**
 * Makes a signer of a key in Azure Key Vault or a Managed HSM. Whoever the token is for needs the permissions `keys/get`
 * and `keys/sign` (the role "Key Vault Crypto User").
 *
 * @param options - The key, its certificates, and a token or what to get tokens with.
 * @returns The signer, which keeps to the version of the key that it found.
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
 *   console.log(isNotationError(error, 'ERR_KMS_UNREACHABLE')); // true: there is none
 * }
 * ```
 */
export async function createAzureKeyVaultSigner(options: AzureKeyVaultSignerOptions): Promise<Signer> {
  const given = readKeyId(options.keyId);
  const ask = client(options, given);
  const { key } = await ask(keySchema(), 'GET', given, undefined, options.signal);
  // What signs is one version, whatever becomes the newest meanwhile. It must be of the vault that was asked.
  const kid = keyUrl(key.kid);
  if (!kid || !isOf(kid, given)) {
    throw new NotationError('ERR_KMS_RESPONSE', `${SERVICE} gives another key than that it was asked for`);
  }
  if (key.key_ops?.includes('sign') === false) {
    throw new NotationError('ERR_ALGORITHM_UNSUPPORTED', `the key of ${SERVICE} is not for signing`);
  }
  const algorithm = algorithmOf(key);
  return createRemoteSigner({
    service: SERVICE,
    spki: await exportSpki(key, algorithm),
    certificates: options.certificates,
    async signDigest(digest) {
      const at = new URL(`${kid.pathname}/sign`, kid);
      const reply = await ask(signatureSchema(), 'POST', at, {
        alg: algorithm.name,
        value: encodeBase64Url(digest),
      });
      if (reply.kid !== key.kid)
        throw new NotationError('ERR_KMS_RESPONSE', `${SERVICE} signed with another key`);
      return decode(reply.value);
    },
  });
}

function client(options: AzureKeyVaultSignerOptions, vault: URL) {
  const tokens = new TokenKeeper(tokenSource(options, vault), 'token');
  return <T extends z.ZodMiniType>(
    schema: T,
    method: 'GET' | 'POST',
    at: URL,
    body?: object,
    signal?: AbortSignal,
  ): Promise<z.infer<T>> => {
    const prepare = async () => {
      const token = await tokens.current();
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
    return askService(dialect, schema, prepare, options, { renew: () => tokens.renew(), signal });
  };
}

function tokenSource({ token, clientCredentials, ...options }: AzureKeyVaultSignerOptions, vault: URL) {
  if ((token === undefined) === (clientCredentials === undefined)) {
    throw invalid('either token or clientCredentials must be given');
  }
  return clientCredentials ? clientCredentialsToken(clientCredentials, vault, options) : (token ?? '');
}

function readKeyId(keyId: string): URL {
  const url = serviceAddress(keyId, 'keyId');
  if (keyUrl(keyId)) return url;
  throw invalid('keyId must be such as https://acme.vault.azure.net/keys/release, with or without a version');
}

function keyUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^\/keys\/[\w-]{1,127}(?:\/[\w-]{1,64})?$/.test(url.pathname) && !url.search
    ? url
    : undefined;
}

/** Whether it is the key that is asked for, or a version of it. Vaults take no heed of letter case. */
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
  const shown = JSON.stringify(`${kty.slice(0, 20)} ${crv?.slice(0, 20) ?? bits}`);
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
    throw new NotationError('ERR_KMS_RESPONSE', `the reply of ${SERVICE} is not base64url`, { cause });
  }
}

function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
