import { ownBytes } from '../encoding/bytes.ts';
import { type DigestAlgorithm, parseDigest } from '../encoding/digest.ts';
import { encodeHex } from '../encoding/hex.ts';
import { subtle } from './subtle.ts';
import type { HashName } from './types.ts';

const HASH_NAMES: Readonly<Record<DigestAlgorithm, HashName>> = {
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

/**
 * Hashes bytes. SHA-1 is only used for identifiers that a protocol requires, such as those of OCSP; no security depends
 * on it.
 */
export async function hash(name: HashName | 'SHA-1', bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await subtle().digest(name, ownBytes(bytes)));
}

const known = new WeakMap<object, Map<string, Promise<Uint8Array>>>();

/**
 * Hashes bytes that never change, once for as long as their owner is in memory.
 * @param owner - An object that has one such byte string.
 */
export function hashOnce(owner: object, name: HashName | 'SHA-1', bytes: Uint8Array): Promise<Uint8Array> {
  const hashes = known.get(owner) ?? new Map<string, Promise<Uint8Array>>();
  known.set(owner, hashes);
  const hashed = hashes.get(name) ?? hash(name, bytes);
  hashes.set(name, hashed);
  return hashed;
}

/** Returns the content digest of bytes, such as `sha256:9f86…`. */
export async function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Promise<string> {
  return `${algorithm}:${encodeHex(await hash(HASH_NAMES[algorithm], bytes))}`;
}

/** Reports whether bytes have a digest. A malformed digest is an error, not a mismatch. */
export async function matchesDigest(bytes: Uint8Array, digest: string): Promise<boolean> {
  const { algorithm } = parseDigest(digest);
  return (await digestOf(bytes, algorithm)) === digest;
}
