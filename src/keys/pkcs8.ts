import { DerReader, Tag } from '../asn1/der-reader.ts';
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

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
const CURVES: Readonly<Record<string, string>> = {
  '1.2.840.10045.3.1.7': 'EC-256',
  '1.3.132.0.34': 'EC-384',
  '1.3.132.0.35': 'EC-521',
};
/** What a PKCS #12 file has where a key has its algorithm. */
const DATA = '1.2.840.113549.1.7.1';

/** What kind of key a PrivateKeyInfo holds: `RSA`, a kind of EC key, or in words; `undefined` where that cannot be told. */
export function kindOf(der: Uint8Array): string | undefined {
  try {
    const info = new DerReader(der, 'private key', 'ERR_KEY_INVALID').enter(Tag.sequence);
    info.read(Tag.integer);
    const algorithm = info.enter(Tag.sequence);
    const oid = readOid(algorithm);
    if (oid === RSA) return 'RSA';
    if (oid === DATA) return 'PKCS #12';
    if (oid !== EC) return `algorithm ${oid}`;
    const curve = readOid(algorithm);
    return Object.hasOwn(CURVES, curve) ? CURVES[curve] : `curve ${curve}`;
  } catch {
    return undefined;
  }
}
