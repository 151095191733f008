import { describe, expect, it } from 'vitest';
import { explainTrustPolicy } from '../../../src/policy/tools/index.ts';
import { parse, skipStatement, statement } from '../documents.ts';

describe('the explanation of a statement', () => {
  const explain = (changes: Record<string, unknown>) => {
    const { statement: explained } = explainTrustPolicy(
      parse([statement({ registryScopes: ['*'], ...changes })]),
      'r.io/a',
    );
    if (!explained) throw new Error('no statement applies');
    return explained;
  };

  it('has every action, and whether it is that of the level', () => {
    const signatureVerification = { level: 'strict', override: { expiry: 'log', revocation: 'skip' } };
    const { actions } = explain({ signatureVerification });
    expect(actions.map(({ validation, why }) => `${validation}: ${why}`)).toEqual([
      'integrity: a failure rejects the signature (level strict)',
      'authenticity: a failure rejects the signature (level strict)',
      'authenticTimestamp: a failure rejects the signature (level strict)',
      'expiry: a failure is logged, and the signature passes (overridden; enforce at level strict)',
      'revocation: it is not validated (overridden; enforce at level strict)',
    ]);
  });

  it('has the stores of each type', () => {
    const { trustStores } = explain({ trustStores: ['ca:a', 'tsa:t', 'ca:b'] });
    expect(trustStores.map(({ type, stores, why }) => [type, stores, why])).toEqual([
      ['ca', ['ca:a', 'ca:b'], 'signatures of the scheme notary.x509 must chain to one of these'],
      ['signingAuthority', [], 'no signature of the scheme notary.x509.signingAuthority is authentic'],
      ['tsa', ['tsa:t'], 'timestamps must chain to one of these'],
    ]);
  });

  it('says which certificates match each identity', () => {
    const { trustedIdentities } = explain({
      trustedIdentities: ['x509.subject: C=US, S=WA, O=Acme', 'aws:arn:1'],
    });
    expect(trustedIdentities.map(({ why }) => why)).toEqual([
      'certificates whose subject has at least C "US", ST "WA", O "Acme"',
      'only a verification plugin can match this identity',
    ]);
  });

  it('says that every certificate matches *', () => {
    expect(explain({ trustedIdentities: ['*'] }).trustedIdentities[0]?.why).toContain('every certificate');
  });

  it.each([
    ['never', {}],
    ['always', { trustStores: ['ca:a', 'tsa:t'] }],
    [
      'afterCertExpiry',
      {
        trustStores: ['ca:a', 'tsa:t'],
        signatureVerification: { level: 'strict', verifyTimestamp: 'afterCertExpiry' },
      },
    ],
    ['never', { signatureVerification: { level: 'strict', verifyTimestamp: 'afterCertExpiry' } }],
  ])('says when timestamps are verified: %s', (verified, changes) => {
    expect(explain(changes).timestamp.verified).toBe(verified);
  });

  it('has no stores and no identities at level skip', () => {
    const skipped = parse([skipStatement({ registryScopes: ['r.io/a'] })]);
    const { statement: explained } = explainTrustPolicy(skipped, 'r.io/a');
    expect(explained).toMatchObject({
      trustStores: [],
      trustedIdentities: [],
      timestamp: { verified: 'never', why: 'no signature is verified' },
    });
  });
});
