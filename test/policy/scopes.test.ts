import { describe, expect, it } from 'vitest';
import { selectStatement, type TrustPolicyOptions } from '../../src/policy/index.ts';
import { failure, parse, refusal, skipStatement, statement } from './documents.ts';

const extended: TrustPolicyOptions = { dialect: 'extended' };
const accepts = (scope: string, options?: TrustPolicyOptions) =>
  parse([statement({ registryScopes: [scope] })], options).statements[0]?.registryScopes[0] === scope;
const refuses = (registryScopes: string[], options?: TrustPolicyOptions) =>
  refusal([statement({ registryScopes })], options);
/** A policy with one statement a scope, named after it. */
const policyOf = (...scopes: string[]) =>
  parse(
    scopes.map((scope) => statement({ name: scope, registryScopes: [scope] })),
    extended,
  );

describe('a registry scope', () => {
  it.each([
    '*',
    'registry.example.com/app',
    'localhost:5000/a/b/c',
    'A-b.C/x__y.z-w',
    'local/layout',
    'a/b--c',
  ])('may be %s', (scope) => {
    expect(accepts(scope)).toBe(true);
  });

  it.each([
    '',
    'app',
    'registry.example.com/',
    '/app',
    'https://registry.example.com/app',
    'registry.example.com/app:v1',
    'registry.example.com/app@sha256:00',
    'registry.example.com/App',
    'registry.example.com/a//b',
    'registry.example.com/a/',
    'registry.example.com/a___b',
    '-registry/app',
    'registry:port/app',
    '[::1]:5000/app',
    'registry.example.com/app\n',
  ])('cannot be %j', (scope) => {
    expect(refuses([scope])).toContain('is not a repository');
  });

  it('cannot have a wildcard by the specification', () => {
    expect(refuses(['registry.example.com/*'])).toContain('has a wildcard, which the specification rejects');
  });

  it('of everything must be the only scope', () => {
    expect(refuses(['*', 'registry.example.com/app'])).toContain(
      'registryScopes has "*" next to other scopes',
    );
  });

  it('of everything cannot be skipped', () => {
    expect(refusal([skipStatement({ registryScopes: ['*'] })])).toContain('"*" at the level "skip"');
  });

  it('belongs to one statement', () => {
    expect(refusal([statement({ name: 'a' }), statement({ name: 'b' })])).toContain(
      'statement "b": registryScopes has "registry.example.com/app" in "a" too',
    );
  });

  it('of everything belongs to one statement', () => {
    const registryScopes = ['*'];
    expect(
      refusal([statement({ name: 'a', registryScopes }), statement({ name: 'b', registryScopes })]),
    ).toContain('has "*" in "a" too');
  });

  it('occurs once in a statement', () => {
    expect(refuses(['a/b', 'A/b', 'a/b'])).toContain('registryScopes has "a/b" twice');
  });

  it.each([
    ['registry.example.com/app', 'REGISTRY.example.com/app'],
    ['registry.example.com/app', 'registry.example.com:443/app'],
    ['registry.example.com/app', 'registry.example.com:0443/app'],
    ['registry.example.com/app', 'registry.example.com:80/app'],
    ['127.0.0.1:5000/app', '0x7f000001:5000/app'],
    ['docker.io/alpine', 'docker.io/library/alpine'],
    ['docker.io/org/app', 'registry-1.docker.io/org/app'],
    ['xn--bcher-kva.example/app', 'XN--Bcher-KVA.example/app'],
  ])('%s belongs to one statement with its other spelling %s', (scope, other) => {
    const statements = [
      statement({ name: 'a', registryScopes: [scope] }),
      statement({ name: 'b', registryScopes: [other] }),
    ];
    expect(refusal(statements)).toContain(
      `statement "b": registryScopes has "${other}", which is another spelling of "${scope}" in "a"`,
    );
  });

  it('with a prefix belongs to one statement with its other spellings', () => {
    const statements = [
      statement({ name: 'a', registryScopes: ['docker.io/*'] }),
      statement({ name: 'b', registryScopes: ['index.docker.io/*'] }),
    ];
    expect(refusal(statements, extended)).toContain('another spelling of "docker.io/*" in "a"');
  });

  it('may be in one statement in several spellings, for the CLI, which compares characters', () => {
    const registryScopes = ['registry.example.com/app', 'registry.example.com:443/app'];
    expect(parse([statement({ registryScopes })]).statements[0]?.registryScopes).toEqual(registryScopes);
  });

  it('may name a registry that no reference can name', () => {
    expect(accepts('256.1.1.1/app')).toBe(true);
  });

  it.each(['a', '-', 'a-', 'a.', 'a/'])('of many times %j is checked in linear time', (part) => {
    const scopes = Array.from({ length: 100 }, (_, i) => `r.io/${part.repeat(500)}${i}!`);
    const start = performance.now();
    expect(refuses(scopes)).toContain('is not a repository');
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('a prefix scope of the dialect extended', () => {
  it.each(['registry.example.com/*', 'registry.example.com:5000/production/*', 'r.io/a/b/*'])(
    'may be %s',
    (scope) => {
      expect(accepts(scope, extended)).toBe(true);
    },
  );

  it.each([
    '*/app',
    '*.example.com/app',
    'r.io/a*',
    'r.io/*/b',
    'r.io/**',
    'r.io/*/*',
    '/*',
    '**',
    'r.io/A/*',
  ])('cannot be %s', (scope) => {
    expect(refuses([scope], extended)).toContain('is not a prefix');
  });
});

describe('the statement of a repository', () => {
  const policy = policyOf('r.io/a/b', 'r.io/a/*', 'r.io/a/b/*', 'r.io/*', '*');

  it.each([
    ['r.io/a/b', 'r.io/a/b', 'the exact scope before any prefix'],
    ['r.io/a/b/c', 'r.io/a/b/*', 'the longest prefix'],
    ['r.io/a/b/c/d', 'r.io/a/b/*', 'a prefix at any depth'],
    ['r.io/a/bc', 'r.io/a/*', 'a prefix of whole parts only'],
    ['r.io/a', 'r.io/*', 'no prefix that is as long as itself'],
    ['r.io:5000/a/b', '*', 'the global scope last'],
  ])('%s is %s: %s', (repository, name) => {
    expect(selectStatement(policy, repository).name).toBe(name);
  });

  it('does not depend on the order of the document', () => {
    expect(selectStatement(policyOf('*', 'r.io/*', 'r.io/a'), 'r.io/a').name).toBe('r.io/a');
  });

  it('is missing when no scope contains it, and the message lists the scopes', () => {
    const select = () => selectStatement(policyOf('r.io/a', 'r.io/b/*'), 'r.io/b');
    expect(failure(select, 'ERR_POLICY_NOT_APPLICABLE')).toBe(
      'no statement of the trust policy applies to "r.io/b"; its registry scopes are "r.io/a", "r.io/b/*"',
    );
  });

  it('is missing with the first ten scopes when there are many', () => {
    const many = parse([statement({ registryScopes: Array.from({ length: 40 }, (_, i) => `r.io/a${i}`) })]);
    const select = () => selectStatement(many, 'r.io/b');
    expect(failure(select, 'ERR_POLICY_NOT_APPLICABLE')).toContain('"r.io/a9", and 30 more');
  });

  it.each([
    ['R.IO/a/b', 'r.io/a/b'],
    ['r.io:443/a/x', 'r.io/a/*'],
    ['r.io:0080/a/b/c', 'r.io/a/b/*'],
  ])('%s is %s whatever the spelling of its registry', (repository, name) => {
    expect(selectStatement(policy, repository).name).toBe(name);
  });

  it.each(['256.1.1.1/a', 'r.0x/a', 'r.io./a', '[::1]:5000/a', '[::ffff:127.0.0.1]/a'])(
    '%s is not selected even by the scope of every repository: no registry has that name',
    (repository) => {
      expect(failure(() => selectStatement(policy, repository), 'ERR_REFERENCE_INVALID')).toContain(
        'scope can name',
      );
    },
  );

  it.each(['*', 'r.io/*', 'r.io/a:tag', 'r.io/a@sha256:00', 'app', ''])(
    '%j is not requested',
    (repository) => {
      expect(failure(() => selectStatement(policy, repository), 'ERR_REFERENCE_INVALID')).toContain(
        'scope can name',
      );
    },
  );
});
