import { subtle } from '../crypto/subtle.ts';
import { NotationError } from '../errors/index.ts';

/** The library that writes certificates and requests. */
export type X509 = typeof import('@peculiar/x509');

let library: Promise<X509> | undefined;

/**
 * Loads `@peculiar/x509` on first use.
 * @throws NotationError `ERR_RUNTIME_UNSUPPORTED`
 */
export async function loadX509(): Promise<X509> {
  library ??= importWithReflection();
  try {
    return await library;
  } catch (cause) {
    library = undefined;
    throw new NotationError('ERR_RUNTIME_UNSUPPORTED', '@peculiar/x509 cannot be loaded', { cause });
  }
}

/**
 * The library's container needs `Reflect.getMetadata` while it is loaded and never after. If the runtime lacks it, we
 * stub it during the import and remove it afterwards.
 */
async function importWithReflection(): Promise<X509> {
  const stub = (): undefined => undefined;
  const installed = ['getMetadata', 'getOwnMetadata'].filter((name) => !(name in Reflect));
  for (const name of installed) {
    Object.defineProperty(Reflect, name, { value: stub, configurable: true, writable: true });
  }
  try {
    return await import('@peculiar/x509');
  } finally {
    for (const name of installed) {
      if (Reflect.get(Reflect, name) === stub) Reflect.deleteProperty(Reflect, name);
    }
  }
}

/**
 * Returns the WebCrypto of this runtime.
 * @throws NotationError `ERR_RUNTIME_UNSUPPORTED`
 */
export function webCrypto(): Crypto {
  subtle();
  return globalThis.crypto;
}
