import { describe, expect, it } from 'vitest';
import { DerReader, Tag } from '../../src/asn1/der-reader.ts';
import { readKeyAlgorithm, writeKeyAlgorithm } from '../../src/asn1/key-algorithm.ts';
import { Oid } from '../../src/asn1/oids.ts';
import { signatureAlgorithms } from '../../src/crypto/algorithms.ts';
import { failure } from '../encoding/failure.ts';
import * as der from '../support/der.ts';

const read = (identifier: Uint8Array) =>
  readKeyAlgorithm(new DerReader(identifier, 'key', 'ERR_KEY_INVALID').enter(Tag.sequence));

describe('the algorithm of a key', () => {
  it.each(signatureAlgorithms)(
    'is read back as it was written: $keySpec',
    async ({ keySpec, importParams }) => {
      const [type, size] = keySpec.split('-');
      expect(read(writeKeyAlgorithm(keySpec))).toMatchObject(
        type === 'EC' ? { type: 'EC', size: Number(size) } : { type: 'RSA' },
      );
      const algorithm = { ...importParams, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
      const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      if (!('publicKey' in pair)) throw new Error('it is not a key pair');
      const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
      const { bytes } = new DerReader(spki, 'key', 'ERR_KEY_INVALID').enter(Tag.sequence).read(Tag.sequence);
      expect(writeKeyAlgorithm(keySpec)).toEqual(bytes);
    },
  );

  it('has no size on a curve that signatures must not be made on', () => {
    const secp256k1 = '1.3.132.0.10';
    expect(read(der.sequence(der.oid(Oid.ecPublicKey), der.oid(secp256k1)))).toEqual({
      type: 'EC',
      curve: secp256k1,
      size: undefined,
    });
  });

  it('may be another, whose parameters are not read', () => {
    expect(read(der.sequence(der.oid(Oid.ed25519)))).toEqual({ type: 'other', oid: Oid.ed25519 });
    const pss = der.sequence(der.oid(Oid.rsassaPss), der.sequence());
    expect(read(pss)).toEqual({ type: 'other', oid: Oid.rsassaPss });
  });

  it.each([
    ['an RSA key without NULL', der.sequence(der.oid(Oid.rsaEncryption))],
    ['an RSA key with more', der.sequence(der.oid(Oid.rsaEncryption), der.nullValue(), der.nullValue())],
    ['an EC key without a curve', der.sequence(der.oid(Oid.ecPublicKey))],
    ['an EC key with more', der.sequence(der.oid(Oid.ecPublicKey), der.oid(Oid.secp256r1), der.nullValue())],
  ])('is malformed: %s', (_, identifier) => {
    failure(() => read(identifier), 'ERR_KEY_INVALID');
  });
});
