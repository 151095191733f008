import type { DigestAlgorithm } from '../encoding/digest.ts';

/** Hashes bytes as they come, as `createHash` of `node:crypto` and the hashes of `@noble/hashes` do. */
export interface IncrementalHash {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array | Promise<Uint8Array>;
}

/** The part that is used of the `process` of Node, and of other runtimes with its modules. */
interface RuntimeProcess {
  getBuiltinModule?: (name: 'node:crypto') => { createHash(algorithm: string): IncrementalHash } | undefined;
}

/**
 * Creates a hash that takes bytes as they come, which WebCrypto does not have: that of the runtime if it has Node's modules,
 * otherwise one in JavaScript, which is loaded lazily.
 *
 * @param algorithm - `sha256`, `sha384` or `sha512`.
 * @returns The hash; `digest` ends it.
 */
export async function createIncrementalHash(algorithm: DigestAlgorithm): Promise<IncrementalHash> {
  const native = nativeCrypto();
  if (native) return native.createHash(algorithm);
  const hashes = await import('@noble/hashes/sha2.js');
  return hashes[algorithm].create();
}

function nativeCrypto() {
  try {
    const { process } = globalThis as { process?: RuntimeProcess };
    return process?.getBuiltinModule?.('node:crypto');
  } catch {
    // What the runtime has under this name is not Node's process.
    return undefined;
  }
}
