import { DerReader, Tag } from '../asn1/der-reader.ts';
import { element, sequence } from '../asn1/der-writer.ts';
import { type KeyAlgorithm, readKeyAlgorithm, writeKeyAlgorithm } from '../asn1/key-algorithm.ts';
import type { KeySpec } from '../crypto/algorithms.ts';
import { isNotationError } from '../errors/notation-error.ts';

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
