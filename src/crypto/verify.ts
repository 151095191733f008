import { encodeBase64Url } from '../encoding/base64.ts';
import { ownBytes } from '../encoding/bytes.ts';
import { NotationError } from '../errors/notation-error.ts';
import { supportsCurve, supportsModulus } from './probe.ts';
import { subtle } from './subtle.ts';
import type { CryptoKey, HashName, ImportParams, SignParams } from './types.ts';

/** A public key without its algorithm: the uncompressed point of an elliptic curve, or the numbers of RSA. */
export type PublicKeyValue = { point: Uint8Array } | { modulus: Uint8Array; exponent: Uint8Array };

/**
 * Imports a public key to verify signatures with: in a form that costs Node less than SubjectPublicKeyInfo, which OpenSSL
 * decodes (docs/decisions/023).
 * @param rsaBits - The length of the modulus of an RSA key, where it may be one that runtimes do not support.
 * @throws NotationError `ERR_CERTIFICATE_INVALID` if the runtime rejects the key, `ERR_RUNTIME_UNSUPPORTED` if it does
 * not support the curve or the length of the modulus.
 */
export async function importPublicKey(
  value: PublicKeyValue,
  params: ImportParams,
  rsaBits?: number,
): Promise<CryptoKey> {
  try {
    if ('point' in value) {
      return await subtle().importKey('raw', ownBytes(value.point), params, false, ['verify']);
    }
    const jwk = { kty: 'RSA', n: encodeBase64Url(value.modulus), e: encodeBase64Url(value.exponent) };
    return await subtle().importKey('jwk', jwk, params, false, ['verify']);
  } catch (cause) {
    await requireCurve(params, cause);
    await requireModulus(params, rsaBits, cause);
    throw publicKeyUnusable(params.name, cause);
  }
}

/**
 * Reports whether a signature is valid.
 * @throws NotationError `ERR_CERTIFICATE_INVALID` if the runtime rejects the key only at its first use,
 * `ERR_RUNTIME_UNSUPPORTED` if it does not support the length of its modulus
 */
export async function verifySignature(
  params: SignParams,
  key: CryptoKey,
  signature: Uint8Array,
  bytes: Uint8Array,
): Promise<boolean> {
  try {
    return await subtle().verify(params, key, ownBytes(signature), ownBytes(bytes));
  } catch (cause) {
    const { modulusLength, hash }: RsaDetails = key.algorithm;
    if (hash) await requireModulus({ name: params.name, hash: hash.name }, modulusLength, cause);
    throw publicKeyUnusable(key.algorithm.name, cause);
  }
}

/**
 * Requires that the runtime supports the curve of a key, so that a failed import is not reported as an invalid key.
 * @throws NotationError `ERR_RUNTIME_UNSUPPORTED`
 */
export async function requireCurve(params: ImportParams, cause: unknown): Promise<void> {
  if (params.namedCurve === undefined || (await supportsCurve(params))) return;
  throw new NotationError(
    'ERR_RUNTIME_UNSUPPORTED',
    `this runtime's WebCrypto has no ${params.name} on ${params.namedCurve}`,
    { cause },
  );
}

/** The algorithm of a CryptoKey, with what an RSA key has in addition. */
interface RsaDetails {
  name: string;
  modulusLength?: number;
  hash?: { name: HashName };
}

/**
 * Requires that the runtime supports RSA keys of a length, so that the verdict on a chain does not silently depend on the
 * runtime: Deno imports keys over 4096 bits, and fails when it verifies with them.
 */
async function requireModulus(params: ImportParams, bits: number | undefined, cause: unknown): Promise<void> {
  if (bits === undefined || params.name === 'ECDSA' || (await supportsModulus(params, bits))) return;
  throw new NotationError(
    'ERR_RUNTIME_UNSUPPORTED',
    `this runtime's WebCrypto cannot verify signatures of RSA keys with ${bits} bits`,
    { cause },
  );
}

function publicKeyUnusable(name: string, cause: unknown): NotationError {
  if (cause instanceof NotationError) return cause;
  return new NotationError('ERR_CERTIFICATE_INVALID', `a public key for ${name} cannot be used`, { cause });
}
