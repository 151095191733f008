import { describe, expect, it } from 'vitest';
import {
  explainBlobTrustPolicy,
  explainTrustPolicy,
  formatExplanation,
} from '../../../src/policy/tools/index.ts';
import { blobStatement, parse, parseBlob, statement } from '../documents.ts';

const policy = parse(
  [
    statement({ name: 'app', registryScopes: ['r.io/team/app', 'r.io/team'] }),
    statement({ name: 'team', registryScopes: ['r.io/team/*'] }),
    statement({ name: 'registry', registryScopes: ['r.io/*', 'r.io/teams/*', 'other.io/team/app'] }),
    statement({ name: 'rest', registryScopes: ['*'] }),
  ],
  { dialect: 'extended' },
);

describe('a formatted explanation', () => {
  it('has the statement, what it requires, and why others do not apply', () => {
    expect(formatExplanation(explainTrustPolicy(policy, 'r.io/team/x:v1'))).toBe(
      `the statement "team" applies to "r.io/team/x"
  prefix             "r.io/team/*" of "team": it is the longest scope that contains the repository

it requires, at level strict
  integrity          enforce: a failure rejects the signature (level strict)
  authenticity       enforce: a failure rejects the signature (level strict)
  authenticTimestamp enforce: a failure rejects the signature (level strict)
  expiry             enforce: a failure rejects the signature (level strict)
  revocation         enforce: a failure rejects the signature (level strict)
  ca                 ca:acme: signatures of the scheme notary.x509 must chain to one of these
  signingAuthority   none: no signature of the scheme notary.x509.signingAuthority is authentic
  tsa                none: no timestamp is verified
  trusts             "x509.subject: C=US, ST=WA, O=Acme": certificates whose subject has at least C "US", ST "WA", O "Acme"
  timestamps         never: the statement names no tsa store: certificates must be valid when the signature is verified

not applicable
  none               "r.io/team/app" of "app": it is another repository
  none               "r.io/team" of "app": it is a single repository, not a prefix
  prefix             "r.io/*" of "registry": it contains the repository, but "r.io/team/*" of the statement "team" is narrower
  none               "r.io/teams/*" of "registry": it is not a prefix of the repository
  none               "other.io/team/app" of "registry": it is in another registry
  global             "*" of "rest": it contains the repository, but "r.io/team/*" of the statement "team" is narrower`,
    );
  });

  it('has the reason and the next step if no statement applies', () => {
    const text = formatExplanation(explainTrustPolicy(parse([statement()]), 'alpine'));
    expect(text).toContain('NO statement applies to "alpine"');
    expect(text).toContain('[ERR_REFERENCE_INVALID]');
    expect(text).toMatch(/next step +Write the reference/);
    expect(text).toMatch(
      /note +as the reference of an image, "alpine" stands for docker.io\/library\/alpine/,
    );
  });

  it('says that no statement name was given for a blob', () => {
    const text = formatExplanation(explainBlobTrustPolicy(parseBlob([blobStatement()])));
    expect(text).toContain('NO statement applies to a blob without a statement name');
    expect(text).toContain('none               "releases": it has no globalPolicy');
  });

  it('escapes names that could forge a line', () => {
    const forged = parse([statement({ name: 'a\u2028b\u202e', registryScopes: ['*'] })]);
    const text = formatExplanation(explainTrustPolicy(forged, 'r.io/a'));
    expect(text).toContain('"a\\u{2028}b\\u{202e}"');
  });

  it('cuts long lists', () => {
    const scopes = Array.from({ length: 60 }, (_, index) => `r.io/app${index}`);
    const text = formatExplanation(
      explainTrustPolicy(parse([statement({ registryScopes: scopes })]), 'r.io/a'),
    );
    expect(text).toContain('and 40 more');
  });

  it('cuts long lines and keeps every line one line, even in explanations from outside', () => {
    const why = `first\nsecond ${'x'.repeat(5000)}`;
    const comparison = { statement: 'images', match: 'none', applies: false, why } as const;
    const lines = formatExplanation({ comparisons: [comparison] }).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[3]).toContain('first\\u{a}second');
    expect(lines[3]?.length).toBeLessThan(1010);
  });
});
