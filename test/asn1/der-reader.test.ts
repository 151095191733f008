import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contextTag, DerReader, Tag } from '../../src/asn1/der-reader.ts';
import {
  readBoolean,
  readByteAlignedBitString,
  readInteger,
  readNamedBits,
  readOid,
  readSmallInteger,
  readTime,
  stringValue,
} from '../../src/asn1/values.ts';
import { failure, outcome } from '../encoding/failure.ts';
import * as der from '../support/der.ts';

const reader = (...bytes: number[]) =>
  new DerReader(Uint8Array.from(bytes), 'thing', 'ERR_CERTIFICATE_INVALID');
const readerOf = (bytes: Uint8Array) => new DerReader(bytes, 'thing', 'ERR_CERTIFICATE_INVALID');
const invalid = (action: () => unknown) => failure(action, 'ERR_CERTIFICATE_INVALID');

describe('a DER element', () => {
  it('is read with identifier, length and content', () => {
    const element = reader(0x30, 0x02, 0x05, 0x00, 0xff).read(Tag.sequence);
    expect(element.tag).toBe(0x30);
    expect([...element.bytes]).toEqual([0x30, 0x02, 0x05, 0x00]);
    expect([...element.content]).toEqual([0x05, 0x00]);
  });

  it.each([127, 128, 255, 256, 65_535, 65_536])('is read with %i bytes of content', (length) => {
    expect(readerOf(der.octetString(new Uint8Array(length))).read().content).toHaveLength(length);
  });

  it.each([
    ['an indefinite length', [0x30, 0x80, 0x00, 0x00]],
    ['the reserved length', [0x30, 0xff, 0x00]],
    ['a length of five bytes', [0x30, 0x85, 0, 0, 0, 0, 0]],
    ['a long form below 128', [0x04, 0x81, 0x01, 0x00]],
    ['a leading zero in the length', [0x04, 0x82, 0x00, 0x81, ...new Array<number>(0x81).fill(0)]],
    ['less content than it says', [0x04, 0x02, 0x00]],
    ['a length of four gigabytes', [0x04, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00]],
    ['no length', [0x04]],
    ['nothing at all', []],
    ['a length that is cut off', [0x04, 0x82, 0x01]],
    ['a tag of many bytes', [0x1f, 0x81, 0x01, 0x00]],
  ])('is rejected with %s', (_, bytes) => {
    invalid(() => reader(...bytes).read());
  });

  it('is rejected if another tag is expected', () => {
    expect(invalid(() => reader(0x31, 0x00).read(Tag.sequence))).toContain('0x31');
  });

  it('is skipped if it is optional and absent', () => {
    const list = reader(0x05, 0x00);
    expect(list.readOptional(contextTag(0))).toBeUndefined();
    expect(list.readOptional(Tag.null)?.content).toHaveLength(0);
    expect(list.done).toBe(true);
  });

  it('is rejected if unexpected bytes follow it', () => {
    expect(invalid(() => reader(0x05).end())).toContain('trailing');
  });

  it('returns elements or throws a NotationError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const list = readerOf(bytes);
        outcome(() => {
          while (!list.done) list.read();
        });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a BOOLEAN', () => {
  it.each([
    [0x00, false],
    [0xff, true],
  ])('of %i is %j', (byte, value) => {
    expect(readBoolean(reader(0x01, 0x01, byte))).toBe(value);
  });

  it.each([[[0x01, 0x01, 0x01]], [[0x01, 0x00]], [[0x01, 0x02, 0xff, 0xff]]])(
    'is rejected as %j',
    (bytes) => {
      invalid(() => readBoolean(reader(...bytes)));
    },
  );
});

describe('an INTEGER', () => {
  it.each([[[]], [[0x00, 0x7f]], [[0xff, 0x80]]])('is rejected with the content %j', (content) => {
    invalid(() => readInteger(reader(0x02, content.length, ...content)));
  });

  it.each([
    [[0x00], 0],
    [[0x7f], 127],
    [[0x00, 0x80], 128],
    [[0x7f, 0xff, 0xff, 0xff], 2 ** 31 - 1],
  ])('that is small is read: %j', (content, value) => {
    expect(readSmallInteger(reader(0x02, content.length, ...content))).toBe(value);
  });

  it.each([[[0xff]], [[0x80]], [[0xff, 0x7f]], [[0x00, 0x80, 0x00, 0x00, 0x00]], [[1, 2, 3, 4, 5]]])(
    'that must be small is rejected: %j',
    (content) => {
      invalid(() => readSmallInteger(reader(0x02, content.length, ...content)));
    },
  );
});

describe('an OBJECT IDENTIFIER', () => {
  it.each(['1.2.840.113549.1.1.11', '2.5.4.3', '0.9.2342.19200300.100.1.25', '2.5.29.37.0', '1.3.101.112'])(
    'is read: %s',
    (dotted) => {
      expect(readOid(readerOf(der.oid(dotted)))).toBe(dotted);
    },
  );

  it('may have a large second arc under 2', () => {
    expect(readOid(reader(0x06, 0x02, 0x88, 0x37))).toBe('2.999');
  });

  it.each([
    ['no bytes', []],
    ['an arc that is cut off', [0x2a, 0x86]],
    ['an arc with a leading zero', [0x2a, 0x80, 0x01]],
    ['an arc of endless size', [0x2a, ...new Array<number>(9).fill(0xff), 0x7f]],
    ['more bytes than any real one', new Array<number>(65).fill(1)],
  ])('is rejected with %s', (_, content) => {
    invalid(() => readOid(reader(0x06, content.length, ...content)));
  });
});

describe('a BIT STRING', () => {
  it('of whole bytes is read', () => {
    expect([...readByteAlignedBitString(reader(0x03, 0x02, 0x00, 0xaa))]).toEqual([0xaa]);
  });

  it('is rejected if it must have whole bytes and has not', () => {
    invalid(() => readByteAlignedBitString(reader(0x03, 0x02, 0x01, 0xaa)));
    invalid(() => readByteAlignedBitString(reader(0x03, 0x00)));
  });

  it('of named bits counts from the left', () => {
    const bits = readNamedBits(reader(0x03, 0x03, 0x07, 0x01, 0x80));
    expect(bits.flatMap((bit, i) => (bit ? [i] : []))).toEqual([7, 8]);
  });

  it('of named bits may have trailing zero bits, which DER forbids but old certificates have', () => {
    expect(readNamedBits(reader(0x03, 0x02, 0x00, 0x80))[0]).toBe(true);
  });

  it('of named bits may be empty', () => {
    expect(readNamedBits(reader(0x03, 0x01, 0x00))).toEqual([]);
  });

  it('of named bits does not allocate memory for a long one', () => {
    const bits = readNamedBits(readerOf(der.bitString(new Uint8Array(60_000).fill(0xff))));
    expect(bits).toHaveLength(16);
  });

  it.each([
    ['no byte', []],
    ['unused bits but no bits', [0x01]],
    ['more than seven unused bits', [0x08, 0x00]],
    ['unused bits that are set', [0x01, 0x81]],
    ['unused bits that are set, far behind', [0x01, 0x00, 0x00, 0x00, 0x01]],
  ])('of named bits is rejected with %s', (_, content) => {
    invalid(() => readNamedBits(reader(0x03, content.length, ...content)));
  });
});

describe('a time', () => {
  const read = (tag: number, text: string) =>
    readTime(readerOf(der.element(tag, new TextEncoder().encode(text))));

  it.each([
    [Tag.utcTime, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [Tag.utcTime, '491231235959Z', '2049-12-31T23:59:59.000Z'],
    [Tag.utcTime, '240229120000Z', '2024-02-29T12:00:00.000Z'],
    [Tag.generalizedTime, '20500101000000Z', '2050-01-01T00:00:00.000Z'],
    [Tag.generalizedTime, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
    [Tag.generalizedTime, '00500101000000Z', '0050-01-01T00:00:00.000Z'],
  ])('is read: %i %s', (tag, text, expected) => {
    expect(read(tag, text).toISOString()).toBe(expected);
  });

  it.each([
    [Tag.utcTime, '230229120000Z', 'a day that does not exist'],
    [Tag.utcTime, '231301120000Z', 'a month that does not exist'],
    [Tag.utcTime, '230001120000Z', 'the month 0'],
    [Tag.utcTime, '230101240000Z', 'the hour 24'],
    [Tag.utcTime, '230101006000Z', 'the minute 60'],
    [Tag.utcTime, '230101000060Z', 'a leap second'],
    [Tag.utcTime, '2301010000Z', 'no seconds'],
    [Tag.utcTime, '230101000000', 'no zone'],
    [Tag.utcTime, '230101000000+0100', 'an offset'],
    [Tag.utcTime, '20230101000000Z', 'a year of four digits'],
    [Tag.generalizedTime, '230101000000Z', 'a year of two digits'],
    [Tag.generalizedTime, '20230101000000.5Z', 'a fraction'],
    [Tag.generalizedTime, '20230101000000+0100', 'an offset'],
    [Tag.generalizedTime, '20230101000000Z\0', 'an byte more'],
    [Tag.generalizedTime, '', 'nothing'],
    [Tag.utf8String, '230101000000Z', 'another type'],
  ])('is rejected: %i %s, %s', (tag, text, _) => {
    invalid(() => read(tag, text));
  });
});

describe('a string of a name', () => {
  const read = (tag: number, ...bytes: number[]) => {
    const list = readerOf(der.element(tag, Uint8Array.from(bytes)));
    return stringValue(list, list.read());
  };

  it.each([
    ['UTF8String', Tag.utf8String, [0xc3, 0xa9], 'é'],
    ['PrintableString', Tag.printableString, [0x41, 0x2a, 0x26], 'A*&'],
    ['NumericString', Tag.numericString, [0x31, 0x20], '1 '],
    ['IA5String', Tag.ia5String, [0x61, 0x40], 'a@'],
    ['T61String, as Latin-1', Tag.t61String, [0xe9], 'é'],
    ['BMPString', Tag.bmpString, [0x00, 0xe9, 0x20, 0xac], 'é€'],
    ['BMPString with a final zero', Tag.bmpString, [0x00, 0x61, 0x00, 0x00], 'a'],
  ])('is read: %s', (_, tag, bytes, text) => {
    expect(read(tag, ...bytes)).toBe(text);
  });

  it.each([
    ['PrintableString with @', Tag.printableString, [0x40]],
    ['PrintableString with _', Tag.printableString, [0x5f]],
    ['NumericString with a letter', Tag.numericString, [0x61]],
    ['IA5String beyond ASCII', Tag.ia5String, [0x80]],
    ['BMPString of odd length', Tag.bmpString, [0x00]],
    ['BMPString with a surrogate', Tag.bmpString, [0xd8, 0x3d, 0xde, 0x00]],
    ['UniversalString', 0x1c, [0, 0, 0, 0x61]],
    ['VisibleString', 0x1a, [0x61]],
    ['OCTET STRING', Tag.octetString, [0x61]],
  ])('is rejected: %s', (_, tag, bytes) => {
    invalid(() => read(tag, ...bytes));
  });

  it('is rejected when it is not UTF-8', () => {
    invalid(() => read(Tag.utf8String, 0xff));
  });
});
