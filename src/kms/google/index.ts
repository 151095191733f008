/**
 * Keys in Google Cloud KMS.
 *
 * @packageDocumentation
 */

import type { KeySpec, SignatureAlgorithm } from '../../crypto/algorithms.ts';
import { decodeBase64, encodeBase64 } from '../../encoding/base64.ts';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import { trimEnd } from '../../encoding/trim-end.ts';
import type { Signer, SignerCallOptions } from '../../envelope/signer.ts';
import { NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { parseServiceUrl } from '../../net/addresses.ts';
import { readExplanation } from '../../net/json.ts';
import type { CertificateInput } from '../../x509/certificate.ts';
import { crc32c } from '../crc32c.ts';
import { rawSignature } from '../ecdsa.ts';
import { spkiOfPem } from '../public-key.ts';
import { createRemoteSigner } from '../remote-signer.ts';
import { callService, errorSchema, type KmsDialect, type KmsRequestOptions } from '../request.ts';
import { createIssuedTokenSupply, createTokenSupply, type TokenSource, type TokenSupply } from '../token.ts';
import { readKeyVersionName } from './key-version-name.ts';
import { type GoogleServiceAccountKey, serviceAccountToken } from './service-account.ts';

export type { GoogleServiceAccountKey } from './service-account.ts';

/** Options of {@link createGoogleKmsSigner}. */
export interface GoogleKmsSignerOptions extends KmsRequestOptions {
  /**
   * The name of the key version: `projects/…/locations/…/keyRings/…/cryptoKeys/…/cryptoKeyVersions/…`, with the project
   * id; `//cloudkms.googleapis.com/` may precede it.
   */
  keyVersionName: string;
  /**
   * An access token for the scope `https://www.googleapis.com/auth/cloudkms`, or a function that gets one: called again
   * if the service refuses it. Either this or `serviceAccountKey`.
   */
  accessToken?: TokenSource | undefined;
  /** The parsed key file of the service account that signs, to request tokens with. */
  serviceAccountKey?: GoogleServiceAccountKey | undefined;
  /** Certificates of the key, in any form of `CertificateInput` and in any order. */
  certificates: CertificateInput;
  /** The URL of the service; `https://cloudkms.googleapis.com` by default. */
  endpoint?: string | undefined;
  /** Stops the creation of the signer with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

const SERVICE = 'Google Cloud KMS';
const ENDPOINT = 'https://cloudkms.googleapis.com';

/** Every key of the service has one algorithm; these are the ones that the specification allows. */
const ALGORITHMS: Readonly<Record<string, KeySpec>> = {
  RSA_SIGN_PSS_2048_SHA256: 'RSA-2048',
  EC_SIGN_P256_SHA256: 'EC-256',
  EC_SIGN_P384_SHA384: 'EC-384',
  RSA_SIGN_PSS_4096_SHA512: 'RSA-4096',
};

const dialect: KmsDialect = {
  service: SERVICE,
  failureOf(response) {
    const { status, message } = readExplanation(errorSchema(), response)?.error ?? {};
    return { code: typeof status === 'string' ? status : undefined, message };
  },
  codes: {
    NOT_FOUND: 'notFound',
    PERMISSION_DENIED: 'unauthorized',
    RESOURCE_EXHAUSTED: 'throttled',
    UNAUTHENTICATED: 'unauthorized',
  },
  nextSteps: {
    FAILED_PRECONDITION:
      'Enable the version of the key, or wait until it has been generated; use another version if this one was destroyed.',
    INVALID_ARGUMENT:
      "Read the service's message: the location must be that of the key, and the key must be an asymmetric one for signing with RSA-PSS or ECDSA, not a post-quantum one.",
  },
};

/** Checksums are 64-bit numbers of protocol buffers, which JSON writes as strings. */
const publicKeySchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    // Left out for keys that have no such form, as those of post-quantum algorithms.
    pem: s.optional(s.string()),
    algorithm: s.string(),
    pemCrc32c: s.optional(s.string()),
    name: s.optional(s.string()),
  }),
);
const signatureSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    signature: s.string(),
    signatureCrc32c: s.string(),
    verifiedDigestCrc32c: s.optional(s.unknown()),
    name: s.string(),
  }),
);

