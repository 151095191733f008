import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../src/errors/index.ts';
import {
  explainBlobTrustPolicy,
  explainTrustPolicy,
  formatExplanation,
  selectStatement,
} from '../../src/policy/index.ts';
import { blobStatement, failure, parse, parseBlob, skipStatement, statement } from './documents.ts';

const policy = parse(
  [
    statement({ name: 'app', registryScopes: ['r.io/team/app', 'r.io/team'] }),
    statement({ name: 'team', registryScopes: ['r.io/team/*'] }),
    statement({ name: 'registry', registryScopes: ['r.io/*', 'r.io/teams/*', 'other.io/team/app'] }),
    statement({ name: 'rest', registryScopes: ['*'] }),
  ],
  { dialect: 'extended' },
);

/** Scope, match and reason of every comparison. */
function compared(reference: string): string[] {
  return explainTrustPolicy(policy, reference).comparisons.map(
    ({ scope, match, applies, why }) => `${scope} ${match}${applies ? '!' : ''} ${why}`,
  );
}

describe('the explanation of a trust policy', () => {
  it('names the statement with the repository itself, and why narrower scopes keep others away', () => {
    expect(compared('r.io/team/app')).toEqual([
      'r.io/team/app exact! it is the repository itself',
      'r.io/team none it is one repository, without those below it',
      'r.io/team/* prefix it contains the repository, but "r.io/team/app" of the statement "app" is narrower',
      'r.io/* prefix it contains the repository, but "r.io/team/app" of the statement "app" is narrower',
      'r.io/teams/* none it is no prefix of the repository',
      'other.io/team/app none it is of another registry',
      '* global it contains the repository, but "r.io/team/app" of the statement "app" is narrower',
    ]);
  });

  it('names the statement with the longest prefix', () => {
    expect(compared('r.io/team/other')).toContain(
      'r.io/team/* prefix! it contains the repository, and no longer scope does',
    );
    expect(explainTrustPolicy(policy, 'r.io/team/other').statement?.name).toBe('team');
  });

  it('names the statement with the global scope', () => {
    expect(compared('new.io/a').at(-1)).toBe(
      '* global! it contains every repository, and no other scope contains this one',
    );
  });

  it('takes another spelling of the registry for the same', () => {
    const respelled = parse([statement({ registryScopes: ['R.io:443/app', 'r.io/app'] })]);
    const { comparisons } = explainTrustPolicy(respelled, 'r.IO:0443/app:v1');
    expect(comparisons).toMatchObject([
      { match: 'exact', applies: true, why: 'it is the repository itself' },
      { match: 'exact', applies: false, why: 'it is another spelling of "R.io:443/app"' },
    ]);
  });

  it.each(['r.io/team/app:v1', `r.io/team/app@sha256:${'0'.repeat(64)}`, 'r.io/team/app:v1@sha256:00'])(
    'leaves out the tag and digest of %s',
    (reference) => {
      const { subject, statement } = explainTrustPolicy(policy, reference);
      expect([subject, statement?.name]).toEqual(['r.io/team/app', 'app']);
    },
  );

  it('has the reason instead of a statement where none applies', () => {
    const { statement: none, reason } = explainTrustPolicy(parse([statement()]), 'r.io/app');
    expect(none).toBeUndefined();
    expect(reason?.code).toBe('ERR_POLICY_NOT_APPLICABLE');
  });

  it('compares nothing with what is no repository', () => {
    const { comparisons, reason } = explainTrustPolicy(policy, 'r.io/UPPER');
    expect(comparisons).toEqual([]);
    expect(reason?.code).toBe('ERR_REFERENCE_INVALID');
  });

  it.each([
    ['alpine:3', 'docker.io/library/alpine'],
    ['org/app', 'docker.io/org/app'],
  ])('notes what the short name %s stands for', (reference, whole) => {
    expect(explainTrustPolicy(policy, reference).note).toContain(`stands for ${whole}`);
  });

  it.each([
    'docker.io/library/alpine',
    'docker.io/alpine',
    'index.docker.io/org/app',
    'localhost/app',
    'localhost:5000/app',
    'r.io/app',
    'UPPER',
    '',
  ])('notes nothing of %j, which is no short name', (reference) => {
    expect(explainTrustPolicy(policy, reference).note).toBeUndefined();
  });

  it('of what is not a string is refused', () => {
    const reference = JSON.parse('{}');
    expect(failure(() => explainTrustPolicy(policy, reference), 'ERR_ARGUMENT_INVALID')).toContain('string');
  });

  it('is plain data', () => {
    const explanation = explainTrustPolicy(policy, 'r.io/team/app');
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(structuredClone(explanation));
  });

  it('agrees with what is selected', () => {
    const component = fc.constantFrom('a', 'b', 'c');
    const repository = fc
      .array(component, { minLength: 1, maxLength: 3 })
      .map((parts) => `r.io/${parts.join('/')}`);
    const scope = fc.oneof(
      repository,
      repository.map((text) => `${text}/*`),
      fc.constantFrom('r.io/*', '*'),
    );
    fc.assert(
      fc.property(fc.uniqueArray(scope, { minLength: 1, maxLength: 12 }), repository, (scopes, asked) => {
        const generated = parse(
          scopes.map((one) => statement({ name: one, registryScopes: [one] })),
          { dialect: 'extended' },
        );
        const { comparisons, statement: applying } = explainTrustPolicy(generated, asked);
        const winners = comparisons.filter(({ applies }) => applies).map((one) => one.statement);
        expect(winners).toEqual(applying ? [applying.name] : []);
        expect(applying?.name).toBe(selected(() => selectStatement(generated, asked).name));
      }),
    );
  });
});

