import { Decoder } from 'cbor-x/decode-no-eval';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EpochTime, encodeCbor } from '../../src/envelope/cbor-encode.ts';
import { readCbor as readStrictly } from '../../src/envelope/cbor-reader.ts';

const decoding = { mapsAsObjects: false, useRecords: false, int64AsNumber: true };

import { failure, outcome } from '../encoding/failure.ts';
import { type Cbor, cbor, float32, float64, head, join, Pairs, Raw, readCbor, Tagged } from './cbor.ts';

const pass = (item: Cbor, times = false) => readStrictly(cbor(item), 'thing', times);
const refused = (item: Cbor, times = false) => failure(() => pass(item, times), 'ERR_ENVELOPE_INVALID');
const raw = (...parts: Uint8Array[]) => new Raw(...join(...parts));

describe('readCbor', () => {
  it.each<[string, Cbor]>([
    ['integers', [0, 23, 24, 255, 65_536, 2 ** 32, Number.MAX_SAFE_INTEGER, -1, -25, -(2 ** 40)]],
    ['texts and bytes', ['', 'grün', new Uint8Array(300)]],
    ['simple values', [true, false, null, new Raw(0xf7)]],
    ['floats', [1.5, raw(float32(1.5)), new Raw(0xf9, 0x3e, 0x00)]],
    ['maps', new Pairs([[1, new Pairs([['a', []]])]])],
    [
      'the same key as text and as number',
      new Pairs([
        [1, 0],
        ['1', 0],
        [-1, 0],
      ]),
    ],
    ['integers in more bytes than they need', [raw(head(0, 1, 8)), raw(head(0, 1, 4)), raw(head(1, 1, 2))]],
  ])('reads %s', (_, item) => {
    pass(item);
  });

  it.each<[string, Cbor, string]>([
    ['nothing', new Raw(), 'the thing is truncated or has a wrong length'],
    ['trailing bytes', new Raw(0x00, 0x00), 'the thing has trailing bytes'],
    [
      'an indefinite byte string',
      new Raw(0x5f, 0x41, 0x00, 0xff),
      'the thing has an indefinite length or a reserved item',
    ],
    [
      'an indefinite text',
      new Raw(0x7f, 0x61, 0x61, 0xff),
      'the thing has an indefinite length or a reserved item',
    ],
    ['an indefinite array', new Raw(0x9f, 0xff), 'the thing has an indefinite length or a reserved item'],
    ['an indefinite map', new Raw(0xbf, 0xff), 'the thing has an indefinite length or a reserved item'],
    ['a break without a start', new Raw(0xff), 'the thing has an indefinite length or a reserved item'],
    ['a reserved length', new Raw(0x1c), 'the thing has an indefinite length or a reserved item'],
    ['a reserved length of a text', new Raw(0x7d), 'the thing has an indefinite length or a reserved item'],
    ['a head that is cut off', new Raw(0x19, 0x01), 'the thing is truncated or has a wrong length'],
    ['bytes that are cut off', new Raw(0x42, 0x00), 'the thing is truncated or has a wrong length'],
    [
      'bytes that claim 4 GiB',
      new Raw(0x5a, 0xff, 0xff, 0xff, 0xff),
      'the thing is truncated or has a wrong length',
    ],
    [
      'bytes that claim more than any number',
      new Raw(0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      'the thing has an integer out of range',
    ],
    [
      'an array that claims 4 billion items',
      new Raw(0x9a, 0xff, 0xff, 0xff, 0xff),
      'the thing is truncated or has a wrong length',
    ],
    [
      'a map that claims 4 billion items',
      new Raw(0xba, 0xff, 0xff, 0xff, 0xff),
      'the thing is truncated or has a wrong length',
    ],
    ['a text that is not UTF-8', new Raw(0x61, 0xff), 'the thing has a text string that is not UTF-8'],
    ['a simple value without a meaning', new Raw(0xe0), 'the thing has an item of an unexpected type'],
    ['a simple value of two bytes', new Raw(0xf8, 0x20), 'the thing has an item of an unexpected type'],
    [
      'a key twice',
      new Pairs([
        [1, 0],
        [1, 0],
      ]),
      'the thing has a map key twice',
    ],
    [
      'a text key twice',
      new Pairs([
        ['a', 0],
        ['b', 0],
        ['a', 0],
      ]),
      'the thing has a map key twice',
    ],
    [
      'a key twice in different lengths',
      new Pairs([
        [1, 0],
        [raw(head(0, 1, 8)), 0],
      ]),
      'the thing has a map key twice',
    ],
    [
      'a key twice, deep inside',
      [
        [
          new Pairs([
            [-1, 0],
            [-1, 0],
          ]),
        ],
      ],
      'the thing has a map key twice',
    ],
    [
      'a key that is an integer beyond 2^53',
      new Pairs([[new Raw(0x1b, 0x00, 0x20, 0, 0, 0, 0, 0, 0), 0]]),
      'the thing has a map key that is neither an integer nor a text string',
    ],
    [
      'a key that is a boolean',
      new Pairs([[true, 0]]),
      'the thing has a map key that is neither an integer nor a text string',
    ],
    [
      'a key that is bytes',
      new Pairs([[new Uint8Array(), 0]]),
      'the thing has a map key that is neither an integer nor a text string',
    ],
    [
      'a key that is an array',
      new Pairs([[[], 0]]),
      'the thing has a map key that is neither an integer nor a text string',
    ],
    [
      'a key that is a float',
      new Pairs([[1.5, 0]]),
      'the thing has a map key that is neither an integer nor a text string',
    ],
    [
      'a key that is null',
      new Pairs([[null, 0]]),
      'the thing has a map key that is neither an integer nor a text string',
    ],
    ['a key without a value', new Raw(0xa1, 0x01), 'the thing is truncated or has a wrong length'],
    ['a tag', new Tagged(1, 0), 'the thing has the tag 1, but no tag is allowed'],
    ['a nested COSE_Sign1', new Tagged(18, []), 'the thing has the tag 18, but no tag is allowed'],
    ['a big number', new Tagged(2, new Uint8Array(9)), 'the thing has the tag 2, but no tag is allowed'],
    ['a record of cbor-x', new Tagged(0x69, []), 'the thing has the tag 105, but no tag is allowed'],
    [
      'a tag in more bytes than it needs',
      raw(head(6, 1, 8), cbor(0)),
      'the thing has the tag 1, but no tag is allowed',
    ],
  ])('rejects %s', (_, item, reason) => {
    expect(refused(item)).toContain(reason);
  });

  it.each<[string, Cbor]>([
    ['integers', 1],
    ['negative integers', -1],
    ['integers of eight bytes', raw(head(0, 2 ** 33, 8))],
    ['double floats', 1.5],
    ['single floats', raw(float32(1.5))],
    ['half floats', new Raw(0xf9, 0x3e, 0x00)],
  ])('accepts times that are %s if they are allowed', (_, value) => {
    pass([new Tagged(1, value)], true);
  });

  it.each<[string, Cbor, string]>([
    ['a text', '2024-05-06T07:08:09Z', 'the thing has an item of an unexpected type'],
    ['another time', new Tagged(1, 0), 'the thing has an item of an unexpected type'],
    ['bytes', new Uint8Array(4), 'the thing has an item of an unexpected type'],
    ['null', null, 'the thing has an item of an unexpected type'],
    ['true', true, 'the thing has an item of an unexpected type'],
    ['no number', raw(float64(Number.NaN)), 'the thing has a time out of range'],
    ['infinite', raw(float64(Number.POSITIVE_INFINITY)), 'the thing has a time out of range'],
    ['half of no number', new Raw(0xf9, 0x7e, 0x00), 'the thing has a time out of range'],
    ['half infinite', new Raw(0xf9, 0xfc, 0x00), 'the thing has a time out of range'],
    ['beyond what dates can hold', 8_640_000_000_001, 'the thing has a time out of range'],
    ['beyond what dates can hold, negative', -8_640_000_000_002, 'the thing has a time out of range'],
    ['a float beyond what dates can hold', raw(float64(1e300)), 'the thing has a time out of range'],
    ['a large float beyond what dates can hold', raw(float32(1e38)), 'the thing has a time out of range'],
  ])('rejects a time that is %s', (_, value, reason) => {
    expect(refused(new Tagged(1, value), true)).toContain(reason);
  });

  it.each([0, 2, 18, 55_799])('rejects the tag %i if times are allowed', (tag) => {
    expect(refused(new Tagged(tag, 0), true)).toContain(
      `the thing has the tag ${tag}, but no tag is allowed`,
    );
  });

  it('rejects nesting deeper than 8', () => {
    const nested = (depth: number): Cbor => (depth === 0 ? 0 : [nested(depth - 1)]);
    pass(nested(7));
    expect(failure(() => pass(nested(8)), 'ERR_LIMIT_EXCEEDED')).toContain(
      'the thing is nested too deep or has too many items',
    );
    expect(
      failure(() => readStrictly(new Uint8Array(1_000_000).fill(0x81), 'thing'), 'ERR_LIMIT_EXCEEDED'),
    ).toContain('the thing is nested too deep or has too many items');
  });

  it('rejects more items than any honest envelope has', () => {
    expect(failure(() => pass(new Array<number>(10_001).fill(0)), 'ERR_LIMIT_EXCEEDED')).toContain(
      'the thing is nested too deep or has too many items',
    );
  });

  it('rejects more text than any honest envelope has', () => {
    const text = 'a'.repeat(600_000);
    pass(text);
    expect(failure(() => pass([text, text]), 'ERR_LIMIT_EXCEEDED')).toContain('the thing has too much text');
  });

  describe('compared with cbor-x', () => {
    const decoder = new Decoder(decoding);
    /** Both readings of accepted input, with times as seconds. */
    const agree = (bytes: Uint8Array, times: boolean) => {
      outcome(() => {
        expect(plain(readStrictly(bytes, 'thing', times))).toEqual(plain(decoder.decode(bytes)));
        expect(plain(decoder.decode(bytes))).toEqual(plain(readCbor(bytes), times));
      });
    };
    const plain = (value: unknown, times = false): unknown => {
      if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
      // cbor-x rounds an integer that a number cannot hold, and not always to the nearest one.
      if (typeof value === 'bigint' || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
        return Number(value).toPrecision(12);
      }
      if (value instanceof Map) return [...value].map(([key, item]) => [key, plain(item, times)]);
      return Array.isArray(value) ? value.map((item) => plain(item, times)) : value;
    };

    it('accepts no random bytes that cbor-x reads differently', () => {
      const byte = fc.oneof(
        fc.nat(255),
        fc.constantFrom(0x81, 0xa1, 0x61, 0x41, 0xf9, 0xfb, 0x1b, 0x3b, 0x00),
      );
      fc.assert(
        fc.property(fc.array(byte, { maxLength: 20 }), (bytes) => agree(Uint8Array.from(bytes), false)),
        { numRuns: 3000 },
      );
    });

    it('accepts no item in any form that cbor-x reads differently', () => {
      const text = fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary', minLength: 10, maxLength: 90 }),
        fc
          .tuple(fc.constantFrom('\ufeff', 'é', ''), fc.nat(90))
          .map(([first, length]) => first + 'a'.repeat(length)),
      );
      const number = fc
        .tuple(fc.constantFrom(0, 1), fc.nat(255), fc.constantFrom(1, 2, 4, 8))
        .map(([major, value, size]) => raw(head(major, value, size as 1 | 2 | 4 | 8)));
      const leaf = fc.oneof(
        text,
        number,
        fc.maxSafeInteger(),
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(true, false, null, new Raw(0xf7)),
        fc.double().map((value) => raw(float64(value))),
        fc.float().map((value) => raw(float32(value))),
        fc.nat(0xffff).map((value) => raw(head(7, value, 2))),
      );
      const item = fc.oneof(
        leaf,
        fc.array(leaf),
        fc
          .array(fc.tuple(fc.oneof(text, number, fc.maxSafeInteger()), leaf))
          .map((pairs) => new Pairs(pairs)),
      );
      fc.assert(
        fc.property(item, (value) => agree(cbor(value as Cbor), false)),
        { numRuns: 1500 },
      );
    });

    it('accepts no two keys that cbor-x reads as one', () => {
      const name = 'n'.repeat(80);
      expect(
        refused(
          new Pairs([
            [name, 0],
            [`\ufeff${name}`, 1],
          ]),
        ),
      ).toContain('the thing has a text string that begins with a byte order mark');
      expect(refused(`\ufeff${name}`)).toContain(
        'the thing has a text string that begins with a byte order mark',
      );
    });

    it('returns the time of every tagged number', () => {
      const seconds = fc.oneof(
        fc.integer(),
        fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
        fc.double({ min: -1e12, max: 1e12, noNaN: true }),
      );
      fc.assert(
        fc.property(seconds, (value) => {
          const bytes = cbor(new Tagged(1, Number.isInteger(value) ? value : raw(float64(value))));
          readStrictly(bytes, 'thing', true);
          expect(decoder.decode(bytes)).toEqual(new Date(Math.round(value * 1000)));
        }),
      );
    });
  });

  it('reads everything that the encoder writes', () => {
    const leaf = fc.oneof(
      fc.maxSafeInteger(),
      fc.string(),
      fc.uint8Array(),
      fc.date({ noInvalidDate: true }).map((date) => new EpochTime(date)),
    );
    const key = fc.oneof(fc.maxSafeInteger(), fc.string());
    const item = fc.oneof(
      leaf,
      fc.array(leaf),
      fc.array(fc.tuple(key, leaf)).map((pairs) => new Map(pairs)),
    );
    fc.assert(
      fc.property(item, (value) => {
        readStrictly(encodeCbor(value), 'thing', true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the CBOR encoder', () => {
  it.each([
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [255, '18ff'],
    [256, '190100'],
    [65_536, '1a00010000'],
    [2 ** 32, '1b0000000100000000'],
    [-1, '20'],
    [-37, '3824'],
    [-(2 ** 32) - 1, '3b0000000100000000'],
    ['', '60'],
    ['ü', '62c3bc'],
    [Uint8Array.of(1, 2), '420102'],
    [[1, ['a']], '8201816161'],
    [new EpochTime(new Date('2013-03-21T20:04:00.999Z')), 'c11a514b67b0'],
    [new EpochTime(new Date('2120-01-01T00:00:00Z')), 'c11b000000011a23a300'],
    [new EpochTime(new Date('1969-12-31T23:59:59Z')), 'c120'],
  ])('writes %j in its shortest form', (value, hex) => {
    expect(Buffer.from(encodeCbor(value)).toString('hex')).toBe(hex);
  });

  it('sorts map keys by their encoding (RFC 8949, section 4.2.1)', () => {
    const map = new Map<string | number, number>([
      ['aa', 0],
      ['b', 0],
      [-1, 0],
      [100, 0],
      [10, 0],
      ['z', 0],
    ]);
    expect(Buffer.from(encodeCbor(map)).toString('hex')).toBe('a60a001864002000616200617a0062616100');
  });
});
