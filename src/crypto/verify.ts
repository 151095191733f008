import { ownBytes } from '../encoding/bytes.ts';
import { NotationError } from '../errors/notation-error.ts';
import { supportsCurve } from './probe.ts';
import { subtle } from './subtle.ts';
import type { CryptoKey, ImportParams, SignParams } from './types.ts';

/**
 * Imports a public key to verify signatures with.
 * @param spki - SubjectPublicKeyInfo, DER.
 * @throws NotationError `ERR_CERTIFICATE_INVALID` if the runtime rejects the key, `ERR_RUNTIME_UNSUPPORTED` if it does
 * not support the curve.
 */
export async function importPublicKey(spki: Uint8Array, params: ImportParams): Promise<CryptoKey> {
  try {
    return await subtle().importKey('spki', ownBytes(spki), params, false, ['verify']);
  } catch (cause) {
    await requireCurve(params, cause);
    throw publicKeyUnusable(params.name, cause);
  }
}

/**
 * Reports whether a signature is valid.
 * @throws NotationError `ERR_CERTIFICATE_INVALID` if the runtime rejects the key only at its first use.
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

function publicKeyUnusable(name: string, cause: unknown): NotationError {
  if (cause instanceof NotationError) return cause;
  return new NotationError('ERR_CERTIFICATE_INVALID', `a public key for ${name} cannot be used`, { cause });
}
