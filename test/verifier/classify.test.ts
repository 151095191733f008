import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/errors/index.ts';
import {
  BlobVerificationError,
  classify,
  type ErrorCode,
  NotationError,
  type SignatureReport,
  VerificationError,
  type VerificationReport,
} from '../../src/index.ts';

const codes = Object.keys(errorCodes) as ErrorCode[];
const facts = {
  reference: 'registry.example.com/app:v1',
  artifact: { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 2 },
  signatures: [],
};
const reasonFor = (code: ErrorCode) => ({ code, message: 'it failed', nextStep: 'Try again.' });
const rejected = (code: ErrorCode) => ({ ...facts, outcome: 'rejected', reason: reasonFor(code) }) as const;

function rejectedWith(...each: ErrorCode[]): VerificationReport {
  const signatures = each.map(
    (code): SignatureReport => ({ outcome: 'rejected', reason: reasonFor(code), checks: [] }),
  );
  return { ...rejected('ERR_NO_TRUSTED_SIGNATURE'), signatures };
}

describe('classify', () => {
  it.each(codes)('gives %s the same class, thrown or as the reason of a report', (code) => {
    const thrown = classify(new NotationError(code, 'it failed'));
    expect(['unsigned', 'rejected', 'misconfigured', 'undecided']).toContain(thrown.class);
    expect(classify(rejected(code))).toEqual(thrown);
    expect('retryable' in thrown).toBe(thrown.class === 'undecided');
  });

  it.each([
    ['verified', { ...facts, outcome: 'verified', warnings: [] }],
    ['warned', { ...facts, outcome: 'verified', warnings: [reasonFor('ERR_SIGNATURE_EXPIRED')] }],
    ['skipped', { ...facts, outcome: 'skipped' }],
    ['unsigned', rejected('ERR_NO_SIGNATURE')],
    ['rejected', rejected('ERR_ROOT_UNTRUSTED')],
    ['misconfigured', rejected('ERR_TRUST_STORE_NOT_FOUND')],
  ])('classifies a report as %s', (name, report) => {
    expect(classify(report)).toEqual({ class: name });
  });

  it.each([
    ['ERR_ARGUMENT_INVALID', { class: 'misconfigured' }],
    ['ERR_POLICY_INVALID', { class: 'misconfigured' }],
    ['ERR_TRUST_STORE_INVALID', { class: 'misconfigured' }],
    ['ERR_TIMEOUT', { class: 'undecided', retryable: true }],
    ['ERR_REGISTRY_UNREACHABLE', { class: 'undecided', retryable: true }],
    ['ERR_NOT_FOUND', { class: 'undecided', retryable: false }],
    ['ERR_LIMIT_EXCEEDED', { class: 'rejected' }],
  ] as const)('classifies %s', (code, expected) => {
    expect(classify(new NotationError(code, 'it failed'))).toEqual(expected);
  });

  it.each([
    ['VerificationError', new VerificationError(rejected('ERR_NO_SIGNATURE'))],
    ['BlobVerificationError', new BlobVerificationError(rejected('ERR_NO_SIGNATURE'))],
  ])('classifies the report of a %s', (_, error) => {
    expect(classify(error)).toEqual({ class: 'unsigned' });
  });

  it.each([
    [
      'that can be tried again',
      ['ERR_ROOT_UNTRUSTED', 'ERR_TIMEOUT'],
      { class: 'undecided', retryable: true },
    ],
    [
      'that cannot be tried again',
      ['ERR_NOT_FOUND', 'ERR_ROOT_UNTRUSTED'],
      { class: 'undecided', retryable: false },
    ],
    ['without its store', ['ERR_TRUST_STORE_NOT_FOUND', 'ERR_ROOT_UNTRUSTED'], { class: 'misconfigured' }],
    ['that is not trusted either', ['ERR_ROOT_UNTRUSTED', 'ERR_SIGNATURE_INVALID'], { class: 'rejected' }],
  ] as const)('classifies several signatures by one %s', (_, each, expected) => {
    expect(classify(rejectedWith(...each))).toEqual(expected);
  });

  it.each([[undefined], [null], ['verified'], [new TypeError('broken')], [{ outcome: 'verified' }]])(
    'leaves %s undecided',
    (value) => {
      expect(classify(value)).toEqual({ class: 'undecided', retryable: false });
    },
  );

  it('returns a new object to every caller', () => {
    const error = new NotationError('ERR_TIMEOUT', 'it failed');
    expect(classify(error)).not.toBe(classify(error));
  });
});
