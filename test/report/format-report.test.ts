import { describe, expect, it } from 'vitest';
import { formatReport } from '../../src/report/index.ts';
import type { SignatureReport, VerificationReport } from '../../src/verifier/index.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const reason = {
  code: 'ERR_SIGNATURE_EXPIRED',
  message: 'the signature expired',
  nextStep: 'Sign again.',
} as const;

const signature: SignatureReport = {
  digest: `sha256:${'1'.repeat(64)}`,
  mediaType: 'application/cose',
  outcome: 'rejected',
  reason,
  checks: [
    { name: 'integrity', action: 'enforce', result: 'passed' },
    { name: 'authenticity', action: 'enforce', result: 'passed' },
    { name: 'expiry', action: 'enforce', result: 'failed', reason },
    { name: 'revocation', action: 'skip', result: 'skipped' },
  ],
  details: {
    signatureAlgorithm: 'ECDSA-SHA-256',
    signingScheme: 'notary.x509',
    signingTime: '2026-01-01T00:00:00Z',
    signer: 'CN=acme.example',
    trustedIdentity: '*',
    certificates: [],
    userMetadata: { buildId: '101' },
  },
};

const report: VerificationReport = {
  reference: 'registry.example.com/app:v1',
  artifact: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 2 },
  outcome: 'rejected',
  reason,
  signatures: [signature],
};

describe('formatReport', () => {
  it('states first whether the artifact is trusted', () => {
    const [first] = formatReport(report).split('\n');
    expect(first).toBe('registry.example.com/app:v1 is NOT trusted');
  });

  it('states the reason and the next step', () => {
    expect(formatReport(report)).toContain('the signature expired [ERR_SIGNATURE_EXPIRED]');
    expect(formatReport(report)).toContain('Sign again.');
  });

  it('names the failed check, and summarizes the others', () => {
    const lines = formatReport(report)
      .split('\n')
      .map((line) => line.trim());
    expect(lines).toContain('FAILED     expiry: the signature expired [ERR_SIGNATURE_EXPIRED]');
    expect(lines).toContain('passed     integrity, authenticity');
    expect(lines).toContain('skipped    revocation');
  });

  it('distinguishes a logged failure from an enforced one', () => {
    const checks = signature.checks.map((check) => ({ ...check, action: 'log' as const }));
    const text = formatReport({ ...report, signatures: [{ ...signature, checks }] });
    expect(text).toContain('logged     expiry: the signature expired');
    expect(text).not.toContain('FAILED');
  });

  it('shows who signed, when, and the user metadata', () => {
    const text = formatReport(report);
    for (const part of ['CN=acme.example', '2026-01-01T00:00:00Z', 'buildId=101', 'COSE']) {
      expect(text).toContain(part);
    }
  });

  it('keeps the text of an attacker on its line', () => {
    const userMetadata = { 'a\nregistry.example.com/app:v1 is trusted': '\u202e\u0007' };
    const details = { ...signature.details, userMetadata } as SignatureReport['details'];
    const text = formatReport({ ...report, signatures: [{ ...signature, ...(details && { details }) }] });
    expect(text.split('\n').filter((line) => line.startsWith('registry.example.com'))).toHaveLength(1);
    expect(text).toContain('\\u{202e}\\u{7}');
  });

  it('shows values without a format of their own', () => {
    const userMetadata = { hidden: 'a\u00adb\u{e0041}\u{f0000}\ud800' };
    const details = { ...signature.details, userMetadata } as SignatureReport['details'];
    const text = formatReport({ ...report, signatures: [{ ...signature, ...(details && { details }) }] });
    expect(text).toContain('hidden=a\\u{ad}b\\u{e0041}\\u{f0000}\\u{d800}');
  });

  it('cuts long lines and long lists of user metadata', () => {
    const many = Array.from({ length: 50 }, (_, i) => [`key${i}`, 'x'.repeat(100_000)]);
    const details = { ...signature.details, userMetadata: Object.fromEntries(many) };
    const text = formatReport({
      ...report,
      signatures: [{ ...signature, details: details as NonNullable<SignatureReport['details']> }],
    });
    expect(text.length).toBeLessThan(30_000);
    expect(text).toContain('and 30 more');
  });

  it.each(['constructor', 'toString'])('shows the media type %s as it is', (mediaType) => {
    const text = formatReport({ ...report, signatures: [{ ...signature, mediaType }] });
    expect(text).toContain(`signature 1 of 1 tried, ${mediaType}, rejected`);
  });

  it('explains a skipped verification', () => {
    expect(formatReport({ ...report, outcome: 'skipped', reason: undefined, signatures: [] })).toContain(
      'level "skip"',
    );
  });
});
