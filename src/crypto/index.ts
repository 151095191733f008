/**
 * The one table of signature algorithms, and digests, over the WebCrypto of the runtime.
 *
 * @packageDocumentation
 */
export {
  algorithmForKey,
  type KeySpec,
  type SignatureAlgorithm,
  signatureAlgorithms,
} from './algorithms.ts';
export { digestOf, hash, matchesDigest } from './digest.ts';
export { createIncrementalHash, type IncrementalHash } from './incremental-hash.ts';
export { probeAlgorithms } from './probe.ts';
export type { CryptoKey, HashName, ImportParams, SignParams } from './types.ts';
