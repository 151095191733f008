import { DerReader, Tag } from '../asn1/der-reader.ts';
import { NotationError } from '../errors/notation-error.ts';
import { decryptByPassphrase } from './decrypt.ts';
import { wrongPassphrase } from './key-errors.ts';
import { passphrasesOf } from './passphrase.ts';
import { isPrivateKeyInfo } from './pkcs8.ts';

const WHAT = 'private key';

/**
 * Decrypts an EncryptedPrivateKeyInfo (RFC 5958, section 3), which `openssl pkcs8 -topk8` writes.
 * @returns The PrivateKeyInfo, DER.
 * @throws NotationError `ERR_PASSPHRASE_INVALID`, `ERR_KEY_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_RUNTIME_UNSUPPORTED`
 */
export async function decryptPkcs8(der: Uint8Array, passphrase: string | undefined): Promise<Uint8Array> {
  const outer = new DerReader(der, WHAT, 'ERR_KEY_INVALID');
  const { content } = outer.read(Tag.sequence);
  outer.end();
  if (typeof passphrase !== 'string') {
    const message = `the ${WHAT} is encrypted, and no passphrase is given`;
    throw new NotationError('ERR_PASSPHRASE_INVALID', message);
  }
  for (const candidate of passphrasesOf(passphrase)) {
    const info = outer.inside(content);
    const algorithm = info.enter(Tag.sequence);
    const encrypted = info.read(Tag.octetString).content;
    info.end();
    const plain = await decryptByPassphrase(algorithm, encrypted, candidate);
    // One wrong passphrase in 256 leaves padding that is good.
    if (plain && isPrivateKeyInfo(plain)) return plain;
  }
  throw wrongPassphrase(WHAT);
}
