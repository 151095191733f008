import { EpochTime, encodeCbor } from '../../../src/envelope/cbor-encode.ts';
import type { CoseParts, Envelope, JwsParts } from '../support/forge-envelope.ts';
import { acme, coseFor, jwsFor, pushSignature } from '../support/signatures.ts';
import type { Target, VerdictCase } from '../support/verdict.ts';

const malformed = {
  expect: 'rejected',
  says: /signature verification failed|integrity/,
  code: 'ERR_ENVELOPE_INVALID',
} as const;
const stricter = (row: string) =>
  ({ expect: { cli: 'verified', here: 'rejected', row }, code: 'ERR_ENVELOPE_INVALID' }) as const;

const pushing = (make: (target: Target) => Envelope) => ({
  sign: (target: Target) => pushSignature(target, make(target)),
});
const jws = (tamper: (parts: JwsParts) => object) => pushing((target) => jwsFor(target, {}, tamper));
/** Changes the text of a JWS. */
const jwsText = (change: (text: string) => string) =>
  pushing((target) => {
    const { mediaType, bytes } = jwsFor(target);
    return { mediaType, bytes: Buffer.from(change(Buffer.from(bytes).toString())) };
  });
const cose = (tamper: (parts: CoseParts) => CoseParts) => pushing((target) => coseFor(target, {}, tamper));
/** Changes the bytes of a COSE. */
const coseBytes = (change: (bytes: Buffer) => Uint8Array) =>
  pushing((target) => {
    const { mediaType, bytes } = coseFor(target);
    return { mediaType, bytes: change(Buffer.from(bytes)) };
  });

const header = (members: Record<string, unknown>) =>
  jws((parts) => ({ ...parts, header: { ...parts.header, ...members } }));
const TIME = 'io.cncf.notary.signingTime';
const FLOAT64 = 0xfb;

/** The last character of 64 bytes in base64url has two bits of data and four unused bits. */
const withUnusedBit = (signature: string) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return signature.slice(0, -1) + alphabet[alphabet.indexOf(signature.slice(-1)) + 1];
};

/** A COSE with another encoding of the signing time; a string of the same length is a placeholder for it. */
const coseTime = (time: Uint8Array) =>
  pushing((target) => {
    const marker = encodeCbor('x'.repeat(time.length - 1));
    const encoded = (head: Uint8Array) => {
      const at = Buffer.from(head).indexOf(marker);
      return Buffer.concat([head.subarray(0, at), time, head.subarray(at + time.length)]);
    };
    return coseFor(target, { protected: { [TIME]: 'x'.repeat(time.length - 1) }, encoded });
  });

