import { fill, json, members } from './inputs.mjs';

const signature = { keyid: '', method: '', sig: '' };

export default [
  {
    of: 'dct/metadata.ts readMetadata',
    shape: 'tags',
    n: 2000,
    input: (n) => json({ signed: { targets: members(n, tag) }, signatures: [signature] }),
    call: (f, bytes) => f('targets', bytes),
  },
  {
    of: 'dct/metadata.ts readMetadata',
    shape: 'quotation marks',
    n: 50_000,
    input: (n) => json({ signed: { a: '"'.repeat(n) }, signatures: [signature] }),
    call: (f, bytes) => f('targets', bytes),
  },
  {
    of: 'dct/metadata.ts readMetadata',
    shape: 'names that begin alike',
    n: 500,
    input: (n) =>
      json({
        signed: Object.fromEntries(fill(n, (i) => [`${'a'.repeat(200)}${i}`, i])),
        signatures: [signature],
      }),
    call: (f, bytes) => f('targets', bytes),
  },
];

function tag() {
  return { hashes: { sha256: 'q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=' }, length: 528 };
}
