import { describe, expect, it } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8, equalBytes } from '../../src/encoding/bytes.ts';
import { encodeHex } from '../../src/encoding/hex.ts';
import { failure } from './failure.ts';

describe('bytes', () => {
  it('are decoded as UTF-8', () => {
    expect(decodeUtf8(encodeUtf8('grün 🗝'))).toBe('grün 🗝');
  });

  it('keep a byte order mark, so that no two encodings have the same string', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });

  it.each([
    ['a lone continuation', [0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a cut-off sequence', [0xe2, 0x82]],
  ])('are rejected as UTF-8 with %s', (_, bytes) => {
    expect(failure(() => decodeUtf8(Uint8Array.from(bytes), 'name'), 'ERR_ENCODING_INVALID')).toContain(
      'name',
    );
  });

  it('are equal when length and every byte are', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  });

  it('are joined in order', () => {
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))).toEqual(
      Uint8Array.of(1, 2, 3),
    );
    expect(concatBytes()).toEqual(new Uint8Array());
  });

  it('are written in lower-case hexadecimal, two digits each', () => {
    expect(encodeHex(Uint8Array.of(0, 10, 255))).toBe('000aff');
  });
});