/** The same content, encoded in other ways. */
export const encodingCases: readonly VerdictCase[] = [
  {
    name: 'a JWS with white space',
    ...jwsText((text) => JSON.stringify(JSON.parse(text), null, 2)),
    expect: 'verified',
  },
  { name: 'a JWS with something after it', ...jwsText((text) => `${text} x`), ...malformed },
  {
    name: 'a JWS with its members in another order',
    ...jws(({ signature, header: unsigned, ...rest }) => ({ signature, header: unsigned, ...rest })),
    expect: 'verified',
  },
  {
    name: 'a JWS with an unknown member',
    ...jws((parts) => ({ ...parts, comment: 'x' })),
    ...stricter('jws-unknown-member'),
  },
  {
    name: 'a JWS in the general serialization',
    ...jws(({ payload, ...signature }) => ({ payload, signatures: [signature] })),
    ...malformed,
  },
  {
    name: 'a JWS in the compact serialization',
    ...jwsText((text) => {
      const { payload, protected: head, signature } = JSON.parse(text) as JwsParts;
      return `${head}.${payload}.${signature}`;
    }),
    ...malformed,
  },
  {
    name: 'a JWS with a member in another case',
    ...jwsText((text) => text.replace('"payload"', '"Payload"')),
    ...stricter('jws-unknown-member'),
  },
  {
    name: 'a JWS with a member twice',
    ...jwsText((text) => text.replace('"signature"', '"signature":"AAAA","signature"')),
    ...stricter('json-duplicate-member'),
  },
  {
    name: 'a JWS with an unknown header, not protected',
    ...header({ 'com.example.note': 'x' }),
    expect: 'verified',
  },
  {
    name: 'a JWS with the algorithm in the header that is not protected too',
    ...header({ alg: 'ES256' }),
    ...stricter('header-twice'),
  },
  {
    name: 'a JWS with its certificates in base64url',
    ...jws((parts) => ({
      ...parts,
      header: { ...parts.header, x5c: acme.chain.map(({ der }) => Buffer.from(der).toString('base64url')) },
    })),
    ...malformed,
  },
  {
    name: 'a JWS with line breaks in its certificates',
    ...jws((parts) => ({
      ...parts,
      header: {
        ...parts.header,
        x5c: acme.chain.map(({ der }) => Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')),
      },
    })),
    ...stricter('base64-line-breaks'),
  },
  {
    name: 'a JWS with bits set that its signature does not use',
    ...jws((parts) => ({ ...parts, signature: withUnusedBit(parts.signature) })),
    ...stricter('base64-line-breaks'),
  },
  {
    name: 'a JWS with a protected header in another case',
    sign: (target) =>
      pushSignature(
        target,
        jwsFor(target, { protected: { [TIME]: undefined, [TIME.toUpperCase()]: new Date().toISOString() } }),
      ),
    ...stricter('jws-unknown-member'),
  },
  {
    name: 'a JWS with padding in its signature',
    ...jws((parts) => ({ ...parts, signature: `${parts.signature}==` })),
    ...malformed,
  },
  { name: 'a JWS with a certificate that is not text', ...header({ x5c: [1] }), ...malformed },
  {
    name: 'a COSE with something after it',
    ...coseBytes((bytes) => Buffer.concat([bytes, Uint8Array.of(0)])),
    ...malformed,
  },
  { name: 'a COSE without its tag', ...coseBytes((bytes) => bytes.subarray(1)), ...malformed },
  {
    name: 'a COSE with its tag in two bytes',
    ...coseBytes((bytes) => Buffer.concat([Uint8Array.of(0xd8, 18), bytes.subarray(1)])),
    ...malformed,
  },
  {
    name: 'a COSE of indefinite length',
    ...coseBytes((bytes) =>
      Buffer.concat([Uint8Array.of(0xd2, 0x9f), bytes.subarray(2), Uint8Array.of(0xff)]),
    ),
    ...malformed,
  },
  {
    name: 'a COSE of five parts',
    ...coseBytes((bytes) => Buffer.concat([Uint8Array.of(0xd2, 0x85), bytes.subarray(2), Uint8Array.of(0)])),
    ...malformed,
  },
  {
    name: 'a COSE without a payload',
    ...coseBytes((bytes) => Buffer.concat([bytes.subarray(0, -1), Uint8Array.of()])),
    ...malformed,
  },
  {
    name: 'a COSE with one certificate that is not in a list',
    ...cose(([head, map, ...rest]) => [head, new Map([...map, [33, acme.leaf.der]]), ...rest]),
    ...malformed,
  },
  {
    name: 'a COSE with its certificates protected',
    sign: (target) =>
      pushSignature(
        target,
        coseFor(target, {
          protected: { 33: acme.chain.map(({ der }) => der) },
          unprotected: { 33: undefined },
        }),
      ),
    ...malformed,
  },
  {
    name: 'a COSE with an unknown header, not protected',
    ...cose(([head, map, ...rest]) => [head, new Map([...map, ['com.example.note', 'x']]), ...rest]),
    expect: 'verified',
  },
  {
    name: 'a COSE with the algorithm not protected too',
    ...cose(([head, map, ...rest]) => [head, new Map([...map, [1, -7]]), ...rest]),
    ...stricter('header-twice'),
  },
  {
    name: 'a COSE with a time of another tag',
    ...coseTime(Uint8Array.of(0xc0, 0x1a, 0x66, 0, 0, 0)),
    ...malformed,
  },
  {
    name: 'a COSE with a negative time',
    ...coseTime(Uint8Array.of(0xc1, 0x3a, 0x06, 0, 0, 0)),
    expect: 'verified',
  },
  {
    name: 'a COSE with a time that is too large',
    ...coseTime(Uint8Array.of(0xc1, FLOAT64, 0x7f, 0xef, 255, 255, 255, 255, 255, 255)),
    ...malformed,
  },
  {
    name: 'a COSE with a time with a fraction',
    ...coseTime(Uint8Array.of(0xc1, FLOAT64, 0x41, 0xda, 0x80, 0, 0, 0x20, 0, 0)),
    expect: 'verified',
  },
  {
    name: 'a COSE with a time that is not a number',
    ...coseTime(Uint8Array.of(0xc1, FLOAT64, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0)),
    ...malformed,
  },
  {
    name: 'a COSE with a time in more bytes than it needs',
    ...coseTime(Uint8Array.of(0xc1, 0x1b, 0, 0, 0, 0, 0x66, 0, 0, 0)),
    expect: 'verified',
  },
  { name: 'a COSE with a time', ...coseTime(encodeCbor(new EpochTime(new Date()))), expect: 'verified' },
];
