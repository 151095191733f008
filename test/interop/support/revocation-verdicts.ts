import type { PeerCase } from './peer-case.ts';

type Verdict = Pick<PeerCase, 'expect' | 'says' | 'code'>;

/** Both find the certificate revoked. */
export const revoked = {
  expect: 'rejected',
  says: /is revoked/,
  code: 'ERR_CERTIFICATE_REVOKED',
} as const satisfies Verdict;

/** Neither can determine the status. */
export const unknown = {
  expect: 'rejected',
  says: /revocation status is unknown|certificate revocation status check failed/,
  code: 'ERR_REVOCATION_UNKNOWN',
} as const satisfies Verdict;

/** The CLI trusts a response that must not be relied on. */
export const doubtful = (row: string): Verdict => ({
  expect: { cli: 'verified', here: 'rejected', row },
  code: 'ERR_REVOCATION_UNKNOWN',
});
