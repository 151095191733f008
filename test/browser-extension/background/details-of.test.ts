import { expect, it } from 'vitest';
import { detailsOf } from '../../../examples/browser-extension/src/background/details-of.ts';
import { NotationError, type Reason, reasonOf } from '../../../src/errors/index.ts';
import type { VerificationReport } from '../../../src/verifier/index.ts';
import { digestOf } from '../support/read.ts';

const ending = { image: 'quay.io/acme/app:v1', now: new Date('2026-01-01T00:00:00Z'), needs: [] };
const facts = {
  reference: ending.image,
  artifact: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf(1), size: 2 },
  policy: {
    statement: 'acme-images',
    level: 'strict',
    actions: {
      integrity: 'enforce',
      authenticity: 'enforce',
      authenticTimestamp: 'enforce',
      expiry: 'enforce',
      revocation: 'enforce',
    },
  },
  signatures: [],
} as const;

function reason(code: Reason['code'], message = 'a message'): Reason {
  return reasonOf(new NotationError(code, message));
}

function stateOf(report: object) {
  return detailsOf({ ...facts, ...report } as unknown as VerificationReport, ending).state;
}

it('calls an image without warnings trusted', () => {
  expect(stateOf({ outcome: 'verified', warnings: [] })).toMatchObject({ kind: 'trusted', reasons: [] });
});

it('shows the warnings of an image that is accepted with them', () => {
  const state = stateOf({ outcome: 'verified', warnings: [reason('ERR_SIGNATURE_EXPIRED')] });
  expect(state).toMatchObject({ kind: 'warned', reasons: [{ code: 'ERR_SIGNATURE_EXPIRED' }] });
});

it('calls nothing trusted that the policy skips', () => {
  const state = stateOf({ outcome: 'skipped' });
  expect(state).toMatchObject({ kind: 'cannot-tell', reasons: [{ code: 'POLICY_SKIPS' }] });
});

it('says of each signature why it is not trusted', () => {
  const signature = { outcome: 'rejected', checks: [], reason: reason('ERR_ROOT_UNTRUSTED') };
  const state = stateOf({
    outcome: 'rejected',
    reason: reason('ERR_NO_TRUSTED_SIGNATURE'),
    signatures: [signature, { ...signature, reason: reason('ERR_IDENTITY_UNTRUSTED') }],
  });
  expect(state.kind).toBe('rejected');
  expect(state.reasons.map(({ code }) => code)).toEqual([
    'ERR_ROOT_UNTRUSTED',
    'ERR_IDENTITY_UNTRUSTED',
    'ERR_NO_TRUSTED_SIGNATURE',
  ]);
});

it.each([
  ['ERR_NO_SIGNATURE', 'unsigned', false],
  ['ERR_POLICY_NOT_APPLICABLE', 'rejected', false],
  ['ERR_NOT_FOUND', 'cannot-tell', false],
  ['ERR_REGISTRY_UNREACHABLE', 'cannot-tell', true],
  ['ERR_TRUST_STORE_NOT_FOUND', 'cannot-tell', false],
] as const)('makes of %s the state %s', (code, kind, retryable) => {
  expect(detailsOf(new NotationError(code, 'a message'), ending).state).toMatchObject({ kind, retryable });
});

it('gives advice for a person, who calls no functions', () => {
  const { state } = detailsOf(new NotationError('ERR_NO_SIGNATURE', 'a message'), ending);
  expect(state.reasons[0]?.nextStep).toBe(
    'Find out from its publisher whether the image is meant to be signed.',
  );
});

it('names a missing permission once, and does not retry before it is there', () => {
  const error = new NotationError(
    'ERR_REGISTRY_UNREACHABLE',
    'the extension needs permission for https://a.example',
  );
  const { state } = detailsOf(error, { ...ending, needs: ['https://a.example/*'] });
  expect(state).toMatchObject({ retryable: false, needs: ['https://a.example/*'] });
  expect(state.reasons).toEqual([
    {
      code: 'NEEDS_PERMISSION',
      message: 'the extension needs permission for https://a.example',
      nextStep: 'Permit the extension to reach https://a.example.',
    },
  ]);
});

it('keeps no more of a report than a popover shows', () => {
  const signature = {
    outcome: 'rejected',
    checks: [],
    reason: reason('ERR_ROOT_UNTRUSTED', 'x'.repeat(10_000)),
  };
  const details = detailsOf(
    {
      ...facts,
      outcome: 'rejected',
      reason: reason('ERR_NO_TRUSTED_SIGNATURE'),
      signatures: Array(100).fill(signature),
    } as unknown as VerificationReport,
    ending,
  );
  expect(details.signatures).toHaveLength(10);
  expect(details.signatures[0]?.reason?.message).toHaveLength(501);
  expect(JSON.stringify(details).length).toBeLessThan(40_000);
});

it('shows any other error as a state, too', () => {
  const { state } = detailsOf(new TypeError('no such thing'), ending);
  expect(state).toMatchObject({
    kind: 'cannot-tell',
    reasons: [{ code: 'UNEXPECTED', message: 'TypeError: no such thing' }],
  });
});
