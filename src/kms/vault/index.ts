/**
 * Keys in the transit engine of HashiCorp Vault or OpenBao.
 *
 * @packageDocumentation
 */
import * as z from 'zod/mini';
import type { KeySpec, SignatureAlgorithm } from '../../crypto/algorithms.ts';
import { decodeBase64, decodeBase64Url, encodeBase64 } from '../../encoding/base64.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { once } from '../../encoding/once.ts';
import type { Signer } from '../../envelope/signer.ts';
import { NotationError } from '../../errors/index.ts';
import { type CertificateInput, parseCertificates } from '../../x509/certificate.ts';
import { spkiOfPem } from '../public-key.ts';
import { createRemoteSigner } from '../remote-signer.ts';
import {
  askService,
  type KmsDialect,
  type KmsRequestOptions,
  type PreparedRequest,
  serviceAddress,
} from '../request.ts';
import { TokenKeeper, type TokenSource } from '../token.ts';

/** What {@link createVaultSigner} takes. */
export interface VaultSignerOptions extends KmsRequestOptions {
  /** Where the server is, such as `https://vault.example.com:8200`: what its CLI takes as `VAULT_ADDR`. */
  address: string;
  /** The name of the key in the transit engine. */
  keyName: string;
  /** The version of the key; that of the certificate by default. */
  keyVersion?: number | undefined;
  /** Where the transit engine is mounted; `transit` by default. */
  mount?: string | undefined;
  /** The namespace, where the server has any. */
  namespace?: string | undefined;
  /** A token that may read the key and sign with it, or what gets one: called again where the server refuses it. */
  token: TokenSource;
  /** Certificates of the key, in any order: as PEM or DER, all in one or one after another. */
  certificates: CertificateInput | readonly CertificateInput[];
  /** Stops the making of the signer with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

const dialect: KmsDialect = {
  service: 'Vault',
  failureOf(body) {
    const { success, data } = failureSchema().safeParse(body);
    return { message: success ? data.errors.join('; ') : undefined };
  },
};

const failureSchema = /* @__PURE__ */ once(() => z.looseObject({ errors: z.array(z.string()) }));

const keySchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    data: z.looseObject({
      type: z.string(),
      // Versions of symmetric keys are numbers: the time at which they were made.
      keys: z.record(
        z.string(),
        z.union([z.looseObject({ public_key: z.optional(z.string()) }), z.number()]),
      ),
    }),
  }),
);

const signatureSchema = /* @__PURE__ */ once(() =>
  z.looseObject({ data: z.looseObject({ signature: z.string() }) }),
);

/** The types of keys that the specification allows. */
const KEY_TYPES: Readonly<Record<string, KeySpec>> = {
  'rsa-2048': 'RSA-2048',
  'rsa-3072': 'RSA-3072',
  'rsa-4096': 'RSA-4096',
  'ecdsa-p256': 'EC-256',
  'ecdsa-p384': 'EC-384',
  'ecdsa-p521': 'EC-521',
};
const HASHES = { 'SHA-256': 'sha2-256', 'SHA-384': 'sha2-384', 'SHA-512': 'sha2-512' } as const;

/**
 * Makes a signer of a key in the transit engine of HashiCorp Vault or OpenBao. The token needs the capabilities `read` on
 * `<mount>/keys/<name>` and `update` on `<mount>/sign/<name>/*`.
 *
 * @param options - The server, the key and its certificates.
 * @returns The signer, which signs with the version of the key that the certificate is for.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_KMS_UNAUTHORIZED`, `ERR_KEY_NOT_FOUND`, `ERR_ALGORITHM_UNSUPPORTED`
 * for a key of another type, `ERR_KEY_MISMATCH` when no certificate is for the key, `ERR_CERTIFICATE_INVALID`,
 * `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_KMS_RESPONSE`, `ERR_KMS_UNREACHABLE`, `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see The API of the transit secrets engine, "Read key" and "Sign data"
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { createVaultSigner } from 'notarykit/kms/vault';
 *
 * try {
 *   await createVaultSigner({
 *     address: 'http://127.0.0.1:1', // https://vault.example.com:8200
 *     token: 'hvs.…'.replace('…', 'xyz'),
 *     keyName: 'release',
 *     certificates: '', // the certificates of the key, PEM
 *     retries: 0,
 *   });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_KMS_UNREACHABLE')); // true: there is none
 * }
 * ```
 */
export async function createVaultSigner(options: VaultSignerOptions): Promise<Signer> {
  const engine = new TransitEngine(options);
  const versions = await engine.readKey(options.signal);
  const certificates = [options.certificates ?? []].flat().flatMap((input) => parseCertificates(input));
  // A key that was rotated has several versions: that of the certificate is meant.
  const [newest] = versions;
  const chosen =
    versions.find(({ spki }) => certificates.some(({ publicKey }) => equalBytes(publicKey.spki, spki))) ??
    newest;
  if (!chosen) {
    const name = JSON.stringify(options.keyName);
    throw new NotationError(
      'ERR_KEY_NOT_FOUND',
      `the key ${name} of Vault has no version ${options.keyVersion ?? ''}`,
    );
  }
  const { version, keySpec, spki } = chosen;
  return createRemoteSigner({
    service: 'Vault',
    spki,
    certificates: options.certificates,
    checkAlgorithm(algorithm) {
      if (algorithm.keySpec === keySpec) return;
      throw new NotationError('ERR_KMS_RESPONSE', `Vault gives a key that is not of the kind ${keySpec}`);
    },
    signDigest: (digest, algorithm) => engine.sign(digest, algorithm, version),
  });
}

