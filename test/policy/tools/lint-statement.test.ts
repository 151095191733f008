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
        'warning level-audit images: a signature passes whoever made it, as a failure of authenticity is only logged',
      ],
    ],
    [
      'authenticity that is only logged',
      at('strict', { override: { authenticity: 'log' } }),
      [
        'warning authenticity-logged images: a signature passes whoever made it, as a failure of authenticity is only logged',
        'info override-weakens images: it demands less than the level strict: authenticity (log)',
      ],
    ],
    [
      'overrides that weaken',
      at('permissive', { override: { revocation: 'skip', expiry: 'enforce' } }),
      ['info override-weakens images: it demands less than the level permissive: revocation (skip)'],
    ],
    [
      'overrides that make it another level',
      at('strict', { override: { authenticTimestamp: 'log', expiry: 'log', revocation: 'log' } }),
      [
        'info override-is-level images: with its overrides, the level strict is the level permissive',
        'info override-weakens images: it demands less than the level strict: authenticTimestamp (log), expiry (log), revocation (log)',
      ],
    ],
    [
      'overrides that make it a stricter level',
      at('audit', { override: { authenticity: 'enforce' } }),
      ['info override-is-level images: with its overrides, the level audit is the level permissive'],
    ],
    [
      'overrides that change nothing',
      at('strict', { override: { expiry: 'enforce' } }),
      ['info override-redundant images: expiry is overridden by what the level strict does anyway'],
    ],
    [
      'only tsa stores',
      { trustStores: ['tsa:a', 'tsa:b'] },
      [
        'error signing-store-missing images: it names only tsa stores, which no signature can be verified with: none is authentic',
      ],
    ],
    [
      'a tsa store without a ca store',
      { trustStores: ['signingAuthority:a', 'tsa:b'] },
      [
        'warning tsa-unused images: it names a tsa store and no ca store: signatures of authorities need no time-stamp',
      ],
    ],
    [
      'verifyTimestamp without a tsa store',
      at('strict', { verifyTimestamp: 'always' }),
      [
        'warning timestamp-without-store images: it has verifyTimestamp and no tsa store: no time-stamp is verified',
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
        'warning identity-any images: whoever has a certificate of its stores may sign; of a public CA, that is anyone',
      ],
    ],
    [
      'only identities that no native check knows',
      { trustedIdentities: ['x509.Subject: C=US, ST=WA, O=Acme', 'aws:arn:1'] },
      [
        'warning identity-plugin images: only a verification plugin can match "x509.Subject: C=US, ST=WA, O=Acme", "aws:arn:1", and it has no other',
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
      'an attribute that the specification refuses in subjects',
      { trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme, emailAddress=a'] },
      [
        'error identity-unmatchable images: no certificate can match "x509.subject: C=US, ST=WA, O=Acme, emailAddress=a": a subject with the attribute "emailAddress" is refused by the specification',
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

  it('finds it in the statement that has it', async () => {
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
      'info level-skip images: signatures are not looked at: what it applies to is trusted, whoever made it',
    );
  });

  it('does not take a malformed identity for one of a plugin', async () => {
    const findings = await found({ trustedIdentities: ['x509.subject:', 'none'] });
    expect(findings.filter((finding) => !finding.startsWith('error policy-invalid'))).toEqual([]);
  });

  it('of a blob policy finds a name that notation takes for none', async () => {
    const findings = await lintBlobTrustPolicy(
      document(blobStatement({ name: ' ' }), blobStatement({ name: '\t', globalPolicy: true })),
    );
    expect(findings.map(show)).toEqual([
      'warning statement-unreachable  : its name is blank, which notation takes for no name at all',
    ]);
  });
});
