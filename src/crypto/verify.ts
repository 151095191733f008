import { NotationError } from '../errors/index.ts';
import { supportsCurve } from './probe.ts';
import { bufferSource, subtle } from './subtle.ts';
import type { CryptoKey, ImportParams, SignParams } from './types.ts';

/**
 * A public key that verifies.
 * @param spki - SubjectPublicKeyInfo, DER.
 * @throws NotationError `ERR_CERTIFICATE_INVALID` for a key that the runtime refuses, `ERR_RUNTIME_UNSUPPORTED` where it
 * refuses all of its kind.
 */
export async function importPublicKey(spki: Uint8Array, params: ImportParams): Promise<CryptoKey> {
  try {
    return await subtle().importKey('spki', bufferSource(spki), params, false, ['verify']);
  } catch (cause) {
    await requireCurve(params, cause);
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

/**
 * Blames the runtime, not the key, where it does not know the curve.
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

function unusable(name: string, cause: unknown): NotationError {
  if (cause instanceof NotationError) return cause;
  return new NotationError('ERR_CERTIFICATE_INVALID', `a public key for ${name} cannot be used`, { cause });
}