function selected(select: () => string): string | undefined {
  try {
    return select();
  } catch (error) {
    if (isNotationError(error, 'ERR_POLICY_NOT_APPLICABLE')) return undefined;
    throw error;
  }
}

describe('what a statement is said to demand', () => {
  const explain = (changes: Record<string, unknown>) => {
    const { statement: explained } = explainTrustPolicy(
      parse([statement({ registryScopes: ['*'], ...changes })]),
      'r.io/a',
    );
    if (!explained) throw new Error('no statement applies');
    return explained;
  };

  it('has every action with where it comes from', () => {
    const signatureVerification = { level: 'strict', override: { expiry: 'log', revocation: 'skip' } };
    const { actions } = explain({ signatureVerification });
    expect(actions.map(({ validation, why }) => `${validation}: ${why}`)).toEqual([
      'integrity: a failure rejects the signature (by the level strict)',
      'authenticity: a failure rejects the signature (by the level strict)',
      'authenticTimestamp: a failure rejects the signature (by the level strict)',
      'expiry: a failure is noted, and the signature passes (overridden, enforce at the level strict)',
      'revocation: it is not looked at (overridden, enforce at the level strict)',
    ]);
  });

  it('has the stores of each type', () => {
    const { trustStores } = explain({ trustStores: ['ca:a', 'tsa:t', 'ca:b'] });
    expect(trustStores.map(({ type, stores, why }) => [type, stores, why])).toEqual([
      ['ca', ['ca:a', 'ca:b'], 'signatures of the scheme notary.x509 must chain to one of these'],
      ['signingAuthority', [], 'no signature of the scheme notary.x509.signingAuthority is authentic'],
      ['tsa', ['tsa:t'], 'time-stamps must chain to one of these'],
    ]);
  });

  it('has whom each identity stands for', () => {
    const { trustedIdentities } = explain({
      trustedIdentities: ['x509.subject: C=US, S=WA, O=Acme', 'aws:arn:1'],
    });
    expect(trustedIdentities.map(({ why }) => why)).toEqual([
      'certificates whose subject has C "US", ST "WA", O "Acme", whatever else it has',
      'only a verification plugin can tell who that is',
    ]);
  });

  it('has that any identity is trusted', () => {
    expect(explain({ trustedIdentities: ['*'] }).trustedIdentities[0]?.why).toContain('whoever');
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
  ])('has that time-stamps are verified: %s', (verified, changes) => {
    expect(explain(changes).timestamp.verified).toBe(verified);
  });

  it('has nothing that counts at the level skip', () => {
    const skipped = parse([skipStatement({ registryScopes: ['r.io/a'] })]);
    const { statement: explained } = explainTrustPolicy(skipped, 'r.io/a');
    expect(explained).toMatchObject({
      trustStores: [],
      trustedIdentities: [],
      timestamp: { verified: 'never', why: 'no signature is looked at' },
    });
  });
});

