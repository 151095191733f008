import { content, fill, json, manifest, members, stored } from './inputs.mjs';

export default [
  {
    of: 'oci/documents.ts parseIndex',
    n: 1500,
    input: (n) => json({ schemaVersion: 2, manifests: fill(n, content) }),
    call: (f, bytes) => f(bytes, 'index'),
  },
  {
    of: 'oci/documents.ts parseReferrer',
    shape: 'annotations',
    n: 4000,
    input: (n) => json(manifest({ annotations: members(n, String) })),
    call: (f, bytes) => f(bytes, stored),
  },
  {
    of: 'oci/documents.ts parseReferrer',
    shape: 'wrong annotations',
    n: 1000,
    input: (n) => json(manifest({ annotations: members(n, () => 0) })),
    call: (f, bytes) => f(bytes, stored),
    throws: 'ERR_MANIFEST_INVALID',
  },
  { of: 'oci/platform.ts parsePlatform', n: 50_000, input: (n) => 'a/'.repeat(n) },
  {
    of: 'oci/reference.ts parseReference',
    n: 250,
    input: (n) => `registry.example/${'a-_.'.repeat(n)}`.slice(0, 4 * n),
    throws: 'ERR_REFERENCE_INVALID',
  },
  {
    of: 'oci/registry/challenge.ts parseChallenges',
    shape: 'a name and spaces',
    n: 2000,
    input: (n) => `Basic${' '.repeat(n)}`,
  },
  {
    of: 'oci/registry/challenge.ts parseChallenges',
    shape: 'letters',
    n: 2000,
    input: (n) => `Basic ${'a'.repeat(n)}`,
  },
  {
    of: 'oci/registry/challenge.ts parseChallenges',
    shape: 'equals signs',
    n: 2000,
    input: (n) => `Basic ${'a=='.repeat(n / 3)}x`,
  },
  {
    of: 'oci/registry/challenge.ts parseChallenges',
    shape: 'quotation marks that never close',
    n: 2000,
    input: (n) => 'a="'.repeat(n / 3),
  },
  {
    of: 'oci/registry/challenge.ts parseChallenges',
    shape: 'backslashes',
    n: 2000,
    input: (n) => `a="${'\\'.repeat(n)}`,
  },
  { of: 'oci/registry/link.ts nextLink', shape: 'brackets', n: 4000, input: (n) => '<'.repeat(n) },
  {
    of: 'oci/registry/link.ts nextLink',
    shape: 'semicolons and spaces',
    n: 4000,
    input: (n) => `<a>;${' '.repeat(n)}`,
  },
  {
    of: 'oci/registry/link.ts nextLink',
    shape: 'many links',
    n: 4000,
    input: (n) => '<a>; rel=x,'.repeat(n),
  },
];
