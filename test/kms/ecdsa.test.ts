import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { algorithmForKey } from '../../src/crypto/algorithms.ts';
import { isNotationError } from '../../src/errors/index.ts';
import { crc32c } from '../../src/kms/crc32c.ts';
import { rawSignature } from '../../src/kms/ecdsa.ts';

const ES256 = algorithmForKey('EC-256');
const raw = (hex: string, algorithm = ES256) =>
  Buffer.from(rawSignature(Buffer.from(hex, 'hex'), algorithm, 'the service')).toString('hex');

/** DER of a SEQUENCE of two INTEGERs. */
function derOf(r: bigint, s: bigint): string {
  const content = integer(r) + integer(s);
  return `30${lengthOf(content)}${content}`;
}

function integer(number: bigint): string {
  const hex = number.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const content = Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even;
  return `02${lengthOf(content)}${content}`;
}

function lengthOf(content: string): string {
  const length = content.length / 2;
  const hex = length.toString(16).padStart(2, '0');
  return length < 0x80 ? hex : `81${hex}`;
}

describe('a signature in DER', () => {
  it.each(['EC-256', 'EC-384', 'EC-521'])('becomes r and s, as long as the curve: %s', (keySpec) => {
    const algorithm = algorithmForKey(keySpec);
    const bits = Number(keySpec.slice(3));
    const number = fc.oneof(fc.bigInt(1n, 2n ** BigInt(bits) - 1n), fc.bigInt(1n, 2n ** 64n));
    const digits = algorithm.signatureLength;
    fc.assert(
      fc.property(number, number, (r, s) => {
        const expected = [r, s].map((part) => part.toString(16).padStart(digits, '0')).join('');
        expect(raw(derOf(r, s), algorithm)).toBe(expected);
      }),
    );
  });

  it('has short numbers padded', () => {
    expect(raw('3006020101020102')).toBe(`${'1'.padStart(64, '0')}${'2'.padStart(64, '0')}`);
  });

  const full = 'f'.repeat(64);

  it.each([
    ['nothing', '', 'cut off'],
    ['no sequence', '3106020101020102', 'tag'],
    ['one number', '3003020101', 'cut off'],
    ['three numbers', '3009020101020102020103', 'trailing'],
    ['something after it', '300602010102010200', 'trailing'],
    ['a negative number', '30060201ff020102', 'negative or too long'],
    ['a negative number of full length', `30250220${'8'.padEnd(64, '0')}020101`, 'negative or too long'],
    ['a number that is not minimal', '300702020001020102', 'INTEGER'],
    ['a number without bytes', '30050200020102', 'INTEGER'],
    ['a number beyond the curve', `3026022101${full}020101`, 'negative or too long'],
    ['a number with its sign, beyond the curve', `3027022200${full}ff020101`, 'negative or too long'],
    ['a length that is not minimal', '308106020101020102', 'minimal'],
    ['an indefinite length', '30800201010201020000', 'indefinite'],
    ['a cut-off number', '3006020101020202', 'cut off'],
    ['a bit string in place of a number', '3006030101020102', 'tag'],
    ['a raw signature', '11'.repeat(64), 'tag'],
  ])('is rejected: %s', (_, hex, message) => {
    expect(() => raw(hex)).toThrow(
      expect.objectContaining({ code: 'ERR_KMS_RESPONSE', message: expect.stringContaining(message) }),
    );
  });

  it('is either read or rejected with a NotationError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 160 }), (bytes) => {
        try {
          expect(rawSignature(bytes, ES256, 'the service')).toHaveLength(64);
        } catch (error) {
          if (!isNotationError(error, 'ERR_KMS_RESPONSE')) throw error;
        }
      }),
    );
  });
});

describe('CRC-32C', () => {
  // RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
  it.each([
    ['32 bytes of zeroes', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 bytes that count up', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ['32 bytes that count down', Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
    ['the check value', Buffer.from('123456789'), 0xe3069283],
    ['nothing', Buffer.alloc(0), 0],
  ])('is as documented: %s', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });
});
