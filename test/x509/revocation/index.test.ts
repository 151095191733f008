import { expect, it } from 'vitest';
import * as root from '../../../src/index.ts';
import * as revocation from '../../../src/x509/revocation/index.ts';

it('exports the functions that the main entry exports', () => {
  const { createRevocationChecker, createOfflineRevocationChecker, fetchRevocationResponses } = root;
  expect(revocation).toMatchObject({
    createRevocationChecker,
    createOfflineRevocationChecker,
    fetchRevocationResponses,
  });
});

it.each<[string, revocation.RevocationCheckerOptions]>([
  ['timeout', { timeout: -1 }],
  ['fetch', { fetch: 5 as never }],
  ['hash', { hash: 'MD5' as never }],
  ['cache', { cache: {} as never }],
  ['clock', { clock: new Date() as never }],
])('rejects an invalid %s when the function is called', async (name, options) => {
  const expected = expect.objectContaining({
    code: 'ERR_ARGUMENT_INVALID',
    message: expect.stringContaining(name),
  });
  expect(() => revocation.createRevocationChecker(options)).toThrow(expected);
  await expect(revocation.fetchRevocationResponses([], options)).rejects.toEqual(expected);
});
