import { describe, expect, it } from 'vitest';
import { at, extended, lint, scoped, show } from './findings.ts';

describe('lint of registry scopes', () => {
  it('finds scopes within a prefix of another statement, in one finding', async () => {
    const findings = await lint(
      [scoped('team', ['r.io/team/*']), scoped('app', ['r.io/team/a', 'r.io/team/b', 'r.io/other'])],
      extended,
    );
    expect(findings.map(show)).toEqual([
      'info scope-overlap app: the statement "team" has prefixes around "r.io/team/a", "r.io/team/b"; the narrower scopes apply',
    ]);
  });

  it('finds a scope next to a prefix that contains it', async () => {
    const findings = await lint(
      [scoped('team', ['r.io/team/*', 'r.io/team/a', 'r.io/team/sub/*'])],
      extended,
    );
    expect(findings.map(show)).toEqual([
      'info scope-redundant team: registryScopes has "r.io/team/a", "r.io/team/sub/*" next to a prefix that contains it',
    ]);
  });

  it('does not report a scope as redundant if it restores what another statement took', async () => {
    const findings = await lint(
      [scoped('team', ['r.io/*', 'r.io/team/a']), scoped('other', ['r.io/team/*'])],
      extended,
    );
    expect(findings.map(({ rule, statement }) => `${rule} ${statement}`)).toEqual([
      'scope-overlap team',
      'scope-overlap other',
    ]);
  });

  it('finds an exception that requires less than the scopes around it', async () => {
    const findings = await lint([
      scoped('rest', ['*']),
      scoped('app', ['r.io/app'], { ...at('permissive'), trustedIdentities: ['*'] }),
    ]);
    expect(findings.filter(({ rule }) => rule !== 'identity-any').map(show)).toEqual([
      'warning scope-weaker app: without "r.io/app", the statement "rest" would apply, which requires more: authenticTimestamp, expiry, revocation, trustedIdentities',
    ]);
  });

  it('finds nothing in an exception that trusts anyone, if the scopes around it do', async () => {
    const anyone = { trustedIdentities: ['*'] };
    const findings = await lint([scoped('rest', ['*'], anyone), scoped('app', ['r.io/app'], anyone)]);
    expect(findings.map(({ rule }) => rule)).toEqual(['identity-any', 'identity-any']);
  });

  it('finds nothing in an exception that requires more', async () => {
    const findings = await lint([scoped('rest', ['*'], at('permissive')), scoped('app', ['r.io/app'])]);
    expect(findings).toEqual([]);
  });

  it.each(['team/app', '256.1.1.1/app', `r.io/${'a'.repeat(256)}`])(
    'finds that no reference of an image stands for %s',
    async (scope) => {
      const [finding] = await lint([scoped('a', [scope])]);
      expect(finding && show(finding)).toContain('warning statement-unreachable a: it has only ');
      const [other] = await lint([scoped('a', [scope, 'r.io/a'])]);
      expect(other && show(other)).toContain('warning scope-unreachable a: registryScopes has ');
    },
  );

  it.each(['team/*', '256.1.1.1/*', `r.io/${'a'.repeat(255)}/*`])(
    'finds that no reference of an image is below %s',
    async (scope) => {
      const [finding] = await lint([scoped('a', [scope])], extended);
      expect(finding?.rule).toBe('statement-unreachable');
    },
  );

  it('finds nothing in whole names', async () => {
    const scopes = [
      `r.io/${'a'.repeat(255)}`,
      'docker.io/library/alpine',
      'docker.io/org/*',
      'docker.io/*',
      'localhost/*',
      'a:5000/b',
    ];
    const findings = await lint(
      [
        scoped(
          'a',
          scopes.filter((scope) => scope !== 'docker.io/org/*'),
        ),
      ],
      extended,
    );
    expect(findings.map(({ rule }) => rule)).toEqual(['scope-redundant']);
  });

  it.each([
    ['R.io/a', 'r.io/a'],
    ['r.io:443/a', 'r.io/a'],
    ['127.1:5000/a', '127.0.0.1:5000/a'],
    ['index.docker.io/org/a', 'docker.io/org/a'],
    ['docker.io/alpine', 'docker.io/library/alpine'],
  ])('finds that notation does not take %s for %s', async (scope, form) => {
    const [finding] = await lint([scoped('a', [scope])]);
    expect(finding && show(finding)).toBe(
      `warning scope-spelling a: registryScopes has "${scope}" (for "${form}"), which notation compares character by character`,
    );
  });

  it('finds nothing in another spelling next to the usual one', async () => {
    expect(await lint([scoped('a', ['R.io/a', 'r.io/a'])])).toEqual([]);
  });

  it('finds scopes within a prefix of another spelling', async () => {
    const findings = await lint([scoped('team', ['r.io/team/*']), scoped('app', ['R.io/team/a'])], extended);
    expect(findings.map(({ rule }) => rule)).toContain('scope-overlap');
  });
});
