import { expect, it } from 'vitest';
import { compareMutants } from './compare.ts';
import { crls } from './crl.ts';
import { ocspResponses } from './ocsp.ts';
import { pkcs12Files } from './pkcs12.ts';
import { timestamps } from './timestamp.ts';

it.each([
  ['CRLs', crls, 2000],
  ['OCSP responses', ocspResponses, 2000],
  ['timestamp tokens', timestamps, 600],
  ['PKCS #12 files', pkcs12Files, 400],
] as const)(
  'many changed %s are read the same by pkijs and our reader, except for the explained differences',
  async (_, comparison, runs) => {
    const explanations = await compareMutants(comparison, { numRuns: runs, seed: 2 });
    expect(explanations.size).toBeGreaterThan(3);
  },
  300_000,
);
