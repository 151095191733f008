import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DerReader } from '../../src/asn1/der-reader.ts';
import { readEcdsaSignature, writeEcdsaSignature } from '../../src/asn1/ecdsa-signature.ts';
import { failure } from '../encoding/failure.ts';
import * as der from '../support/der.ts';

const read = (bytes: Uint8Array, length = 32) =>
  readEcdsaSignature(new DerReader(bytes, 'signature', 'ERR_CERTIFICATE_INVALID'), length);

describe('an ECDSA signature in DER', () => {
  it.each([
    ['P-256', 32],
    ['P-384', 48],
    ['P-521', 66],
  ])('is written and read back for %s', (_, length) => {
    const raw = fc.uint8Array({ minLength: 2 * length, maxLength: 2 * length });
    fc.assert(
      fc.property(raw, (bytes) => {
        expect(read(writeEcdsaSignature(bytes), length)).toEqual(bytes);
      }),
    );
  });

  it('is written as WebCrypto and openssl agree on: minimal integers that are not negative', () => {
    const raw = new Uint8Array(64);
    raw.set([0x80], 31);
    raw.set([0x7f], 63);
    expect(writeEcdsaSignature(raw)).toEqual(
      der.sequence(der.integer(Uint8Array.of(0, 0x80)), der.integer(Uint8Array.of(0x7f))),
    );
  });

  it.each([
    ['is negative', der.integer(Uint8Array.of(0xff))],
    ['is longer than the curve', der.integer(new Uint8Array(33).fill(1))],
  ])('has no raw form if a number %s', (_, number) => {
    const one = der.integer(1);
    expect(read(der.sequence(number, one))).toBeUndefined();
    expect(read(der.sequence(one, number))).toBeUndefined();
  });

  it.each([
    ['has a third number', der.sequence(der.integer(1), der.integer(1), der.integer(1))],
    ['has one number', der.sequence(der.integer(1))],
    ['is followed by something', Uint8Array.of(...der.sequence(der.integer(1), der.integer(1)), 0)],
    ['is a SET', der.set(der.integer(1), der.integer(1))],
    ['has a number that is not minimal', der.sequence(der.integer(Uint8Array.of(0, 1)), der.integer(1))],
  ])('is malformed if it %s', (_, bytes) => {
    failure(() => read(bytes), 'ERR_CERTIFICATE_INVALID');
  });
});
