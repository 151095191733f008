import { NotationError } from '../errors/index.ts';
import { bufferSource, subtle } from './subtle.ts';
import type { CryptoKey, ImportParams, SignParams } from './types.ts';

/**
 * A public key that verifies.
 * @param spki - SubjectPublicKeyInfo, DER.
 * @throws NotationError `ERR_CERTIFICATE_INVALID` for a key that the runtime refuses.
 */
export async function importPublicKey(spki: Uint8Array, params: ImportParams): Promise<CryptoKey> {
  try {
    return await subtle().importKey('spki', bufferSource(spki), params, false, ['verify']);
  } catch (cause) {
    throw unusable(params.name, cause);
  }
}

/**
 * Whether a signature is good.
 * @throws NotationError `ERR_CERTIFICATE_INVALID` where the runtime finds only now that the key is malformed.
 */
export async function verifySignature(
  params: SignParams,
  key: CryptoKey,
  signature: Uint8Array,
  bytes: Uint8Array,
): Promise<boolean> {
  try {
    return await subtle().verify(params, key, bufferSource(signature), bufferSource(bytes));
  } catch (cause) {
    throw unusable(key.algorithm.name, cause);
  }
}

function unusable(name: string, cause: unknown): NotationError {
  if (cause instanceof NotationError) return cause;
  return new NotationError('ERR_CERTIFICATE_INVALID', `a public key for ${name} cannot be used`, { cause });
}
