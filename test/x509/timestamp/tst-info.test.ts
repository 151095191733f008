import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTstInfo } from '../../../src/x509/timestamp/tst-info.ts';
import { failure, outcome } from '../../encoding/failure.ts';
import * as der from '../../support/der.ts';
import { extensions } from '../../support/forge.ts';
import { digestOf, type ForgedTstInfo, forgeTstInfo } from '../../support/forge-timestamp.ts';

const signature = Uint8Array.of(1, 2, 3);
const parse = (content: Partial<ForgedTstInfo> = {}) =>
  parseTstInfo(forgeTstInfo({ signature, time: '20300102030405Z', ...content }));
const refusal = (content: Partial<ForgedTstInfo>) => failure(() => parse(content), 'ERR_TIMESTAMP_INVALID');
/** The range around the time, in milliseconds. */
const range = (content: Partial<ForgedTstInfo>) => {
  const { time, earliest, latest } = parse(content);
  return [earliest.getTime() - time.getTime(), latest.getTime() - time.getTime()];
};
const text = (value: string) => new TextEncoder().encode(value);

describe('a TSTInfo', () => {
  it('says policy, serial number, hash and time', () => {
    expect(parse({ policy: '1.2.3', serialNumber: Uint8Array.of(0x01, 0xff) })).toEqual({
      policy: '1.2.3',
      serialNumber: '01ff',
      imprint: { hash: 'SHA-256', value: digestOf('SHA-256', signature) },
      time: new Date('2030-01-02T03:04:05Z'),
      earliest: new Date('2030-01-02T03:04:05Z'),
      latest: new Date('2030-01-02T03:04:05Z'),
    });
  });

  it('may have every field', () => {
    const everything = parse({
      accuracy: { seconds: 1, millis: 1, micros: 1 },
      ordering: true,
      nonce: Uint8Array.of(0x7f),
      tsa: der.explicit(4, der.sequence()),
      extensions: [extensions.of('1.2.3', der.nullValue())],
    });
    expect(everything.nonce).toEqual(Uint8Array.of(0x7f));
  });

  it.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)('may be about a hash by %s', (hash) => {
    expect(parse({ hash }).imprint).toEqual({ hash, value: digestOf(hash, signature) });
  });

  it.each([
    ['SHA-1', 'SHA-1'],
    ['SHA-224', '2.16.840.1.101.3.4.2.4'],
    ['SHA3-256', '2.16.840.1.101.3.4.2.8'],
    ['SHA-256 with RSA', '1.2.840.113549.1.1.11'],
  ])('is not about a hash by %s', (_, hash) => {
    expect(refusal({ hash })).toContain('hash function');
  });

  it.each([0, 2, 3])('of the version %i is rejected', (version) => {
    expect(refusal({ version })).toContain('not of version 1');
  });

  it.each([
    ['trailing fields', { trailing: [der.nullValue()] }, 'trailing bytes'],
    [
      'a nonce before the ordering',
      { trailing: [der.boolean(true)], nonce: Uint8Array.of(1) },
      'trailing bytes',
    ],
    ['a malformed ordering', { trailing: [der.element(1, Uint8Array.of(2))] }, 'malformed BOOLEAN'],
    ['a malformed nonce', { nonce: Uint8Array.of(0, 1) }, 'malformed INTEGER'],
    ['an empty nonce', { nonce: Uint8Array.of() }, 'malformed INTEGER'],
    ['an empty serial number', { serialNumber: Uint8Array.of() }, 'malformed INTEGER'],
  ])('with %s is rejected', (_, content, reason) => {
    expect(refusal(content)).toContain(reason);
  });

  it('with a serial number of 160 bits is read', () => {
    expect(parse({ serialNumber: new Uint8Array(20).fill(0x7f) }).serialNumber).toHaveLength(40);
    expect(parse({ serialNumber: Uint8Array.of(0, ...new Uint8Array(20).fill(0xff)) }).serialNumber).toMatch(
      /^(?:00)?(?:ff){20}$/,
    );
  });

  it.each([
    ['of more than 160 bits', new Uint8Array(21).fill(0x7f)],
    ['without end', new Uint8Array(100_000).fill(0x7f)],
  ])('with a serial number %s is rejected', (_, serialNumber) => {
    expect(refusal({ serialNumber })).toContain('more than 160 bits');
  });

  it('with a critical extension is rejected, because all are unknown', () => {
    const extension = extensions.of('1.2.3', der.nullValue(), true);
    expect(refusal({ extensions: [extension] })).toContain('critical extension 1.2.3');
    const list = [extensions.of('1.2.4', der.nullValue()), extension];
    expect(refusal({ extensions: list })).toContain('critical extension 1.2.3');
  });

  it('with a malformed extension is rejected', () => {
    const [id, value] = [der.oid('1.2.3'), der.octetString(signature)];
    expect(refusal({ extensions: [der.sequence(id)] })).toContain('cut off');
    expect(refusal({ extensions: [der.sequence(id, value, der.nullValue())] })).toContain('trailing bytes');
  });

  it('in anything other than one SEQUENCE is rejected', () => {
    const info = forgeTstInfo({ signature });
    const refused = (bytes: Uint8Array) => failure(() => parseTstInfo(bytes), 'ERR_TIMESTAMP_INVALID');
    expect(refused(der.concat([info, Uint8Array.of(0)]))).toContain('trailing bytes');
    expect(refused(info.subarray(0, -1))).toContain('cut off');
    expect(refused(der.set())).toContain('the tag 0x31 instead of 0x30');
    expect(refused(signature)).toContain('the tag 0x1 instead of 0x30');
  });
});

