import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOpenMetrics } from '../../src/report/index.ts';
import { anyText, DIGEST, EACH, evaluationsWith, HOSTILE, REFERENCE, verified } from './evaluations.ts';
import { readOpenMetrics } from './read-open-metrics.ts';

const samples = (name: string, evaluations = EACH) =>
  readOpenMetrics(formatOpenMetrics(evaluations)).filter((sample) => sample.name === name);

describe('formatOpenMetrics', () => {
  it('has the number of results of each class, also of those that do not occur', () => {
    const counts = samples('notarykit_results', EACH.slice(0, 2)).map(({ labels, value }) => [
      labels.class,
      value,
    ]);
    expect(Object.fromEntries(counts)).toEqual({
      verified: 1,
      warned: 1,
      skipped: 0,
      unsigned: 0,
      rejected: 0,
      undecided: 0,
      misconfigured: 0,
    });
  });

  it('has the result of each reference', () => {
    expect(
      samples('notarykit_result').map(({ labels, value }) => [labels.class, labels.code, value]),
    ).toEqual([
      ['verified', '', 1],
      ['warned', 'ERR_SIGNATURE_EXPIRED', 1],
      ['skipped', '', 1],
      ['unsigned', 'ERR_NO_SIGNATURE', 1],
      ['rejected', 'ERR_SIGNATURE_EXPIRED', 1],
      ['undecided', 'ERR_TIMEOUT', 1],
      ['misconfigured', 'ERR_POLICY_INVALID', 1],
    ]);
  });

  it('has the first end of the verdicts on a digest', () => {
    const later = { reference: REFERENCE, report: verified('acme', { validUntil: '2028-01-01T00:00:00Z' }) };
    expect(samples('notarykit_valid_until_seconds', [later, ...EACH, later])).toEqual([
      {
        name: 'notarykit_valid_until_seconds',
        labels: { reference: REFERENCE, digest: DIGEST },
        value: Date.UTC(2027) / 1000,
      },
    ]);
  });

  it('has one series for a result that occurs twice', () => {
    expect(samples('notarykit_result', [...EACH, ...EACH])).toHaveLength(7);
  });

  it('parses whatever others wrote', () => {
    const check = (text: string) => {
      const references = samples('notarykit_result', evaluationsWith(text)).map(
        ({ labels }) => labels.reference,
      );
      expect(new Set(references).size).toBe(1);
    };
    for (const text of HOSTILE) check(text);
    fc.assert(fc.property(anyText, check), { numRuns: 50 });
  });

  it('gives back the text of others as a value', () => {
    const text = '"} 1 \\ \\n "';
    expect(samples('notarykit_result', evaluationsWith(text))[0]?.labels.reference).toBe(text);
  });
});
