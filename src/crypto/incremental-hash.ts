import type { DigestAlgorithm } from '../encoding/digest.ts';

/** Hashes bytes as they come, as `createHash` of `node:crypto` and the hashes of `@noble/hashes` do. */
export interface IncrementalHash {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array | Promise<Uint8Array>;
}

/** As far as it is used of Node's, and of runtimes that have its modules too. */
interface RuntimeProcess {
  getBuiltinModule?: (name: 'node:crypto') => { createHash(algorithm: string): IncrementalHash } | undefined;
}

/**
 * A hash that takes bytes as they come, which WebCrypto has not: that of the runtime where it has Node's modules, and
 * else one in JavaScript, loaded on need.
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
    // Whatever the runtime calls so is not Node's.
    return undefined;
  }
}
