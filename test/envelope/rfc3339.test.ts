import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRfc3339, parseRfc3339 } from '../../src/envelope/rfc3339.ts';

describe('a time of RFC 3339', () => {
  it.each([
    ['2024-05-06T07:08:09Z', '2024-05-06T07:08:09.000Z'],
    ['2024-05-06T07:08:09+08:00', '2024-05-05T23:08:09.000Z'],
    ['2024-05-06T07:08:09-08:00', '2024-05-06T15:08:09.000Z'],
    ['2024-05-06T07:08:09+00:00', '2024-05-06T07:08:09.000Z'],
    ['2024-05-06T07:08:09-00:00', '2024-05-06T07:08:09.000Z'],
    ['2024-05-06T07:08:09+23:59', '2024-05-05T07:09:09.000Z'],
    ['2024-05-06T07:08:09.5Z', '2024-05-06T07:08:09.500Z'],
    ['2024-05-06T07:08:09.290Z', '2024-05-06T07:08:09.290Z'],
    ['2024-05-06T07:08:09.123456789123Z', '2024-05-06T07:08:09.123Z'],
    ['2024-05-06T07:08:09.0009+01:00', '2024-05-06T06:08:09.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
    ['0099-12-31T23:59:59Z', '0099-12-31T23:59:59.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('is read: %s', (text, expected) => {
    expect(parseRfc3339(text)?.toISOString()).toBe(expected);
  });

  it.each([
    '',
    '2024-05-06',
    '2024-05-06T07:08:09',
    '2024-05-06T07:08Z',
    '2024-05-06 07:08:09Z',
    '2024-05-06t07:08:09z',
    '2024-05-06T07:08:09.Z',
    '2024-05-06T07:08:09,5Z',
    '2024-05-06T07:08:09+0800',
    '2024-05-06T07:08:09+24:00',
    '2024-05-06T07:08:09+08:60',
    '2024-05-06T07:08:60Z',
    '2024-05-06T24:00:00Z',
    '2024-05-06T07:60:09Z',
    '2023-02-29T07:08:09Z',
    '2024-13-06T07:08:09Z',
    '2024-00-06T07:08:09Z',
    '2024-05-00T07:08:09Z',
    '2024-05-32T07:08:09Z',
    '+12024-05-06T07:08:09Z',
    '12024-05-06T07:08:09Z',
    '2024-5-6T7:8:9Z',
    ' 2024-05-06T07:08:09Z',
    '2024-05-06T07:08:09Z\n',
    '２０２４-05-06T07:08:09Z',
    `2024-05-06T07:08:09.${'0'.repeat(60)}Z`,
    'Mon, 06 May 2024 07:08:09 GMT',
    '1714979289',
  ])('is rejected: %j', (text) => {
    expect(parseRfc3339(text)).toBeUndefined();
  });

  it('is written in UTC and whole seconds', () => {
    expect(formatRfc3339(new Date('2024-05-06T07:08:09.999+02:00'))).toBe('2024-05-06T05:08:09Z');
  });

  it('decodes its own output', () => {
    const time = fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(time, (date) => {
        expect(parseRfc3339(formatRfc3339(date))?.getTime()).toBe(Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });

  it('is a valid date or undefined for any string', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789-:.TZ+'), maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(text, fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)), (input) => {
        const time = parseRfc3339(input);
        if (time) expect(time.getTime()).not.toBeNaN();
      }),
      { numRuns: 1000 },
    );
  });
});
