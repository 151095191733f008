import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from '../../src/encoding/base64.ts';
import { failure, outcome } from './failure.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('base64', () => {
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foobar', 'Zm9vYmFy'],
  ])('writes %j as %j (RFC 4648, section 10)', (text, encoded) => {
    expect(encodeBase64(bytes(text))).toBe(encoded);
    expect(decodeBase64(encoded)).toEqual(bytes(text));
  });

  it.each([
    ['Zg', 'padding left out'],
    ['Zg=', 'half of the padding'],
    ['Zg===', 'too much padding'],
    ['====', 'padding only'],
    ['A===', 'a single character'],
    ['Zh==', 'unused bits that are set'],
    ['Zm9=', 'unused bits that are set'],
    ['Zm\n9v', 'a line feed'],
    ['Zm9v\r\n', 'a line break at the end'],
    [' Zm9', 'a space'],
    ['Zg==Zg==', 'padding in the middle'],
    ['Zm9-', 'a character of the other alphabet'],
    ['Zm9é', 'a character that is not ASCII'],
    ['Zm9\u0100', 'a character beyond Latin-1'],
  ])('rejects %j: %s', (encoded) => {
    expect(failure(() => decodeBase64(encoded, 'token'), 'ERR_ENCODING_INVALID')).toContain('token');
  });

  it('agrees with another implementation on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        expect(encodeBase64(input)).toBe(Buffer.from(input).toString('base64'));
        expect(decodeBase64(encodeBase64(input))).toEqual(input);
      }),
    );
  });

  it('decodes a string only if it encodes to the same one', () => {
    const text = fc.string({ unit: fc.constantFrom(...'AQgwZm9v+/-_=\n'), maxLength: 12 });
    fc.assert(
      fc.property(text, (encoded) => {
        const decoded = outcome(() => decodeBase64(encoded));
        if (decoded) expect(encodeBase64(decoded)).toBe(encoded);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('base64url', () => {
  it('has no padding', () => {
    expect(encodeBase64Url(Uint8Array.of(0xfb, 0xff))).toBe('-_8');
  });

  it.each([
    ['-_8=', 'padding'],
    ['+/8', 'the other alphabet'],
    ['-_9', 'unused bits that are set'],
    ['A', 'a single character'],
    ['AA AA', 'a space'],
  ])('rejects %j: %s', (encoded) => {
    expect(failure(() => decodeBase64Url(encoded), 'ERR_ENCODING_INVALID')).toContain(
      'the value is not canonical base64url',
    );
  });

  it('decodes its own output, across the chunks of long strings', () => {
    for (const length of [6143, 6144, 6145, 20_000]) {
      const input = Uint8Array.from({ length }, (_, i) => i * 7);
      const encoded = encodeBase64Url(input);
      expect(encoded).toBe(Buffer.from(input).toString('base64url'));
      expect(decodeBase64Url(encoded)).toEqual(input);
    }
  });

  it('decodes a string only if it encodes to the same one', () => {
    const text = fc.string({ unit: fc.constantFrom(...'AQgwZm9v+/-_=\n'), maxLength: 12 });
    fc.assert(
      fc.property(text, (encoded) => {
        const decoded = outcome(() => decodeBase64Url(encoded));
        if (decoded) expect(encodeBase64Url(decoded)).toBe(encoded);
      }),
      { numRuns: 1000 },
    );
  });
});
