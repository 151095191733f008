import fc from 'fast-check';
import { NotationError, type Reason, reasonOf } from '../../src/errors/index.ts';
import type {
  Evaluation,
  SignatureReport,
  VerificationReport,
  VerifiedOutcome,
} from '../../src/verifier/index.ts';

export const REFERENCE = 'registry.example.com/app:v1';
export const LOCATION = { file: 'deploy/app.yaml', line: 12, column: 16 };
export const DIGEST = `sha256:${'0'.repeat(64)}`;

export const UNSIGNED = new NotationError('ERR_NO_SIGNATURE', 'it has no signature');
export const EXPIRED = new NotationError('ERR_SIGNATURE_EXPIRED', 'the signature expired');
export const TIMEOUT = new NotationError('ERR_TIMEOUT', 'the registry did not respond in time');
export const POLICY = new NotationError('ERR_POLICY_INVALID', 'the policy has no version');

/** What others may write into a signature, a file or a response, to break out of a format. */
export const HOSTILE = [
  '\u001b[31mred\u001b[0m',
  'line\nanother: line',
  'a\r\n::set-output name=a::b',
  '::error::forged',
  '##[stop-commands]token',
  '##vso[task.complete result=Succeeded]',
  '%0A::error::forged',
  ']]><failure/>',
  '<script>alert(1)</script>',
  '" onclick="alert(1)',
  "' onclick='alert(1)",
  '&lt;b&gt; &#60;',
  '| a | b | c |',
  '```\n`code` ``` \\` \\',
  '\\| <img src=x> @team https://evil.example www.evil.example #1',
  '[text](https://evil.example) ![image](x) {0} {{1}}',
  '\u202egnp.exe\u2066',
  '\u009b31m\u0085\u2028\u2029',
  '\ud800 \udc00',
  '\u0000\u0007\ufffe\uffff',
  '"} 1\n# EOF\nforged{a="b',
  '# EOF',
  'word '.repeat(20_000),
  'x'.repeat(100_000),
  '',
] as const;

const artifact = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: DIGEST, size: 2 };
const POLICY_SUMMARY = {
  statement: 'production',
  level: 'strict',
  actions: {
    integrity: 'enforce',
    authenticity: 'enforce',
    authenticTimestamp: 'enforce',
    expiry: 'enforce',
    revocation: 'enforce',
  },
} as const;

/** A verified image of which the signature has a certain text wherever others write one. */
export function verified(text = 'acme', more: Partial<VerifiedOutcome> = {}): VerificationReport {
  const certificate = {
    subject: `CN=${text}`,
    issuer: `CN=${text}`,
    serialNumber: '01',
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: '2027-01-01T00:00:00Z',
    der: 'AAAA',
    revocation: {
      status: 'good' as const,
      lookups: [
        {
          method: 'OCSP' as const,
          url: 'http://ocsp.example',
          source: 'network' as const,
          answer: 'good' as const,
          message: text,
          age: 1,
        },
      ],
    },
  };
  const signature: SignatureReport = {
    digest: DIGEST,
    mediaType: 'application/cose',
    outcome: 'verified',
    warnings: [],
    checks: [{ name: 'integrity', action: 'enforce', result: 'passed' }],
    details: {
      signatureAlgorithm: 'ECDSA-SHA-256',
      signingScheme: 'notary.x509',
      signingTime: '2026-01-01T00:00:00Z',
      expiry: '2027-01-01T00:00:00Z',
      signer: `CN=${text}`,
      trustedIdentity: '*',
      certificates: [certificate],
      timestamp: {
        time: '2026-01-01T00:00:00Z',
        earliest: '2026-01-01T00:00:00Z',
        latest: '2026-01-01T00:00:00Z',
        policy: '1.2.3',
        serialNumber: '02',
        certificates: [certificate],
      },
      userMetadata: { [text]: text },
      signingAgent: text,
    },
  };
  return {
    reference: REFERENCE,
    artifact,
    policy: POLICY_SUMMARY,
    outcome: 'verified',
    warnings: [],
    validUntil: '2027-01-01T00:00:00Z',
    signatures: [signature],
    cache: { result: 'hit', evaluatedAt: '2026-01-01T00:00:00Z', notes: [text] },
    ...more,
  };
}

export function rejected(reason: Reason = reasonOf(EXPIRED)): VerificationReport {
  const checks = [{ name: 'expiry', action: 'enforce', result: 'failed', reason } as const];
  const signatures: SignatureReport[] = [{ digest: DIGEST, outcome: 'rejected', reason, checks }];
  return { reference: REFERENCE, artifact, policy: POLICY_SUMMARY, outcome: 'rejected', reason, signatures };
}

export const SKIPPED: VerificationReport = {
  reference: REFERENCE,
  artifact,
  outcome: 'skipped',
  signatures: [],
};

/** One evaluation of each class. */
export const EACH: Evaluation[] = [
  { reference: REFERENCE, location: LOCATION, report: verified() },
  { reference: REFERENCE, report: verified('acme', { warnings: [reasonOf(EXPIRED)] }) },
  { reference: REFERENCE, report: SKIPPED },
  { reference: REFERENCE, location: LOCATION, report: rejected(reasonOf(UNSIGNED)) },
  { reference: REFERENCE, location: LOCATION, report: rejected() },
  { reference: REFERENCE, location: LOCATION, error: TIMEOUT },
  { reference: REFERENCE, error: POLICY },
];

/** Evaluations that have a text wherever others write one. */
export function evaluationsWith(text: string): Evaluation[] {
  const error = new NotationError('ERR_REGISTRY_RESPONSE', text, { nextStep: text });
  const reason = reasonOf(new NotationError('ERR_SIGNATURE_EXPIRED', text, { nextStep: text }));
  const location = { ...LOCATION, file: text };
  return [
    { reference: text, location, report: { ...verified(text), reference: text } },
    { reference: text, location, report: { ...verified(text, { warnings: [reason] }), reference: text } },
    { reference: text, location, report: { ...rejected(reason), reference: text } },
    { reference: text, location, report: { ...SKIPPED, reference: text } },
    { reference: text, location, error },
  ];
}

/** Hostile texts and any other. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.constantFrom(...HOSTILE),
  fc
    .tuple(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 20 }))
    .map((parts) => parts.join('')),
);

/** Whatever a terminal or an editor could act on. */
export const UNPRINTABLE = /[\p{Zl}\p{Zp}]|(?!\n)\p{C}/u;
