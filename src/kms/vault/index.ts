/**
 * Keys in the transit engine of HashiCorp Vault or OpenBao.
 *
 * @packageDocumentation
 */

import type { KeySpec, SignatureAlgorithm } from '../../crypto/algorithms.ts';
import { decodeBase64, decodeBase64Url, encodeBase64 } from '../../encoding/base64.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { conform } from '../../encoding/document.ts';
import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import { trimEnd } from '../../encoding/trim-end.ts';
import type { Signer, SignerCallOptions } from '../../envelope/signer.ts';
import { NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { parseServiceUrl } from '../../net/addresses.ts';
import { readExplanation } from '../../net/json.ts';
import { type CertificateInput, readCertificates } from '../../x509/certificate.ts';
import { spkiOfPem } from '../public-key.ts';
import { createRemoteSigner } from '../remote-signer.ts';
import { callService, type KmsDialect, type KmsRequestOptions, type PreparedRequest } from '../request.ts';
import { createTokenSupply, type TokenSource, type TokenSupply } from '../token.ts';

/** Options of {@link createVaultSigner}. */
export interface VaultSignerOptions extends KmsRequestOptions {
  /** The URL of the server, such as `https://vault.example.com:8200`: what its CLI takes as `VAULT_ADDR`. */
  address: string;
  /** The name of the key in the transit engine. */
  keyName: string;
  /** The version of the key; by default the one that the certificate is for. */
  keyVersion?: number | undefined;
  /** The path at which the transit engine is mounted, with or without slashes at its ends; `transit` by default. */
  mount?: string | undefined;
  /** The namespace, if the server has any. */
  namespace?: string | undefined;
  /**
   * A token that may read the key and sign with it, or a function that gets one: called again if the server refuses it.
   */
  token: TokenSource;
  /** Certificates of the key, in any form of `CertificateInput` and in any order. */
  certificates: CertificateInput;
  /** Stops the creation of the signer with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

const dialect: KmsDialect = {
  service: 'Vault',
  failureOf: (response) => ({ message: readExplanation(failureSchema(), response)?.errors.join('; ') }),
  // A replica that has not yet received what the request depends on, such as a token that was just issued.
  transient: [412],
};

const failureSchema = /* @__PURE__ */ lazy(() => s.looseObject({ errors: s.array(s.string()) }));

const keySchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    data: s.looseObject({
      type: s.string(),
      // By version. Those of symmetric keys are numbers: the time at which they were created.
      keys: s.looseObject({}),
    }),
  }),
);

const versionSchema = /* @__PURE__ */ lazy(() => s.looseObject({ public_key: s.optional(s.string()) }));

const signatureSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({ data: s.looseObject({ signature: s.string() }) }),
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
 * Makes a signer with a key in the transit engine of HashiCorp Vault or OpenBao. The token needs the capabilities `read` on
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
 *   console.log(isNotationError(error, 'ERR_KMS_UNREACHABLE')); // true: nothing listens there
 * }
 * ```
 */
export async function createVaultSigner(options: VaultSignerOptions): Promise<Signer> {
  const engine = new TransitEngine(options);
  const versions = await engine.readKey(options.signal);
  const certificates = readCertificates(options.certificates, 'certificates');
  // A key that was rotated has several versions, and the certificate is for one of them.
  const [newest] = versions;
  const chosen =
    versions.find(({ spki }) => certificates.some(({ publicKey }) => equalBytes(publicKey.spki, spki))) ??
    newest;
  if (!chosen) {
    throw new NotationError(
      'ERR_KEY_NOT_FOUND',
      `the key ${quote(options.keyName)} of Vault has no version ${options.keyVersion ?? ''}`,
    );
  }
  const { version, keySpec, spki } = chosen;
  return createRemoteSigner({
    service: 'Vault',
    spki,
    certificates,
    checkAlgorithm(algorithm) {
      if (algorithm.keySpec === keySpec) return;
      throw new NotationError('ERR_KMS_RESPONSE', `Vault returned a key of a kind other than ${keySpec}`);
    },
    signDigest: (digest, algorithm, how) => engine.sign(digest, algorithm, version, how),
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
  readonly #token: TokenSupply;

  constructor(options: VaultSignerOptions) {
    const { address, keyName, namespace, keyVersion } = options;
    const mount = (options.mount ?? 'transit').replace(/^\/|\/$/g, '');
    this.#options = options;
    this.#token = createTokenSupply(options.token, 'token');
    const paths = [...mount.split('/'), keyName ?? ''];
    if (!paths.every((part) => /^[\w.-]+$/.test(part) && !/^\.+$/.test(part))) {
      throw argumentInvalid('mount and keyName must consist of letters, digits, "_", "-" and "."');
    }
    if (namespace !== undefined && !/^[\w./-]+$/.test(namespace)) {
      throw argumentInvalid('namespace must be a path');
    }
    if (keyVersion !== undefined && !(Number.isSafeInteger(keyVersion) && keyVersion > 0)) {
      throw argumentInvalid('keyVersion must be a positive whole number');
    }
    const base = parseServiceUrl(address, 'address');
    this.#base = new URL(`${trimEnd(base.pathname, '/')}/v1/${mount}/`, base);
  }

  /** Returns the versions of the key that may sign, the newest first. */
  async readKey(signal: AbortSignal | undefined): Promise<KeyVersion[]> {
    const { keyName, keyVersion } = this.#options;
    const { data } = await this.#call(keySchema(), 'GET', `keys/${keyName}`, undefined, { signal });
    const keySpec = Object.hasOwn(KEY_TYPES, data.type) ? KEY_TYPES[data.type] : undefined;
    if (!keySpec) {
      throw new NotationError(
        'ERR_ALGORITHM_UNSUPPORTED',
        `the key ${quote(keyName)} of Vault has the type ${quote(data.type, 40)}, which the specification does not allow`,
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
    how: SignerCallOptions | undefined,
  ): Promise<Uint8Array> {
    const rsa = keySpec.startsWith('RSA');
    const body = {
      input: encodeBase64(digest),
      prehashed: true,
      key_version: version,
      ...(rsa ? { signature_algorithm: 'pss', salt_length: 'hash' } : { marshaling_algorithm: 'jws' }),
    };
    const path = `sign/${this.#options.keyName}/${HASHES[hash]}`;
    const { data } = await this.#call(signatureSchema(), 'POST', path, body, how);
    const [, signed, text = ''] = /^vault:v(\d+):(.+)$/s.exec(data.signature) ?? [];
    if (Number(signed) !== version)
      throw new NotationError('ERR_KMS_RESPONSE', `Vault did not sign with version ${version} of the key`);
    return decode(text, rsa);
  }

  async #call<T>(
    schema: s.Schema<T>,
    method: 'GET' | 'POST',
    path: string,
    body: object | undefined,
    how: SignerCallOptions | undefined,
  ): Promise<T> {
    const { namespace } = this.#options;
    const prepare = async (): Promise<PreparedRequest> => {
      const secret = await this.#token.current(how?.budget);
      return {
        url: new URL(path, this.#base),
        method,
        headers: {
          'x-vault-token': secret,
          // Proxies of Vault can require it, against forged requests (SSRF).
          'x-vault-request': 'true',
          ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        secrets: [secret],
      };
    };
    return callService(dialect, schema, prepare, this.#options, {
      ...how,
      renew: () => this.#token.renew(),
    });
  }
}

function readPublicKey(version: unknown): Uint8Array {
  const { public_key: pem = '' } = conform(versionSchema(), version, 'response of Vault', 'ERR_KMS_RESPONSE');
  return spkiOfPem(pem, 'Vault');
}

function decode(text: string, rsa: boolean): Uint8Array {
  try {
    return rsa ? decodeBase64(text) : decodeBase64Url(text);
  } catch (cause) {
    throw new NotationError('ERR_KMS_RESPONSE', 'the signature of Vault is not base64', { cause });
  }
}
