import { sha1 } from '@noble/hashes/legacy.js';
import forge from 'node-forge/lib/forge.js';
import { Oid } from '../../asn1/oids.ts';
import 'node-forge/lib/des.js';
import 'node-forge/lib/rc2.js';
import { type Derivation, deriveOctets, Purpose } from './key-derivation.ts';

/** The ciphers of PKCS #12 before PBES2 (RFC 7292, appendix C), by object identifier: octets of the key, and which. */
const CIPHERS: Readonly<Record<string, { length: number; name: '3DES' | 'RC2' }>> = {
  [Oid.pbeWithSha1And3KeyTripleDes]: { length: 24, name: '3DES' },
  [Oid.pbeWithSha1And2KeyTripleDes]: { length: 16, name: '3DES' },
  [Oid.pbeWithSha1And128BitRc2]: { length: 16, name: 'RC2' },
  [Oid.pbeWithSha1And40BitRc2]: { length: 5, name: 'RC2' },
};
const BLOCK = 8;

/** Whether a scheme is one of them. */
export function isLegacyScheme(oid: string): boolean {
  return Object.hasOwn(CIPHERS, oid);
}

/**
 * Decrypts by one of them.
 * @returns The bytes, or `undefined` where the passphrase is another one.
 * @throws NotationError `ERR_LIMIT_EXCEEDED`
 */
export async function decryptLegacy(
  oid: string,
  encrypted: Uint8Array,
  derivation: Derivation,
): Promise<Uint8Array | undefined> {
  const { length, name } = CIPHERS[oid] ?? { length: 0, name: '3DES' };
  const key = await deriveOctets(sha1, Purpose.key, derivation, length);
  const iv = await deriveOctets(sha1, Purpose.iv, derivation, BLOCK);
  // Two keys of DES stand for three of which the third is the first.
  const whole = name === '3DES' && length === 16 ? Uint8Array.of(...key, ...key.subarray(0, BLOCK)) : key;
  const decipher =
    name === 'RC2'
      ? forge.rc2.createDecryptionCipher(binary(whole), length * 8)
      : forge.cipher.createDecipher('3DES-CBC', binary(whole));
  if (name === 'RC2') decipher.start(binary(iv));
  else decipher.start({ iv: binary(iv) });
  decipher.update(forge.util.createBuffer(binary(encrypted)));
  if (encrypted.length % BLOCK !== 0 || !decipher.finish()) return undefined;
  return Uint8Array.from(decipher.output.getBytes(), (character: string) => character.charCodeAt(0));
}

/** Octets as the library takes them: a text of the characters 0 to 255. */
function binary(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}
