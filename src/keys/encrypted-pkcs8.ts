import { DerReader, Tag } from '../asn1/der-reader.ts';
import { Oid } from '../asn1/oids.ts';
import { readOid } from '../asn1/values.ts';
import { encodeUtf8 } from '../encoding/bytes.ts';
import { NotationError } from '../errors/notation-error.ts';
import { encryptionUnsupported, wrongPassphrase } from './key-errors.ts';
import { decryptPbes2, KeyDerivationBudget } from './pbes2.ts';
import { isPrivateKeyInfo } from './pkcs8.ts';

const WHAT = 'private key';

/**
 * Decrypts an EncryptedPrivateKeyInfo (RFC 5958, section 3), which `openssl pkcs8 -topk8` writes.
 * @returns The PrivateKeyInfo, DER.
 * @throws NotationError `ERR_PASSPHRASE_INVALID`, `ERR_KEY_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_RUNTIME_UNSUPPORTED`
 */
export async function decryptPkcs8(der: Uint8Array, passphrase: string | undefined): Promise<Uint8Array> {
  const outer = new DerReader(der, WHAT, 'ERR_KEY_INVALID');
  const info = outer.enter(Tag.sequence);
  outer.end();
  const algorithm = info.enter(Tag.sequence);
  const encrypted = info.read(Tag.octetString).content;
  info.end();
  const oid = readOid(algorithm);
  if (oid !== Oid.pbes2) throw encryptionUnsupported(`the old scheme ${oid}`);
  const parameters = algorithm.enter(Tag.sequence);
  algorithm.end();
  if (typeof passphrase !== 'string') {
    const message = `the ${WHAT} is encrypted, and no passphrase is given`;
    throw new NotationError('ERR_PASSPHRASE_INVALID', message);
  }
  const budget = new KeyDerivationBudget();
  const plain = await decryptPbes2(parameters, encrypted, encodeUtf8(passphrase), budget);
  // One wrong passphrase in 256 leaves padding that is good.
  if (plain && isPrivateKeyInfo(plain)) return plain;
  throw wrongPassphrase(WHAT);
}
