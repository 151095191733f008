import { sha1 } from '@noble/hashes/legacy.js';
import forge from 'node-forge/lib/forge.js';
import { Oid } from '../../asn1/oids.ts';
import { decodeLatin1 } from '../../encoding/bytes.ts';
import 'node-forge/lib/des.js';
import 'node-forge/lib/rc2.js';
import { type Derivation, deriveBytes, Purpose } from './key-derivation.ts';

/** The ciphers of PKCS #12 before PBES2 (RFC 7292, appendix C), by object identifier: length of the key in bytes, and the cipher. */
const CIPHERS: Readonly<Record<string, { length: number; name: '3DES' | 'RC2' }>> = {
  [Oid.pbeWithSha1And3KeyTripleDes]: { length: 24, name: '3DES' },
  [Oid.pbeWithSha1And2KeyTripleDes]: { length: 16, name: '3DES' },
  [Oid.pbeWithSha1And128BitRc2]: { length: 16, name: 'RC2' },
  [Oid.pbeWithSha1And40BitRc2]: { length: 5, name: 'RC2' },
};
const BLOCK = 8;

/** Reports whether a scheme uses one of the legacy ciphers. */
export function isLegacyScheme(oid: string): boolean {
  return Object.hasOwn(CIPHERS, oid);
}

/**
 * Decrypts by one of the legacy ciphers.
 * @returns The bytes, or `undefined` if the passphrase is wrong.
 * @throws NotationError `ERR_LIMIT_EXCEEDED`
 */
export async function decryptLegacy(
  oid: string,
  encrypted: Uint8Array,
  derivation: Derivation,
): Promise<Uint8Array | undefined> {
  const { length, name } = CIPHERS[oid] ?? { length: 0, name: '3DES' };
  const key = await deriveBytes(sha1, Purpose.key, derivation, length);
  const iv = await deriveBytes(sha1, Purpose.iv, derivation, BLOCK);
  // With two DES keys, the first one is also the third.
  const whole = name === '3DES' && length === 16 ? Uint8Array.of(...key, ...key.subarray(0, BLOCK)) : key;
  const decipher =
    name === 'RC2'
      ? forge.rc2.createDecryptionCipher(decodeLatin1(whole), length * 8)
      : forge.cipher.createDecipher('3DES-CBC', decodeLatin1(whole));
  if (name === 'RC2') decipher.start(decodeLatin1(iv));
  else decipher.start({ iv: decodeLatin1(iv) });
  decipher.update(forge.util.createBuffer(decodeLatin1(encrypted)));
  if (encrypted.length % BLOCK !== 0 || !decipher.finish()) return undefined;
  return Uint8Array.from(decipher.output.getBytes(), (character: string) => character.charCodeAt(0));
}
