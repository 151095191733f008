import { DerReader, Tag } from '../asn1/der-reader.ts';
import { element, sequence } from '../asn1/der-writer.ts';
import { type KeyAlgorithm, readKeyAlgorithm, writeKeyAlgorithm } from '../asn1/key-algorithm.ts';
import type { KeySpec } from '../crypto/algorithms.ts';
import { concatBytes } from '../encoding/bytes.ts';
import { isNotationError } from '../errors/notation-error.ts';
import { keyInvalid } from './key-errors.ts';

// PrivateKeyInfo and EncryptedPrivateKeyInfo (RFC 5208, RFC 5958), as far as WebCrypto does not read them itself.

/**
 * Reports whether a key is an EncryptedPrivateKeyInfo: it begins with a sequence, where a PrivateKeyInfo has its version.
 */
export function isEncryptedKey(der: Uint8Array): boolean {
  return attempt(() => readerOf(der).enter(Tag.sequence).peek()) === Tag.sequence;
}

/** Reports whether bytes begin like a PrivateKeyInfo and have its length. */
export function isPrivateKeyInfo(der: Uint8Array): boolean {
  const first = attempt(() => {
    const outer = readerOf(der);
    const info = outer.enter(Tag.sequence);
    outer.end();
    return info.peek();
  });
  return first === Tag.integer;
}

/** Returns the type of the key in a PrivateKeyInfo, or `undefined` if it cannot be read. */
export function privateKeyAlgorithm(der: Uint8Array): KeyAlgorithm | undefined {
  return attempt(() => {
    const info = readerOf(der).enter(Tag.sequence);
    info.read(Tag.integer);
    return readKeyAlgorithm(info.enter(Tag.sequence));
  });
}

/** Puts a PrivateKeyInfo around an RSAPrivateKey (PKCS#1) or ECPrivateKey (SEC 1). */
export function wrapPrivateKey(key: Uint8Array, keySpec: KeySpec): Uint8Array {
  const version = Uint8Array.of(Tag.integer, 1, 0);
  return sequence(version, writeKeyAlgorithm(keySpec), element(Tag.octetString, key));
}

/**
 * Returns a PrivateKeyInfo whose elliptic curve scalar is as long as the curve requires (RFC 5915, section 3); any other
 * key as it is. GnuTLS writes the scalar as an integer, with a sign byte or without leading zeros, and runtimes differ in
 * what they take.
 * @throws NotationError `ERR_KEY_INVALID` for a scalar that is too large for the curve: some runtimes would cut it
 */
export function withFullScalar(der: Uint8Array): Uint8Array {
  const found = attempt(() => findScalar(der));
  if (!found) return der;
  const full = resized(found.scalar, found.length);
  if (!full) throw keyInvalid('the scalar of the private key is too large for its curve');
  return full.length === found.scalar.length ? der : found.replace(full);
}

/** Returns the scalar of an elliptic curve key, and how long the curve requires it to be. */
function findScalar(der: Uint8Array) {
  const info = readerOf(der).enter(Tag.sequence);
  const version = info.read(Tag.integer).bytes;
  const algorithm = info.read(Tag.sequence);
  const curve = readKeyAlgorithm(info.inside(algorithm.content));
  if (curve.type !== 'EC' || curve.size === undefined) return undefined;
  const key = info.enter(Tag.octetString).enter(Tag.sequence);
  const keyVersion = key.read(Tag.integer).bytes;
  const scalar = key.read(Tag.octetString).content;
  const [keyRest, rest] = [key.rest(), info.rest()];
  return {
    scalar,
    length: Math.ceil(curve.size / 8),
    replace(full: Uint8Array): Uint8Array {
      const rewritten = sequence(keyVersion, element(Tag.octetString, full), keyRest);
      return sequence(version, algorithm.bytes, element(Tag.octetString, rewritten), rest);
    },
  };
}

/** Returns a number with as many bytes, or `undefined` if it does not fit. */
function resized(number: Uint8Array, length: number): Uint8Array | undefined {
  const first = number.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? new Uint8Array() : number.subarray(first);
  if (digits.length > length) return undefined;
  return concatBytes(new Uint8Array(length - digits.length), digits);
}

function readerOf(der: Uint8Array): DerReader {
  return new DerReader(der, 'private key', 'ERR_KEY_INVALID');
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return undefined;
  }
}