describe('the explanation of a trust policy for blobs', () => {
  const blobs = parseBlob([blobStatement(), blobStatement({ name: 'rest', globalPolicy: true })]);
  const whys = (name?: string) => explainBlobTrustPolicy(blobs, name).comparisons.map(({ why }) => why);

  it('names the statement that was asked for', () => {
    expect(explainBlobTrustPolicy(blobs, 'releases').statement?.name).toBe('releases');
    expect(whys('releases')).toEqual([
      'it has the name that was given',
      'it has another name, and globalPolicy counts only where no name is given',
    ]);
  });

  it('names the global statement', () => {
    expect(explainBlobTrustPolicy(blobs).statement?.name).toBe('rest');
    expect(whys()).toEqual([
      'it has no globalPolicy, and no name was given',
      'it has globalPolicy, and no name was given',
    ]);
  });

  it('has the reason where there is none', () => {
    const { statement: none, reason } = explainBlobTrustPolicy(blobs, 'unknown');
    expect([none, reason?.code]).toEqual([undefined, 'ERR_POLICY_NOT_APPLICABLE']);
  });
});

describe('an explanation as text', () => {
  it('has the statement, what it demands, and why others do not apply', () => {
    expect(formatExplanation(explainTrustPolicy(policy, 'r.io/team/x:v1'))).toBe(
      `the statement "team" applies to "r.io/team/x"
  prefix             "r.io/team/*" of "team": it contains the repository, and no longer scope does

it demands, at the level strict
  integrity          enforce: a failure rejects the signature (by the level strict)
  authenticity       enforce: a failure rejects the signature (by the level strict)
  authenticTimestamp enforce: a failure rejects the signature (by the level strict)
  expiry             enforce: a failure rejects the signature (by the level strict)
  revocation         enforce: a failure rejects the signature (by the level strict)
  ca                 ca:acme: signatures of the scheme notary.x509 must chain to one of these
  signingAuthority   none: no signature of the scheme notary.x509.signingAuthority is authentic
  tsa                none: no time-stamp is verified
  trusts             "x509.subject: C=US, ST=WA, O=Acme": certificates whose subject has C "US", ST "WA", O "Acme", whatever else it has
  time-stamps        never: the statement names no tsa store: certificates must be valid when the signature is verified

not applying
  none               "r.io/team/app" of "app": it is another repository
  none               "r.io/team" of "app": it is one repository, without those below it
  prefix             "r.io/*" of "registry": it contains the repository, but "r.io/team/*" of the statement "team" is narrower
  none               "r.io/teams/*" of "registry": it is no prefix of the repository
  none               "other.io/team/app" of "registry": it is of another registry
  global             "*" of "rest": it contains the repository, but "r.io/team/*" of the statement "team" is narrower`,
    );
  });

  it('has the reason and what to do where no statement applies', () => {
    const text = formatExplanation(explainTrustPolicy(parse([statement()]), 'alpine'));
    expect(text).toContain('NO statement applies to "alpine"');
    expect(text).toContain('[ERR_REFERENCE_INVALID]');
    expect(text).toMatch(/to do +Write the reference/);
    expect(text).toMatch(
      /note +as the reference of an image, "alpine" stands for docker.io\/library\/alpine/,
    );
  });

  it('says of a blob that no name was given', () => {
    const text = formatExplanation(explainBlobTrustPolicy(parseBlob([blobStatement()])));
    expect(text).toContain('NO statement applies to a blob without the name of a statement');
    expect(text).toContain('none               "releases": it has no globalPolicy');
  });

  it('lets no name forge a line', () => {
    const forged = parse([statement({ name: 'a\u2028b\u202e', registryScopes: ['*'] })]);
    const text = formatExplanation(explainTrustPolicy(forged, 'r.io/a'));
    expect(text).toContain('"a\\u{2028}b\\u{202e}"');
  });

  it('cuts long lists and long lines', () => {
    const scopes = Array.from({ length: 60 }, (_, index) => `r.io/${'x'.repeat(900)}${index}`);
    const text = formatExplanation(
      explainTrustPolicy(parse([statement({ registryScopes: scopes })]), 'r.io/a'),
    );
    expect(text).toContain('and 40 more');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(1001);
  });
});

describe('explaining', () => {
  it.each([
    ['a document', { version: '1.0', trustPolicies: [] }],
    ['nothing', undefined],
    ['a policy for blobs', { statements: [{ globalPolicy: true }] }],
  ])('refuses %s that was not parsed', (_, policy) => {
    expect(() => explainTrustPolicy(policy as never, 'registry.example.com/app')).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }),
    );
  });
});