interface KeyVersion {
  version: number;
  keySpec: KeySpec;
  spki: Uint8Array;
}

class TransitEngine {
  readonly #options: VaultSignerOptions;
  readonly #base: URL;
  readonly #token: TokenKeeper;

  constructor(options: VaultSignerOptions) {
    const { address, keyName, mount = 'transit', namespace, keyVersion } = options;
    this.#options = options;
    this.#token = new TokenKeeper(options.token, 'token');
    const paths = [...mount.split('/'), keyName ?? ''];
    if (!paths.every((part) => /^[\w.-]+$/.test(part) && !/^\.+$/.test(part))) {
      throw invalid('mount and keyName must be of letters, digits, "_", "-" and "."');
    }
    if (namespace !== undefined && !/^[\w./-]+$/.test(namespace)) throw invalid('namespace must be a path');
    if (keyVersion !== undefined && !(Number.isSafeInteger(keyVersion) && keyVersion > 0)) {
      throw invalid('keyVersion must be a positive whole number');
    }
    const base = serviceAddress(address, 'address');
    this.#base = new URL(`${base.pathname.replace(/\/+$/, '')}/v1/${mount}/`, base);
  }

  /** The versions of the key that may be meant, the newest first. */
  async readKey(signal: AbortSignal | undefined): Promise<KeyVersion[]> {
    const { keyName, keyVersion } = this.#options;
    const { data } = await this.#ask(keySchema(), 'GET', `keys/${keyName}`, undefined, signal);
    const keySpec = Object.hasOwn(KEY_TYPES, data.type) ? KEY_TYPES[data.type] : undefined;
    if (!keySpec) {
      throw new NotationError(
        'ERR_ALGORITHM_UNSUPPORTED',
        `the key ${JSON.stringify(keyName)} of Vault is of the type ${JSON.stringify(data.type.slice(0, 40))}, which the specification does not allow`,
      );
    }
    const numbers = Object.keys(data.keys)
      .filter((name) => /^[1-9]\d{0,8}$/.test(name))
      .map(Number)
      .filter((number) => keyVersion === undefined || number === keyVersion);
    return numbers
      .sort((a, b) => b - a)
      .map((version) => ({ version, keySpec, spki: readPublicKey(data.keys[String(version)]) }));
  }

  async sign(
    digest: Uint8Array,
    { hash, keySpec }: SignatureAlgorithm,
    version: number,
  ): Promise<Uint8Array> {
    const rsa = keySpec.startsWith('RSA');
    const body = {
      input: encodeBase64(digest),
      prehashed: true,
      key_version: version,
      ...(rsa ? { signature_algorithm: 'pss', salt_length: 'hash' } : { marshaling_algorithm: 'jws' }),
    };
    const path = `sign/${this.#options.keyName}/${HASHES[hash]}`;
    const { data } = await this.#ask(signatureSchema(), 'POST', path, body, undefined);
    const [, signed, text = ''] = /^vault:v(\d+):(.+)$/s.exec(data.signature) ?? [];
    if (Number(signed) !== version)
      throw new NotationError('ERR_KMS_RESPONSE', `Vault did not sign with version ${version} of the key`);
    return decode(text, rsa);
  }

  async #ask<T extends z.ZodMiniType>(
    schema: T,
    method: 'GET' | 'POST',
    path: string,
    body: object | undefined,
    signal: AbortSignal | undefined,
  ): Promise<z.infer<T>> {
    const { namespace } = this.#options;
    const prepare = async (): Promise<PreparedRequest> => {
      const secret = await this.#token.current();
      return {
        url: new URL(path, this.#base),
        method,
        headers: {
          'x-vault-token': secret,
          // Keeps a proxy of the server, or a page that was tricked, from sending such requests.
          'x-vault-request': 'true',
          ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        secrets: [secret],
      };
    };
    return askService(dialect, schema, prepare, this.#options, { renew: () => this.#token.renew(), signal });
  }
}

function readPublicKey(version: { public_key?: string | undefined } | number | undefined): Uint8Array {
  return spkiOfPem((typeof version === 'object' && version.public_key) || '', 'Vault');
}

function decode(text: string, rsa: boolean): Uint8Array {
  try {
    return rsa ? decodeBase64(text) : decodeBase64Url(text);
  } catch (cause) {
    throw new NotationError('ERR_KMS_RESPONSE', 'the signature of Vault is not base64', { cause });
  }
}

function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