describe('the time of a TSTInfo', () => {
  it.each([
    ['20300102030405Z', '2030-01-02T03:04:05.000Z'],
    ['20300102030405.1Z', '2030-01-02T03:04:05.100Z'],
    ['20300102030405.641Z', '2030-01-02T03:04:05.641Z'],
    ['20300102030405.6419Z', '2030-01-02T03:04:05.641Z'],
    ['20300102030405.999999Z', '2030-01-02T03:04:05.999Z'],
    ['20300102030405.999999999Z', '2030-01-02T03:04:05.999Z'],
    ['20240229000000Z', '2024-02-29T00:00:00.000Z'],
    ['20991231235959Z', '2099-12-31T23:59:59.000Z'],
  ])('%s is cut to %s', (time, expected) => {
    expect(parse({ time }).time.toISOString()).toBe(expected);
  });

  it.each([
    ['a fraction of nothing', '20300102030405.Z'],
    ['a fraction of zero', '20300102030405.0Z'],
    ['a fraction with a zero at its end', '20300102030405.120Z'],
    ['a comma', '20300102030405,1Z'],
    ['no zone', '20300102030405'],
    ['an offset', '20300102030405+0000'],
    ['an offset of an hour', '20300102030405-0100'],
    ['no seconds', '203001020304Z'],
    ['two digits of a year', '300102030405Z'],
    ['a month 13', '20301302030405Z'],
    ['a month 0', '20300002030405Z'],
    ['a 30th of February', '20300230030405Z'],
    ['a 29th of February of no leap year', '20300229030405Z'],
    ['an hour 24', '20300102240000Z'],
    ['a minute 60', '20300102036000Z'],
    ['a leap second', '20161231235960Z'],
    ['text after it', '20300102030405Z\0'],
    ['text before it', ' 20300102030405Z'],
    ['nothing', ''],
    ['a fraction without end', `20300102030405.${'1'.repeat(5000)}Z`],
  ])('with %s is rejected', (_, time) => {
    expect(refusal({ time })).toMatch(/malformed time|time that does not exist/);
  });

  it('as UTCTime is rejected', () => {
    const time = der.element(0x17, text('300102030405Z'));
    expect(refusal({ time })).toContain('the tag 0x17 instead of 0x18');
  });

  it('lies between the earliest and the latest time, whatever its fraction', () => {
    const fraction = fc.integer({ min: 1, max: 999_999_999 });
    const property = (nanoseconds: number, micros: number) => {
      const digits = String(nanoseconds).padStart(9, '0').replace(/0+$/, '');
      const parsed = parse({
        time: `20300102030405.${digits}Z`,
        accuracy: micros > 0 ? { micros } : {},
      });
      // In nanoseconds after the second.
      const nanosecondsOf = (date: Date) => (date.getTime() - Date.UTC(2030, 0, 2, 3, 4, 5)) * 1e6;
      expect(nanosecondsOf(parsed.time)).toBe(Math.floor(nanoseconds / 1e6) * 1e6);
      expect(nanosecondsOf(parsed.earliest)).toBeLessThanOrEqual(nanoseconds - micros * 1000);
      expect(nanosecondsOf(parsed.latest)).toBeGreaterThanOrEqual(nanoseconds + micros * 1000);
      expect(nanosecondsOf(parsed.latest) - nanosecondsOf(parsed.earliest)).toBeLessThanOrEqual(
        3e6 + micros * 2000,
      );
    };
    const examples: [number, number][] = [
      [999_999_999, 0],
      [999_900, 0],
      [1, 0],
      [1_000_001, 999],
    ];
    fc.assert(fc.property(fraction, fc.integer({ min: 0, max: 999 }), property), { examples });
  });
});

