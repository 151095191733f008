import { encodeUtf8 } from '../encoding/bytes.ts';
import { KeyDerivationBudget } from './key-derivation-budget.ts';

/** A passphrase in both encodings that keys are derived from. */
export interface Passphrase {
  /** UTF-8, for PBES2. */
  utf8: Uint8Array;
  /** BMPString with two zero bytes at the end (RFC 7292, appendix B.1), for the older schemes. */
  bmp: Uint8Array;
  /** Limits the cost of deriving keys: one budget for the whole file. */
  budget: KeyDerivationBudget;
}

/** Returns the encodings of a passphrase to try: some programs encode an empty one as no bytes at all. */
export function passphrasesOf(passphrase: string): Passphrase[] {
  const utf8 = encodeUtf8(passphrase);
  const budget = new KeyDerivationBudget();
  const bmp = new Uint8Array(2 * passphrase.length + 2);
  for (let i = 0; i < passphrase.length; i++) {
    const unit = passphrase.charCodeAt(i);
    bmp[2 * i] = unit >> 8;
    bmp[2 * i + 1] = unit & 0xff;
  }
  return passphrase === ''
    ? [
        { utf8, bmp, budget },
        { utf8, bmp: new Uint8Array(), budget },
      ]
    : [{ utf8, bmp, budget }];
}
