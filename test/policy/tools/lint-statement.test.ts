import { describe, expect, it } from 'vitest';
import { lintBlobTrustPolicy } from '../../../src/policy/tools/index.ts';
import { blobStatement, document, skipStatement } from '../documents.ts';
import { at, extended, found, lint, scoped, show } from './findings.ts';

describe('lint of a statement', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    [
      'the level audit',
      at('audit'),
      [
        'warning level-audit images: signatures of any signer pass, because a failure of authenticity is only logged',
      ],
    ],
    [
      'authenticity that is only logged',
      at('strict', { override: { authenticity: 'log' } }),
      [
        'warning authenticity-logged images: signatures of any signer pass, because a failure of authenticity is only logged',
        'info override-weakens images: it is less strict than level strict: authenticity (log)',
      ],
    ],
    [
      'overrides that weaken',
      at('permissive', { override: { revocation: 'skip', expiry: 'enforce' } }),
      ['info override-weakens images: it is less strict than level permissive: revocation (skip)'],
    ],
    [
      'overrides that make it another level',
      at('strict', { override: { authenticTimestamp: 'log', expiry: 'log', revocation: 'log' } }),
      [
        'info override-is-level images: with its overrides, level strict is the same as level permissive',
        'info override-weakens images: it is less strict than level strict: authenticTimestamp (log), expiry (log), revocation (log)',
      ],
    ],
    [
      'overrides that make it a stricter level',
      at('audit', { override: { authenticity: 'enforce' } }),
      ['info override-is-level images: with its overrides, level audit is the same as level permissive'],
    ],
    [
      'overrides that change nothing',
      at('strict', { override: { expiry: 'enforce' } }),
      ['info override-redundant images: overriding expiry does not change level strict'],
    ],
    [
      'only tsa stores',
      { trustStores: ['tsa:a', 'tsa:b'] },
      [
        'error signing-store-missing images: it names only tsa stores, which cannot verify signatures: no signature is authentic',
      ],
    ],
    [
      'a tsa store without a ca store',
      { trustStores: ['signingAuthority:a', 'tsa:b'] },
      [
        'warning tsa-unused images: it names a tsa store and no ca store: signatures of signing authorities need no timestamp',
      ],
    ],
    [
      'verifyTimestamp without a tsa store',
      at('strict', { verifyTimestamp: 'always' }),
      [
        'warning timestamp-without-store images: it has verifyTimestamp and no tsa store: no timestamp is verified',
      ],
    ],
    [
      'a store twice',
      { trustStores: ['ca:a', 'ca:b', 'ca:a', 'ca:a'] },
      ['warning store-duplicate images: trustStores has "ca:a" more than once'],
    ],
    [
      'any identity',
      { trustedIdentities: ['*'] },
      [
        'warning identity-any images: anyone with a certificate that chains to its stores may sign; with a public CA, that is everyone',
      ],
    ],
    [
      'only identities that no native check knows',
      { trustedIdentities: ['x509.Subject: C=US, ST=WA, O=Acme', 'aws:arn:1'] },
      [
        'warning identity-plugin images: only a verification plugin can match "x509.Subject: C=US, ST=WA, O=Acme", "aws:arn:1", and it has no other identity',
      ],
    ],
    [
      'one identity that no native check knows',
      { trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme', 'aws:arn:1'] },
      ['warning identity-plugin images: only a verification plugin can match "aws:arn:1"'],
    ],
    [
      'an attribute type in lower case',
      { trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme, cn=builder'] },
      [
        'error identity-unmatchable images: no certificate can match "x509.subject: C=US, ST=WA, O=Acme, cn=builder": the attribute type is CN, in upper case',
      ],
    ],
    [
      'an attribute that the specification rejects in subjects',
      { trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme, emailAddress=a'] },
      [
        'error identity-unmatchable images: no certificate can match "x509.subject: C=US, ST=WA, O=Acme, emailAddress=a": the specification rejects subjects with the attribute "emailAddress"',
      ],
    ],
  ])('finds %s', async (_, changes, expected) => {
    expect(await found(changes)).toEqual(expected);
  });

  it('finds nothing in other attributes under the extended dialect, but lower case', async () => {
    expect(await found({ trustedIdentities: ['x509.subject: emailAddress=a'] }, extended)).toEqual([]);
    const [finding] = await found({ trustedIdentities: ['x509.subject: o=Acme'] }, extended);
    expect(finding).toContain('the attribute type is O, in upper case');
  });

  it('reports the statement that has the problem', async () => {
    const findings = await lint([
      scoped('a', ['r.io/a']),
      'no statement',
      scoped('b', ['r.io/b']),
      scoped('c', ['r.io/c'], { trustStores: ['ca:a', 'ca:a'] }),
    ]);
    expect(findings.map(({ rule, statement }) => `${rule} ${statement}`)).toEqual([
      'policy-invalid undefined',
      'store-duplicate c',
    ]);
  });

  it('finds the level skip', async () => {
    const [finding] = await lint([skipStatement()]);
    expect(finding && show(finding)).toBe(
      'info level-skip images: signatures are not verified: everything it applies to is trusted',
    );
  });

  it('does not take a malformed identity for one of a plugin', async () => {
    const findings = await found({ trustedIdentities: ['x509.subject:', 'none'] });
    expect(findings.filter((finding) => !finding.startsWith('error policy-invalid'))).toEqual([]);
  });

  it('of a blob policy finds a name that notation treats as absent', async () => {
    const findings = await lintBlobTrustPolicy(
      document(blobStatement({ name: ' ' }), blobStatement({ name: '\t', globalPolicy: true })),
    );
    expect(findings.map(show)).toEqual([
      'warning statement-unreachable  : its name is blank, which notation treats as no name',
    ]);
  });
});