describe('the accuracy of a TSTInfo', () => {
  it.each([
    [{ seconds: 1 }, 1000],
    [{ millis: 500 }, 500],
    [{ micros: 1 }, 1],
    [{ micros: 999 }, 1],
    [{ seconds: 2, millis: 500, micros: 500 }, 2501],
    [{ seconds: 0 }, 0],
    [{}, 0],
    [{ seconds: 86_400 }, 86_400_000],
  ])('%o makes the range %i ms wide to each side', (accuracy, width) => {
    const [before = 0, after = 0] = range({ accuracy });
    expect([before + 0, after]).toEqual([-width + 0, width]);
  });

  it('is undefined by default', () => {
    expect(range({}).map((value) => value + 0)).toEqual([0, 0]);
  });

  it('is a second under the baseline policy if it is absent or zero', () => {
    const policy = '0.4.0.2023.1.1';
    expect(range({ policy })).toEqual([-1000, 1000]);
    expect(range({ policy, accuracy: {} })).toEqual([-1000, 1000]);
    expect(range({ policy, accuracy: { seconds: 0 } })).toEqual([-1000, 1000]);
    expect(range({ policy, accuracy: { millis: 1 } })).toEqual([-1, 1]);
    expect(range({ policy: '0.4.0.2023.1.2' }).map((value) => value + 0)).toEqual([0, 0]);
  });

  it.each([
    [
      'of a thousand milliseconds',
      'an accuracy out of range',
      der.sequence(der.implicit(0, Uint8Array.of(0x03, 0xe8))),
    ],
    [
      'of a thousand microseconds',
      'an accuracy out of range',
      der.sequence(der.implicit(1, Uint8Array.of(0x03, 0xe8))),
    ],
    ['of negative seconds', 'an INTEGER out of range', der.sequence(der.integer(Uint8Array.of(0xff)))],
    [
      'of negative milliseconds',
      'an INTEGER out of range',
      der.sequence(der.implicit(0, Uint8Array.of(0xff))),
    ],
    [
      'of seconds without end',
      'an INTEGER out of range',
      der.sequence(der.integer(new Uint8Array(200).fill(1))),
    ],
    [
      'of seconds beyond 31 bits',
      'an INTEGER out of range',
      der.sequence(der.integer(Uint8Array.of(0, 0x80, 0, 0, 0))),
    ],
    [
      'of milliseconds that are not minimal',
      'a malformed INTEGER',
      der.sequence(der.implicit(0, Uint8Array.of(0, 5))),
    ],
    ['of no milliseconds', 'a malformed INTEGER', der.sequence(der.implicit(0, Uint8Array.of()))],
    [
      'of 5 bytes of milliseconds',
      'an INTEGER out of range',
      der.sequence(der.implicit(0, Uint8Array.of(5, 1, 1, 1, 1))),
    ],
    [
      'of 257 bytes of milliseconds',
      'an INTEGER out of range',
      der.sequence(der.implicit(0, new Uint8Array(257).fill(5))),
    ],
    [
      'of 258 bytes of milliseconds',
      'an INTEGER out of range',
      der.sequence(der.implicit(0, new Uint8Array(258).fill(1))),
    ],
    [
      'in the wrong order',
      'trailing bytes',
      der.sequence(der.implicit(1, Uint8Array.of(1)), der.implicit(0, Uint8Array.of(1))),
    ],
    [
      'with a field twice',
      'trailing bytes',
      der.sequence(der.implicit(0, Uint8Array.of(1)), der.implicit(0, Uint8Array.of(1))),
    ],
    ['with an unknown field', 'trailing bytes', der.sequence(der.implicit(2, Uint8Array.of(1)))],
  ])('%s is rejected, since it has %s', (_, reason, accuracy) => {
    expect(refusal({ accuracy })).toContain(reason);
  });
});

describe('a TSTInfo of any bytes', () => {
  it('is read or rejected with an error of notarykit', () => {
    const info = forgeTstInfo({ signature, accuracy: { seconds: 1, millis: 2 }, nonce: signature });
    const changed = fc.record({ at: fc.nat(info.length - 1), byte: fc.integer({ min: 0, max: 255 }) });
    const property = ({ at, byte }: { at: number; byte: number }) => {
      const mutant = new Uint8Array(info);
      mutant[at] = byte;
      const read = outcome(() => parseTstInfo(mutant));
      if (read) expect(read.earliest <= read.time && read.time <= read.latest).toBe(true);
    };
    fc.assert(fc.property(changed, property), { numRuns: 1000 });
  });
});
