import { describe, expect, it } from 'vitest';
import { algorithmForKey } from '../../src/crypto/algorithms.ts';
import { cose } from '../../src/envelope/cose.ts';
import { parseEnvelope } from '../../src/envelope/envelope.ts';
import { jws } from '../../src/envelope/jws.ts';
import type { EnvelopeContent } from '../../src/envelope/model.ts';
import { failure } from '../encoding/failure.ts';
import { forgeChain } from '../support/forge.ts';
import { readVector } from '../support/vectors.ts';

interface CoseVector {
  signingTime: number;
  expiry: number;
  payload: string;
  protectedHeaders: { cborHex: string };
  unprotectedHeaders: { cborHex: string };
  expectedOutput: { cborHex: string };
}

interface JwsVector {
  payload: string;
  protected: string;
  header: Record<string, unknown>;
  signature: string;
}

const json = (path: string): unknown => JSON.parse(new TextDecoder().decode(readVector(path)));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const indexIn = (whole: Uint8Array, part: Uint8Array) => Buffer.from(whole).indexOf(part);

describe('the COSE envelope of notation-core-go', () => {
  const vector = json('conformance/cose.json') as CoseVector;
  const agent = 'NotationConformanceTest/1.0.0';
  const expected = bytes(vector.expectedOutput.cborHex);
  const headers = bytes(vector.protectedHeaders.cborHex);
  const signature = expected.subarray(-384);
  const content: EnvelopeContent = {
    payload: bytes(vector.payload),
    signingScheme: 'notary.x509',
    signingTime: new Date(vector.signingTime * 1000),
    expiry: new Date(vector.expiry * 1000),
    extended: [
      { key: 'signedCritKey1', value: 'signedCritValue1', critical: true },
      { key: 'signedKey1', value: 'signedValue1', critical: false },
    ],
  };
  const unsigned = cose.prepare(content, algorithmForKey('RSA-3072'));

  it('has the protected header that is written here, byte for byte', () => {
    const start = indexIn(unsigned.signedBytes, headers);
    expect(start).toBeGreaterThan(0);
    expect(hex(unsigned.signedBytes.slice(start, start + headers.length))).toBe(
      vector.protectedHeaders.cborHex.toUpperCase(),
    );
  });

  it('is signed over the bytes that are signed here', () => {
    const parts = [
      [0x84, 0x6a],
      [...new TextEncoder().encode('Signature1')],
      [0x59, 0x01, 0x17],
      [...headers],
      [0x40, 0x4a],
      [...content.payload],
    ];
    expect(hex(unsigned.signedBytes)).toBe(hex(Uint8Array.from(parts.flat())));
  });

  it('equals the envelope that is written here, except for the chain, which the vector omits', () => {
    const made = unsigned.finish(signature, [Uint8Array.of(0xaa)], { signingAgent: agent });
    const chain = Buffer.from([0x18, 0x21, 0x81, 0x41, 0xaa]);
    const at = indexIn(made, chain);
    const without = Buffer.concat([made.subarray(0, at), made.subarray(at + chain.length)]);
    // The map of unprotected headers has one entry less.
    const map = indexIn(without, headers) + headers.length;
    expect(without[map]).toBe(0xa2);
    without[map] = 0xa1;
    expect(hex(without)).toBe(vector.expectedOutput.cborHex.toUpperCase());
  });

  it('is rejected unchanged, because it has no chain', () => {
    expect(failure(() => parseEnvelope(expected, 'application/cose'), 'ERR_ENVELOPE_INVALID')).toContain(
      'chain',
    );
  });

  it('is read once it has a chain', () => {
    const { chain } = forgeChain();
    const made = unsigned.finish(
      signature,
      chain.map(({ der }) => der),
      { signingAgent: agent },
    );
    const envelope = parseEnvelope(made, 'application/cose');
    expect(envelope.algorithm.name).toBe('PS384');
    expect(envelope.signedAttributes).toEqual({
      signingScheme: 'notary.x509',
      signingTime: content.signingTime,
      expiry: content.expiry,
      extended: [
        { key: 'signedKey1', value: 'signedValue1', critical: false },
        { key: 'signedCritKey1', value: 'signedCritValue1', critical: true },
      ],
    });
    expect(envelope.signature).toEqual(new Uint8Array(signature));
  });
});

describe('the JWS envelope of notation-core-go', () => {
  const vector = json('conformance/jws.json') as JwsVector;
  const { chain } = forgeChain();
  const x5c = chain.map(({ der }) => Buffer.from(der).toString('base64'));
  const write = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const withChain = { ...vector, header: { ...vector.header, x5c } };

  it('is rejected unchanged, because it has no chain', () => {
    expect(
      failure(() => parseEnvelope(write(vector), 'application/jose+json'), 'ERR_ENVELOPE_INVALID'),
    ).toContain('x5c');
  });

  it('is read once it has a chain', () => {
    const envelope = parseEnvelope(write(withChain), 'application/jose+json');
    expect(envelope.algorithm.name).toBe('ES256');
    expect(new TextDecoder().decode(envelope.payload)).toBe('{"key":"hello JWS"}');
    expect(envelope.signedAttributes.expiry).toEqual(new Date('2099-08-30T13:50:00Z'));
    expect(envelope.signedAttributes.signingTime).toEqual(new Date('2022-08-29T13:50:00Z'));
    expect(envelope.signedAttributes.extended.map(({ key, critical }) => [key, critical])).toEqual([
      ['signedCritKey1', true],
      ['signedKey1', false],
      ['signedKey2', false],
      ['signedKey3', false],
      ['signedKey4', false],
    ]);
    expect(envelope.unsignedAttributes.signingAgent).toBe('NotationConformanceTest/1.0.0');
    expect(new TextDecoder().decode(envelope.signedBytes)).toBe(`${vector.protected}.${vector.payload}`);
  });

  it('has the same headers as one that is made here from the same content', () => {
    const read = parseEnvelope(write(withChain), 'application/jose+json').signedAttributes;
    const { signingTime, expiry, extended } = read;
    if (!signingTime) throw new Error('the vector has no signing time');
    const content = {
      payload: Uint8Array.of(1),
      signingScheme: 'notary.x509',
      signingTime,
      expiry,
      extended,
    } as const;
    const made = jws.prepare(content, algorithmForKey('EC-256')).finish(
      new Uint8Array(64),
      chain.map(({ der }) => der),
      {},
    );
    expect(parseEnvelope(made, 'application/jose+json').signedAttributes).toEqual(read);
    const headersOf = (envelope: unknown) => {
      const { protected: encoded } = envelope as JwsVector;
      const headers: Record<string, unknown> = JSON.parse(Buffer.from(encoded, 'base64url').toString());
      return { ...headers, crit: [...(headers.crit as string[])].sort() };
    };
    expect(headersOf(JSON.parse(new TextDecoder().decode(made)))).toEqual(headersOf(vector));
  });
});
