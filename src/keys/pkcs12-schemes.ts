import { sha1 } from '@noble/hashes/legacy.js';
import { type DerReader, Tag } from '../asn1/der-reader.ts';
import { Oid } from '../asn1/oids.ts';
import { readSmallInteger } from '../asn1/values.ts';
import { encryptionUnsupported } from './key-errors.ts';
import { decryptRc2, decryptTripleDes, LEGACY_BLOCK } from './legacy-ciphers.ts';
import type { Passphrase } from './passphrase.ts';
import { deriveBytes, Purpose } from './pkcs12-derivation.ts';

type Decrypt = typeof decryptTripleDes;

/** The schemes of PKCS #12 before PBES2 (RFC 7292, appendix C), by object identifier: bytes of the key, and the cipher. */
const SCHEMES: Readonly<Record<string, { length: number; decrypt: Decrypt }>> = {
  [Oid.pbeWithSha1And3KeyTripleDes]: { length: 24, decrypt: decryptTripleDes },
  [Oid.pbeWithSha1And2KeyTripleDes]: { length: 16, decrypt: decryptTripleDes },
  [Oid.pbeWithSha1And128BitRc2]: { length: 16, decrypt: decryptRc2 },
  [Oid.pbeWithSha1And40BitRc2]: { length: 5, decrypt: decryptRc2 },
};

/**
 * Decrypts by one of the schemes of PKCS #12 before PBES2, which also encrypt keys in PKCS #8 files.
 * @param parameters - The parameters of the scheme, without their head.
 * @returns The bytes, or `undefined` if the passphrase is wrong.
 * @throws NotationError `ERR_KEY_INVALID` for another scheme, `ERR_LIMIT_EXCEEDED`
 */
export async function decryptPkcs12Scheme(
  oid: string,
  parameters: DerReader,
  encrypted: Uint8Array,
  { bmp, budget }: Passphrase,
): Promise<Uint8Array | undefined> {
  const scheme = Object.hasOwn(SCHEMES, oid) ? SCHEMES[oid] : undefined;
  if (!scheme) throw encryptionUnsupported(`the scheme ${oid}`);
  const salt = parameters.read(Tag.octetString).content;
  const iterations = readSmallInteger(parameters);
  parameters.end();
  const derivation = { passphrase: bmp, salt, iterations, budget };
  const key = await deriveBytes(sha1, Purpose.key, derivation, scheme.length);
  const iv = await deriveBytes(sha1, Purpose.iv, derivation, LEGACY_BLOCK);
  return scheme.decrypt(key, iv, encrypted);
}
