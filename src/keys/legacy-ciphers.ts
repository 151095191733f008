import forge from 'node-forge/lib/forge.js';
import { decodeLatin1 } from '../encoding/bytes.ts';
import 'node-forge/lib/des.js';
import 'node-forge/lib/rc2.js';

// Ciphers that WebCrypto does not have. Loaded lazily: keys are mostly encrypted with AES, if at all.

/** Bytes of a block, and of the initialization vector. */
export const LEGACY_BLOCK = 8;

/**
 * Decrypts by Triple DES in CBC mode.
 * @param key - Of 24 bytes, or of 16 for two keys, the first of which is also the third.
 * @returns The bytes, or `undefined` if the padding is wrong, as it is under a wrong key.
 */
export function decryptTripleDes(
  key: Uint8Array,
  iv: Uint8Array,
  encrypted: Uint8Array,
): Uint8Array | undefined {
  const whole = key.length === 16 ? Uint8Array.of(...key, ...key.subarray(0, LEGACY_BLOCK)) : key;
  const decipher = forge.cipher.createDecipher('3DES-CBC', decodeLatin1(whole));
  decipher.start({ iv: decodeLatin1(iv) });
  return finish(decipher, encrypted);
}

/**
 * Decrypts by RC2 in CBC mode, with as many effective bits as the key has.
 * @returns The bytes, or `undefined` if the padding is wrong.
 */
export function decryptRc2(key: Uint8Array, iv: Uint8Array, encrypted: Uint8Array): Uint8Array | undefined {
  const decipher = forge.rc2.createDecryptionCipher(decodeLatin1(key), key.length * 8);
  decipher.start(decodeLatin1(iv));
  return finish(decipher, encrypted);
}

function finish(
  decipher: ReturnType<typeof forge.cipher.createDecipher>,
  encrypted: Uint8Array,
): Uint8Array | undefined {
  decipher.update(forge.util.createBuffer(decodeLatin1(encrypted)));
  if (encrypted.length % LEGACY_BLOCK !== 0 || !decipher.finish()) return undefined;
  return Uint8Array.from(decipher.output.getBytes(), (character: string) => character.charCodeAt(0));
}
