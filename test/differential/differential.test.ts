import { describe, expect, it } from 'vitest';
import { compare, compareMutants } from './compare.ts';
import { crls } from './crl.ts';
import { ocspResponses } from './ocsp.ts';
import { pkcs12Files } from './pkcs12.ts';
import { timestamps } from './timestamp.ts';

// The same changes in each run; the slow tests make more of them.
describe.each([
  ['CRLs', crls, 100],
  ['OCSP responses', ocspResponses, 120],
  ['timestamp tokens', timestamps, 30],
  ['PKCS #12 files', pkcs12Files, 30],
] as const)('pkijs and our reader of %s', (_, comparison, runs) => {
  it('read the same in honest ones', async () => {
    const { seeds, unchanged = [] } = comparison;
    for (const bytes of [...seeds, ...unchanged]) expect(await compare(bytes, comparison)).toBeUndefined();
  });

  it('read the same in changed ones, except for the explained differences', async () => {
    await compareMutants(comparison, { numRuns: runs, seed: 1 });
  });
});
