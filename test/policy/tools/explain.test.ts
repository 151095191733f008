import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { selectStatement } from '../../../src/policy/index.ts';
import { explainBlobTrustPolicy, explainTrustPolicy } from '../../../src/policy/tools/index.ts';
import { blobStatement, failure, parse, parseBlob, statement } from '../documents.ts';

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
  it('names the statement with the repository itself, and why wider scopes do not apply', () => {
    expect(compared('r.io/team/app')).toEqual([
      'r.io/team/app exact! it is the repository itself',
      'r.io/team none it is a single repository, not a prefix',
      'r.io/team/* prefix it contains the repository, but "r.io/team/app" of the statement "app" is narrower',
      'r.io/* prefix it contains the repository, but "r.io/team/app" of the statement "app" is narrower',
      'r.io/teams/* none it is not a prefix of the repository',
      'other.io/team/app none it is in another registry',
      '* global it contains the repository, but "r.io/team/app" of the statement "app" is narrower',
    ]);
  });

  it('names the statement with the longest prefix', () => {
    expect(compared('r.io/team/other')).toContain(
      'r.io/team/* prefix! it is the longest scope that contains the repository',
    );
    expect(explainTrustPolicy(policy, 'r.io/team/other').statement?.name).toBe('team');
  });

  it('names the statement with the global scope', () => {
    expect(compared('new.io/a').at(-1)).toBe(
      '* global! it contains every repository, and no other scope contains this one',
    );
  });

  it('treats another spelling of the registry as the same', () => {
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

  it('has the reason instead of a statement if none applies', () => {
    const { statement: none, reason } = explainTrustPolicy(parse([statement()]), 'r.io/app');
    expect(none).toBeUndefined();
    expect(reason?.code).toBe('ERR_POLICY_NOT_APPLICABLE');
  });

  it('has no comparisons for a string that is not a repository', () => {
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
  ])('notes nothing of %j, which is not a short name', (reference) => {
    expect(explainTrustPolicy(policy, reference).note).toBeUndefined();
  });

  it('of a reference that is not a string is rejected', () => {
    const reference = JSON.parse('{}');
    expect(failure(() => explainTrustPolicy(policy, reference), 'ERR_ARGUMENT_INVALID')).toContain(
      'must be a string',
    );
  });

  it('is plain data', () => {
    const explanation = explainTrustPolicy(policy, 'r.io/team/app');
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(structuredClone(explanation));
  });

  it('agrees with selectStatement', () => {
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
      fc.property(fc.uniqueArray(scope, { minLength: 1, maxLength: 12 }), repository, (scopes, requested) => {
        const generated = parse(
          scopes.map((one) => statement({ name: one, registryScopes: [one] })),
          { dialect: 'extended' },
        );
        const { comparisons, statement: applying } = explainTrustPolicy(generated, requested);
        const winners = comparisons.filter(({ applies }) => applies).map((one) => one.statement);
        expect(winners).toEqual(applying ? [applying.name] : []);
        expect(applying?.name).toBe(selected(() => selectStatement(generated, requested).name));
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

describe('the explanation of a trust policy for blobs', () => {
  const blobs = parseBlob([blobStatement(), blobStatement({ name: 'rest', globalPolicy: true })]);
  const whys = (name?: string) => explainBlobTrustPolicy(blobs, name).comparisons.map(({ why }) => why);

  it('names the statement of the given name', () => {
    expect(explainBlobTrustPolicy(blobs, 'releases').statement?.name).toBe('releases');
    expect(whys('releases')).toEqual([
      'it has the given name',
      'it has another name, and globalPolicy applies only when no name is given',
    ]);
  });

  it('names the global statement', () => {
    expect(explainBlobTrustPolicy(blobs).statement?.name).toBe('rest');
    expect(whys()).toEqual([
      'it has no globalPolicy, and no name was given',
      'it has globalPolicy, and no name was given',
    ]);
  });

  it('has the reason if there is no such statement', () => {
    const { statement: none, reason } = explainBlobTrustPolicy(blobs, 'unknown');
    expect([none, reason?.code]).toEqual([undefined, 'ERR_POLICY_NOT_APPLICABLE']);
  });
});

describe('explaining', () => {
  it.each([
    ['a document', { version: '1.0', trustPolicies: [] }],
    ['nothing', undefined],
    ['a policy for blobs', { statements: [{ globalPolicy: true }] }],
  ])('rejects %s that was not parsed', (_, policy) => {
    expect(() => explainTrustPolicy(policy as never, 'registry.example.com/app')).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }),
    );
  });
});
