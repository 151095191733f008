import { content, fill, json, members } from './inputs.mjs';

const chainOf = (certificates) => certificates;

export default [
  {
    of: 'envelope/cbor-reader.ts readCbor',
    shape: 'an array',
    n: 2400,
    input: (n, { cbor }) => cbor(fill(n, () => 0)),
    call: (f, bytes) => f(bytes, 'input'),
  },
  {
    of: 'envelope/cbor-reader.ts readCbor',
    shape: 'a map',
    n: 1200,
    input: (n, { cbor, Pairs }) => cbor(new Pairs(fill(n, (i) => [`name${i}`, 0]))),
    call: (f, bytes) => f(bytes, 'input'),
  },
  {
    of: 'envelope/cbor-reader.ts readCbor',
    shape: 'a long string',
    n: 200_000,
    input: (n, { cbor }) => cbor('a'.repeat(n)),
    call: (f, bytes) => f(bytes, 'input'),
  },
  {
    of: 'envelope/cose-reader.ts parseCose',
    n: 1000,
    input: (n, { forgeCose }) => forgeCose({ headers: fill(n, (i) => [`name${i}`, 'a']) }),
    call: (f, bytes) => f(bytes, chainOf),
  },
  {
    of: 'envelope/jws-reader.ts parseJws',
    shape: 'a payload',
    n: 500_000,
    input: (n, { forgeJws }) => forgeJws({ payload: 'a'.repeat(n) }),
    call: (f, bytes) => f(bytes, chainOf),
  },
  {
    of: 'envelope/jws-reader.ts parseJws',
    shape: 'attributes',
    n: 1000,
    input: (n, { forgeJws }) => forgeJws({ headers: members(n, String) }),
    call: (f, bytes) => f(bytes, chainOf),
  },
  {
    of: 'envelope/envelope.ts parseEnvelope',
    n: 500_000,
    input: (n, { forgeJws }) => forgeJws({ payload: 'a'.repeat(n) }),
    call: (f, bytes) => f(bytes, 'application/jose+json'),
  },
  {
    of: 'envelope/payload.ts parsePayload',
    n: 2000,
    input: (n) => json({ targetArtifact: { ...content(), annotations: members(n, String) } }),
  },
  { of: 'envelope/rfc3339.ts parseRfc3339', n: 100_000, input: (n) => `2026-01-01T00:00:00${'0'.repeat(n)}` },
];
