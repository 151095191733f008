import { describe, expect, it } from 'vitest';
import { formatLine, formatSummary } from '../../src/report/index.ts';
import { VerificationError } from '../../src/verifier/index.ts';
import { DIGEST, EACH, REFERENCE, rejected } from './evaluations.ts';

describe('formatLine', () => {
  it('says the class, the reference, its place and the reason of each class', () => {
    expect(EACH.map(formatLine)).toEqual([
      `verified: ${REFERENCE} (deploy/app.yaml:12:16): ${DIGEST}, signed by CN=acme`,
      `warned: ${REFERENCE}: ${DIGEST}, the signature expired [ERR_SIGNATURE_EXPIRED]`,
      `skipped: ${REFERENCE}: ${DIGEST}, the policy says to skip the verification`,
      `unsigned: ${REFERENCE} (deploy/app.yaml:12:16): it has no signature [ERR_NO_SIGNATURE]`,
      `rejected: ${REFERENCE} (deploy/app.yaml:12:16): the signature expired [ERR_SIGNATURE_EXPIRED]`,
      `undecided: ${REFERENCE} (deploy/app.yaml:12:16): the registry did not respond in time [ERR_TIMEOUT]`,
      `misconfigured: ${REFERENCE}: the policy has no version [ERR_POLICY_INVALID]`,
    ]);
  });

  it('takes the report of an error that has one', () => {
    const report = rejected();
    if (report.outcome !== 'rejected') throw new Error('it is not rejected');
    expect(formatLine({ reference: REFERENCE, error: new VerificationError(report) })).toBe(
      `rejected: ${REFERENCE}: the signature expired [ERR_SIGNATURE_EXPIRED]`,
    );
  });
});

describe('formatSummary', () => {
  it('counts the classes that occur', () => {
    expect(formatSummary([...EACH, ...EACH.slice(0, 1)])).toBe(
      '8 evaluated: 2 verified, 1 warned, 1 skipped, 1 unsigned, 1 rejected, 1 undecided, 1 misconfigured',
    );
    expect(formatSummary([])).toBe('0 evaluated');
  });
});
