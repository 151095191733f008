import { DerReader, Tag } from './der.ts';

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
