import { type DerReader, Tag } from '../asn1/der-reader.ts';
import { Oid } from '../asn1/oids.ts';
import { readOid } from '../asn1/values.ts';
import type { Passphrase } from './passphrase.ts';
import { decryptPbes2 } from './pbes2.ts';

/**
 * Decrypts what a passphrase protects, in PKCS #8 and PKCS #12 files.
 * @param algorithm - The content of the AlgorithmIdentifier.
 * @returns The bytes, or `undefined` if the passphrase is wrong.
 * @throws NotationError `ERR_KEY_INVALID` for a scheme that is not supported, `ERR_LIMIT_EXCEEDED`,
 * `ERR_RUNTIME_UNSUPPORTED`, and with the code of the reader
 */
export async function decryptByPassphrase(
  algorithm: DerReader,
  encrypted: Uint8Array,
  passphrase: Passphrase,
): Promise<Uint8Array | undefined> {
  const oid = readOid(algorithm);
  const parameters = algorithm.enter(Tag.sequence);
  algorithm.end();
  if (oid === Oid.pbes2) return decryptPbes2(parameters, encrypted, passphrase);
  const { decryptPkcs12Scheme } = await import('./pkcs12-schemes.ts');
  return decryptPkcs12Scheme(oid, parameters, encrypted, passphrase);
}