/**
 * Makes a signer with a key in Google Cloud KMS. The identity of the token needs the role "Cloud KMS CryptoKey
 * Signer/Verifier". The service has neither RSA keys for SHA-384 nor keys on P-521.
 *
 * @param options - The version of a key, its certificates, and a token or credentials to get tokens with.
 * @returns The signer.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_KMS_UNAUTHORIZED`, `ERR_KEY_NOT_FOUND`, `ERR_ALGORITHM_UNSUPPORTED`
 * for a key of another algorithm, `ERR_KEY_MISMATCH` when no certificate is for the key, `ERR_CERTIFICATE_INVALID`,
 * `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_KMS_RESPONSE`, `ERR_KMS_UNREACHABLE`, `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see Cloud KMS API v1, "getPublicKey" and "asymmetricSign"
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { createGoogleKmsSigner } from 'notarykit/kms/google';
 *
 * try {
 *   await createGoogleKmsSigner({
 *     keyVersionName: 'projects/acme/locations/europe-west1/keyRings/r/cryptoKeys/release/cryptoKeyVersions/1',
 *     accessToken: async () => 'ya29.token', // or serviceAccountKey: JSON.parse(keyFile)
 *     certificates: '', // the certificates of the key, PEM
 *     endpoint: 'http://127.0.0.1:1', // left out: that of Google
 *     retries: 0,
 *   });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_KMS_UNREACHABLE')); // true: nothing listens there
 * }
 * ```
 */
export async function createGoogleKmsSigner(options: GoogleKmsSignerOptions): Promise<Signer> {
  const { certificates, signal } = options;
  const keyVersionName = readKeyVersionName(options.keyVersionName);
  const call = client(options, keyVersionName);
  const key = await call(publicKeySchema(), 'GET', '/publicKey', undefined, { signal });
  const keySpec = Object.hasOwn(ALGORITHMS, key.algorithm) ? ALGORITHMS[key.algorithm] : undefined;
  if (!keySpec) throw unsupported(key.algorithm);
  if (key.name !== undefined && key.name !== keyVersionName)
    throw unexpected('returned a key other than the requested one');
  const { pem } = key;
  if (pem === undefined) throw unexpected('returned no public key in PEM');
  if (key.pemCrc32c !== undefined) checkSum(encodeUtf8(pem), key.pemCrc32c, 'public key');
  return createRemoteSigner({
    service: SERVICE,
    spki: spkiOfPem(pem, SERVICE),
    certificates,
    checkAlgorithm(algorithm) {
      if (algorithm.keySpec !== keySpec) throw unexpected(`gives a key that is not of the kind ${keySpec}`);
    },
    async signDigest(digest, algorithm, how) {
      const request = {
        digest: { [algorithm.digest]: encodeBase64(digest) },
        digestCrc32c: String(crc32c(digest)),
      };
      const response = await call(signatureSchema(), 'POST', ':asymmetricSign', request, how);
      if (response.name !== keyVersionName) throw unexpected('signed with another key');
      if (response.verifiedDigestCrc32c !== true)
        throw unexpected('did not confirm the CRC32C of the digest');
      const signature = decode(response.signature);
      checkSum(signature, response.signatureCrc32c, 'signature');
      return asRaw(signature, algorithm);
    },
  });
}

function client(options: GoogleKmsSignerOptions, keyVersionName: string) {
  const base = parseServiceUrl(options.endpoint ?? ENDPOINT, 'endpoint');
  const tokens = tokenSupply(options);
  return <T>(
    schema: s.Schema<T>,
    method: 'GET' | 'POST',
    path: '/publicKey' | ':asymmetricSign',
    body?: object,
    how?: SignerCallOptions,
  ): Promise<T> => {
    const prepare = async () => {
      const token = await tokens.current(how?.budget);
      return {
        url: new URL(`${trimEnd(base.pathname, '/')}/v1/${keyVersionName}${path}`, base),
        method,
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        secrets: [token],
      };
    };
    return callService(dialect, schema, prepare, options, { ...how, renew: () => tokens.renew() });
  };
}

function tokenSupply({ accessToken, serviceAccountKey, ...options }: GoogleKmsSignerOptions): TokenSupply {
  if ((accessToken === undefined) === (serviceAccountKey === undefined)) {
    throw argumentInvalid('accessToken or serviceAccountKey must be given, and not both');
  }
  return serviceAccountKey
    ? createIssuedTokenSupply(serviceAccountToken(serviceAccountKey, options))
    : createTokenSupply(accessToken ?? '', 'accessToken');
}

function asRaw(signature: Uint8Array, algorithm: SignatureAlgorithm): Uint8Array {
  return algorithm.keySpec.startsWith('EC') ? rawSignature(signature, algorithm, SERVICE) : signature;
}

function checkSum(bytes: Uint8Array, sum: string, what: string): void {
  if (String(crc32c(bytes)) !== sum) throw unexpected(`sent a ${what} that does not match its CRC32C`);
}

function decode(text: string): Uint8Array {
  try {
    return decodeBase64(text);
  } catch (cause) {
    throw new NotationError('ERR_KMS_RESPONSE', `the response of ${SERVICE} is not base64`, { cause });
  }
}

function unsupported(algorithm: string): NotationError {
  const message = `the key of ${SERVICE} is for ${quote(algorithm, 60)}, which the specification does not allow`;
  return new NotationError('ERR_ALGORITHM_UNSUPPORTED', message);
}

function unexpected(problem: string): NotationError {
  return new NotationError('ERR_KMS_RESPONSE', `${SERVICE} ${problem}`);
}
