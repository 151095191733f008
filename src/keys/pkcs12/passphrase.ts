import { encodeUtf8 } from '../../encoding/bytes.ts';
import { Effort } from '../pbes2.ts';

/** A passphrase in the two forms that it is used in. */
export interface Passphrase {
  /** UTF-8, for PBES2. */
  utf8: Uint8Array;
  /** BMPString with two zero octets at the end (RFC 7292, appendix B.1), for what is older. */
  bmp: Uint8Array;
  /** What it may cost to derive keys of it: one bound for the whole file. */
  effort: Effort;
}

/** The forms of a passphrase: some programs write the empty one as none at all. */
export function passphrasesOf(passphrase: string): Passphrase[] {
  const utf8 = encodeUtf8(passphrase);
  const effort = new Effort();
  const bmp = new Uint8Array(2 * passphrase.length + 2);
  for (let i = 0; i < passphrase.length; i++) {
    const unit = passphrase.charCodeAt(i);
    bmp[2 * i] = unit >> 8;
    bmp[2 * i + 1] = unit & 0xff;
  }
  return passphrase === ''
    ? [
        { utf8, bmp, effort },
        { utf8, bmp: new Uint8Array(), effort },
      ]
    : [{ utf8, bmp, effort }];
}
