import { DerReader, Tag } from '../asn1/der-reader.ts';
import { Oid } from '../asn1/oids.ts';
import { readOid } from '../asn1/values.ts';

/**
 * Whether a key in DER is an EncryptedPrivateKeyInfo: it begins with a sequence, where a PrivateKeyInfo has its version.
 */
export function isEncryptedKey(der: Uint8Array): boolean {
  try {
    return new DerReader(der, 'private key', 'ERR_KEY_INVALID').enter(Tag.sequence).peek() === Tag.sequence;
  } catch {
    return false;
  }
}

/** Whether bytes have the outline of a PrivateKeyInfo. */
export function isPrivateKeyInfo(der: Uint8Array): boolean {
  try {
    const outer = new DerReader(der, 'private key', 'ERR_KEY_INVALID');
    const info = outer.enter(Tag.sequence);
    outer.end();
    return info.peek() === Tag.integer;
  } catch {
    return false;
  }
}

const CURVES: Readonly<Record<string, string>> = {
  [Oid.secp256r1]: 'EC-256',
  [Oid.secp384r1]: 'EC-384',
  [Oid.secp521r1]: 'EC-521',
};
/** What a PKCS #12 file has where a key has its algorithm. */

/** What kind of key a PrivateKeyInfo holds: `RSA`, a kind of EC key, or in words; `undefined` where that cannot be told. */
export function kindOf(der: Uint8Array): string | undefined {
  try {
    const info = new DerReader(der, 'private key', 'ERR_KEY_INVALID').enter(Tag.sequence);
    info.read(Tag.integer);
    const algorithm = info.enter(Tag.sequence);
    const oid = readOid(algorithm);
    if (oid === Oid.rsaEncryption) return 'RSA';
    if (oid === Oid.data) return 'PKCS #12';
    if (oid !== Oid.ecPublicKey) return `algorithm ${oid}`;
    const curve = readOid(algorithm);
    return Object.hasOwn(CURVES, curve) ? CURVES[curve] : `curve ${curve}`;
  } catch {
    return undefined;
  }
}
