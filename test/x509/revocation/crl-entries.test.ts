import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeHex } from '../../../src/encoding/hex.ts';
import { isNotationError } from '../../../src/errors/index.ts';
import { CrlEntries } from '../../../src/x509/revocation/crl-entries.ts';
import * as der from '../../support/der.ts';
import { crlExtensions, type ForgedCrlEntry, forgeCrlEntry } from '../../support/forge-crl.ts';
import { listOf, now, readCrl, serial, verified } from './forge-verified-crl.ts';

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return error.code;
  }
}

const invalid = (reason: string | RegExp) =>
  expect.objectContaining({
    code: 'ERR_CRL_INVALID',
    message: expect.stringMatching(reason),
  });

describe('the entries of a CRL', () => {
  it('may be absent', async () => {
    expect((await verified()).index.count).toBe(0);
    expect((await verified({ entries: [] })).index.find('40')).toEqual([]);
  });

  it('are found with all that they say', async () => {
    const time = new Date(now - 5000);
    const invalidityDate = new Date(now - 9000);
    const { index } = await verified({
      entries: [{ serialNumber: serial, time, reason: 1, invalidityDate }],
    });
    expect(index.find(encodeHex(serial))).toEqual([{ time, reason: 'keyCompromise', invalidityDate }]);
  });

  it('of one serial number are found in their order', async () => {
    const entries = [6, 8, 1].map((reason) => ({ serialNumber: serial, reason }));
    const { index } = await verified({ entries });
    const reasons = index.find(encodeHex(serial)).map(({ reason }) => reason);
    expect(reasons).toEqual(['certificateHold', 'removeFromCRL', 'keyCompromise']);
  });

  it('are not confused if serial numbers end alike', async () => {
    const alike = Array.from({ length: 300 }, (_, i) => Uint8Array.of(0x40, i >> 8, i, 9, 9, 9, 9));
    const { index } = await verified({ entries: alike.map((serialNumber) => ({ serialNumber })) });
    for (const serialNumber of alike) expect(index.find(encodeHex(serialNumber))).toHaveLength(1);
    expect(index.find('09090909')).toEqual([]);
    expect(index.find('4f000009090909')).toEqual([]);
  });

  it('of a negative serial number are harmless', async () => {
    const { index } = await verified({ entries: [{ serialNumber: Uint8Array.of(0x80, 1) }] });
    expect(index.count).toBe(1);
    expect(index.find('008001')).toEqual([]);
  });

  it('agree with a naive list', () => {
    const serials = fc.uint8Array({ minLength: 1, maxLength: 6 }).map((bytes) => {
      const content = bytes.map((byte) => byte % 3);
      return Uint8Array.of(0x40, ...content);
    });
    fc.assert(
      fc.property(fc.array(serials, { maxLength: 60 }), serials, (list, wanted) => {
        const index = new CrlEntries(der.concat(list.map((serialNumber) => forgeCrlEntry({ serialNumber }))));
        const name = encodeHex(wanted);
        expect(index.find(name)).toHaveLength(list.filter((one) => encodeHex(one) === name).length);
        for (const one of list) expect(index.find(encodeHex(one)).length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  const time = der.time(new Date(now));
  const number = der.integer(5);
  it.each([
    ['without a serial number', der.sequence(time)],
    ['without a time', der.sequence(number)],
    ['with an empty serial number', der.sequence(der.integer(new Uint8Array()), time)],
    ['with a serial number of 128 bytes', der.sequence(der.integer(new Uint8Array(128).fill(1)), time)],
    ['with a serial number that is not minimal', der.sequence(der.integer(Uint8Array.of(0, 5)), time)],
    [
      'with a negative serial number that is not minimal',
      der.sequence(der.integer(Uint8Array.of(0xff, 0x85)), time),
    ],
    ['with a short time', der.sequence(number, der.element(0x17, new Uint8Array(12).fill(0x30)))],
    ['with a time that is invalid', der.sequence(number, der.element(0x17, new Uint8Array(13).fill(0x41)))],
    ['with something behind the time', der.sequence(number, time, der.nullValue())],
    ['with something behind the extensions', der.sequence(number, time, der.sequence(), der.nullValue())],
    ['that is a SET', der.set(number, time)],
    ['that is cut off', der.sequence(number, time).subarray(0, 18)],
    ['of a length that is not minimal', der.concat([Uint8Array.of(0x30, 0x81, 18), number, time])],
    ['of an indefinite length', der.concat([Uint8Array.of(0x30, 0x80), number, time, Uint8Array.of(0, 0)])],
  ])('are rejected with one %s', (_, entry) => {
    const good = forgeCrlEntry({ serialNumber: serial });
    for (const bytes of [entry, der.concat([good, entry])]) {
      expect(() => new CrlEntries(bytes)).toThrow(invalid(/has a malformed entry/));
    }
  });

  const found = async (entry: Partial<ForgedCrlEntry>) => {
    const { index } = await verified({ entries: [{ serialNumber: serial, ...entry }] });
    return index.find(encodeHex(serial));
  };
  it.each([
    [
      'an unknown critical extension',
      crlExtensions.of('1.2.3', der.nullValue(), true),
      /critical extension 1\.2\.3,/,
    ],
    [
      'a certificate issuer',
      crlExtensions.of('2.5.29.29', der.sequence(), true),
      /critical extension 2\.5\.29\.29/,
    ],
    ['an invalidity date of UTCTime', crlExtensions.of('2.5.29.24', time), /malformed invalidity date/],
    [
      'a reason that is not DER',
      crlExtensions.of('2.5.29.21', der.element(0x0a, Uint8Array.of(0, 1))),
      /malformed INTEGER/,
    ],
    ['a critical reason, as by the CLI', crlExtensions.reason(8, true), /critical extension 2\.5\.29\.21/],
    [
      'a critical invalidity date of trailing bytes',
      crlExtensions.of('2.5.29.24', der.concat([der.generalizedTime(new Date(now)), time])),
      /trailing bytes/,
    ],
  ])('are rejected when looked up with %s', async (_, extension, reason) => {
    await expect(found({ extensions: [extension] })).rejects.toEqual(invalid(reason));
  });
  it('are rejected when looked up with a reason twice', async () => {
    await expect(found({ reason: 8, extensions: [crlExtensions.reason(1)] })).rejects.toEqual(
      invalid(/twice/),
    );
  });
  it('with an unknown extension that is not critical are read', async () => {
    expect(await found({ extensions: [crlExtensions.of('1.2.3', der.nullValue())] })).toHaveLength(1);
  });
});

describe('hostile bytes', () => {
  const whole = listOf({
    entries: [{ serialNumber: serial, reason: 6, invalidityDate: new Date(now) }],
    scope: { addresses: ['http://crl.example'], users: true, reasons: [1, 2] },
    freshest: ['http://crl.example/delta'],
  });
  const read = (bytes: Uint8Array) => {
    const crl = readCrl(bytes);
    return new CrlEntries(crl.entries).find(encodeHex(serial));
  };

  it('give typed errors only when a CRL is mutated', () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, byte] of changes) bytes[at] = byte;
        expect([undefined, 'ERR_CRL_INVALID']).toContain(codeOf(() => read(bytes)));
      }),
      { numRuns: 2000 },
    );
  });

  it('give typed errors only when a CRL is cut off', () => {
    for (let end = 0; end < whole.length; end++) {
      expect(codeOf(() => read(whole.subarray(0, end)))).toBe('ERR_CRL_INVALID');
    }
  });

  it('give typed errors only at random', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(codeOf(() => read(bytes))).toBe('ERR_CRL_INVALID');
        expect([undefined, 'ERR_CRL_INVALID']).toContain(codeOf(() => new CrlEntries(bytes).find('05')));
      }),
      { numRuns: 1000 },
    );
  });
});
