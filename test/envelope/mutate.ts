import fc from 'fast-check';

/** A change to the bytes of an envelope; positions are taken modulo the length. */
export type Mutation =
  | { kind: 'set'; at: number; byte: number }
  | { kind: 'flip'; at: number; bit: number }
  | { kind: 'cut'; at: number; length: number }
  | { kind: 'repeat'; at: number; length: number; times: number }
  | { kind: 'insert'; at: number; bytes: Uint8Array }
  | { kind: 'truncate'; at: number }
  | { kind: 'splice'; at: number; other: number; length: number }
  | { kind: 'token'; at: number; from: string; to: string };

/** Bytes with a meaning of their own in JSON, base64, CBOR or DER. */
const BYTES = [0x00, 0x01, 0x02, 0x30, 0x31, 0x7f, 0x80, 0x84, 0xa0, 0xc0, 0xc1, 0xd2, 0xf6, 0xff];
const TEXTS = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '=',
  '-',
  '_',
  'null',
  '0',
  ' ',
  '\n',
  '"x5c":',
  '\\u0000',
];
/** Strings of envelopes, and their replacements. */
const TOKENS: readonly (readonly [string, string])[] = [
  ['payload', 'Payload'],
  ['payload', 'protected'],
  ['protected', 'payload'],
  ['header', 'headers'],
  ['signature', 'Signature'],
  ['x5c', 'X5C'],
  ['x5c', 'x5d'],
  ['io.cncf.notary.signingScheme', 'io.cncf.notary.signingTime12'],
  ['io.cncf.notary.signingTime', 'io.cncf.notary.expiry12345'],
  ['notary.x509', 'notary.x508'],
  ['io.cncf.notary.signingAgent', 'io.cncf.notary.SigningAgent'],
  ['io.cncf.notary.timestampSignature', 'io.cncf.notary.timestampSignaturf'],
  ['vnd.cncf.notary.payload', 'vnd.cncf.notary.pAyload'],
  ['sha256:', 'sha512:'],
  ['targetArtifact', 'TargetArtifact'],
];

const position = fc.nat(1_000_000);
const length = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 8 }) }, fc.nat(600));

/** Any change. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      at: position,
      byte: fc.oneof(fc.constantFrom(...BYTES), fc.nat(255)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('flip' as const), at: position, bit: fc.nat(7) }) },
  fc.record({ kind: fc.constant('cut' as const), at: position, length }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: position,
    length,
    times: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: position,
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 12 }),
      fc.constantFrom(...TEXTS).map((text) => new TextEncoder().encode(text)),
    ),
  }),
  fc.record({ kind: fc.constant('truncate' as const), at: position }),
  fc.record({ kind: fc.constant('splice' as const), at: position, other: position, length }),
  fc
    .record({ at: position, token: fc.constantFrom(...TOKENS) })
    .map(({ at, token: [from, to] }) => ({ kind: 'token' as const, at, from, to })),
);

/** The bytes with the changes made one after another; `other` is what is spliced in. */
export function mutate(seed: Uint8Array, other: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let bytes = seed;
  for (const change of mutations) if (bytes.length > 0) bytes = apply(bytes, other, change);
  return bytes;
}

function apply(bytes: Uint8Array, other: Uint8Array, change: Mutation): Uint8Array {
  const at = change.at % bytes.length;
  switch (change.kind) {
    case 'set':
      return bytes.with(at, change.byte);
    case 'flip':
      return bytes.with(at, (bytes[at] ?? 0) ^ (1 << change.bit));
    case 'cut':
      return replace(bytes, at, change.length);
    case 'repeat': {
      const part = bytes.subarray(at, at + change.length);
      return replace(bytes, at, 0, ...new Array<Uint8Array>(change.times).fill(part));
    }
    case 'insert':
      return replace(bytes, at, 0, change.bytes);
    case 'truncate':
      return bytes.slice(0, at);
    case 'splice': {
      const start = change.other % other.length;
      return replace(bytes, at, change.length, other.subarray(start, start + change.length));
    }
    case 'token': {
      const found = Buffer.from(bytes).indexOf(change.from);
      return found < 0
        ? bytes
        : replace(bytes, found, change.from.length, new TextEncoder().encode(change.to));
    }
  }
}

function replace(bytes: Uint8Array, at: number, removed: number, ...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat([bytes.subarray(0, at), ...parts, bytes.subarray(at + removed)]));
}
