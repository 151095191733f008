import { NotationError } from '../errors/notation-error.ts';

/**
 * Returns the WebCrypto of this runtime, looked up at each use so that a provider can be installed after import.
 * @throws NotationError `ERR_RUNTIME_UNSUPPORTED`
 */
export function subtle(): SubtleCrypto {
  const provider: Partial<Crypto> | undefined = globalThis.crypto;
  if (!provider?.subtle) {
    throw new NotationError('ERR_RUNTIME_UNSUPPORTED', 'this runtime has no globalThis.crypto.subtle');
  }
  return provider.subtle;
}
