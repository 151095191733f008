import type { DigestAlgorithm } from '../encoding/digest.ts';
import { encodeHex } from '../encoding/hex.ts';
import { digestOf } from './digest.ts';

/** Hashing more bytes would keep other work waiting. */
const MAX_SHORT = 64 * 1024;

/** Hashes bytes in pieces, as `createHash` of `node:crypto` and the hashes of `@noble/hashes` do. */
export interface IncrementalHash {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array | Promise<Uint8Array>;
}

/** The part of Node's `process` that is used; other runtimes have it too. */
interface RuntimeProcess {
  getBuiltinModule?: (name: 'node:crypto') => { createHash(algorithm: string): IncrementalHash } | undefined;
}

/**
 * Creates a hash that takes bytes in pieces, which WebCrypto lacks: the native one if the runtime has Node's modules,
 * otherwise one in JavaScript, which is loaded lazily.
 *
 * @param algorithm - `sha256`, `sha384` or `sha512`.
 * @returns The hash; it takes no more bytes after `digest`.
 */
export async function createIncrementalHash(algorithm: DigestAlgorithm): Promise<IncrementalHash> {
  const native = nativeCrypto();
  if (native) return native.createHash(algorithm);
  const hashes = await import('./sha2.ts');
  return hashes[algorithm].create();
}

/**
 * Returns the content digest of bytes, as `digestOf` does. A short byte string is hashed at once if the runtime has Node's
 * modules: WebCrypto takes many times as long there, because it uses another thread.
 */
export async function digestQuickly(bytes: Uint8Array, algorithm: DigestAlgorithm): Promise<string> {
  const native = bytes.length <= MAX_SHORT ? nativeCrypto() : undefined;
  if (!native) return digestOf(bytes, algorithm);
  const hash = native.createHash(algorithm);
  hash.update(bytes);
  return `${algorithm}:${encodeHex(await hash.digest())}`;
}

function nativeCrypto() {
  try {
    const { process } = globalThis as { process?: RuntimeProcess };
    return process?.getBuiltinModule?.('node:crypto');
  } catch {
    // The runtime has another global of this name.
    return undefined;
  }
}
