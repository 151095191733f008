import { DerReader, Tag } from '../asn1/der-reader.ts';
import { Oid } from '../asn1/oids.ts';
import { readOid } from '../asn1/values.ts';
import { decryptPbes2, Effort, passphraseBytes, unsupported, wrongPassphrase } from './pbes2.ts';
import { isPrivateKeyInfo } from './pkcs8.ts';

const WHAT = 'private key';

/**
 * The PrivateKeyInfo in an EncryptedPrivateKeyInfo (RFC 5958, section 3), which `openssl pkcs8 -topk8` writes.
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
  if (oid !== Oid.pbes2) throw unsupported(`the old scheme ${oid}`);
  const parameters = algorithm.enter(Tag.sequence);
  algorithm.end();
  const secret = passphraseBytes(passphrase, WHAT);
  const plain = await decryptPbes2(parameters, encrypted, secret, new Effort());
  // One wrong passphrase in 256 leaves padding that is good.
  if (plain && isPrivateKeyInfo(plain)) return plain;
  throw wrongPassphrase(WHAT);
}
