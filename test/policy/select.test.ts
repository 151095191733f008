import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../src/errors/index.ts';
import { parseReference, type Reference, repositoryName } from '../../src/oci/reference.ts';
import { selectStatement, type TrustPolicy } from '../../src/policy/index.ts';
import { statementForReference } from '../../src/policy/select.ts';
import { failure, parse, statement } from './documents.ts';

/** A policy with a statement for some scopes, and a laxer one for all else. */
function strictFor(...registryScopes: string[]): TrustPolicy {
  const rest = { name: 'rest', registryScopes: ['*'], signatureVerification: { level: 'audit' } };
  return parse([statement({ name: 'strict', registryScopes }), statement(rest)], { dialect: 'extended' });
}

/** The name of the statement that `verify` would apply to a reference. */
function applying(policy: TrustPolicy, given: string | Reference): string {
  const reference = typeof given === 'string' ? parseReference(given) : given;
  const name = repositoryName(reference);
  return statementForReference(policy, name, typeof given === 'string' ? given : `${name}:v1`).name;
}

describe('the statement for a reference', () => {
  it.each([
    ['REGISTRY.example.com/team/app:v1', 'registry.example.com/team/app'],
    ['registry.example.com:443/team/app:v1', 'registry.example.com/team/app'],
    ['registry.example.com:0443/team/app:v1', 'registry.example.com/team/app'],
    ['registry.example.com:80/team/app:v1', 'registry.example.com/team/app'],
    ['registry.example.com/team/app:v1', 'Registry.Example.COM:443/team/app'],
    ['REGISTRY.example.com/team/app:v1', 'registry.example.com/*'],
    ['registry.example.com/team/app:v1', 'registry.example.com:443/team/*'],
    ['XN--Bcher-KVA.example/app:v1', 'xn--bcher-kva.example/app'],
    ['127.1:5000/app:v1', '127.0.0.1:5000/app'],
    ['0x7f000001:5000/app:v1', '127.0.0.1:5000/app'],
    ['127.0.0.1:5000/app:v1', '2130706433:5000/*'],
    ['registry-1.docker.io/org/app:v1', 'docker.io/org/app'],
    ['index.docker.io/org/app:v1', 'registry-1.docker.io/org/app'],
    ['org/app:v1', 'index.docker.io/*'],
    ['org/app:v1', 'index.docker.io/org/app'],
    ['docker.io/alpine:v1', 'docker.io/library/alpine'],
    ['alpine:v1', 'docker.io/alpine'],
    ['alpine:v1', 'Docker.IO:443/library/*'],
  ])('%s is that of the scope %s', (reference, scope) => {
    expect(applying(strictFor(scope), reference)).toBe('strict');
  });

  it.each([
    [{ registry: 'Registry.Example.com:443', repository: 'app' }, 'registry.example.com/app'],
    [{ registry: 'registry-1.docker.io', repository: 'org/app' }, 'docker.io/*'],
    [{ registry: 'docker.io', repository: 'alpine' }, 'docker.io/library/alpine'],
    [{ registry: 'ORG', repository: 'app' }, 'org/app'],
    [{ registry: 'org', repository: 'app' }, 'org/*'],
  ])('that is given as the object %j is that of the scope %s', (reference, scope) => {
    expect(applying(strictFor(scope), reference)).toBe('strict');
  });

  it.each([
    ['registry.example.com:8443/app:v1', 'registry.example.com/app'],
    ['registry.example.com/app2:v1', 'registry.example.com/app'],
    ['sub.registry.example.com/app:v1', 'registry.example.com/app'],
    ['localhost:5000/app:v1', '127.0.0.1:5000/app'],
    ['auth.docker.io/org/app:v1', 'docker.io/org/app'],
    ['docker.io/library/alpine/x:v1', 'docker.io/alpine/*'],
  ])('%s is not that of the scope %s, which is another repository', (reference, scope) => {
    expect(applying(strictFor(scope), reference)).toBe('rest');
  });

  it.each([
    ['org/app:v1', 'org/app'],
    ['org/app:v1', 'ORG:443/app'],
    ['org/app:v1', 'org/*'],
    ['org/app@sha256:00', 'org/*'],
    ['org/team/app:v1', 'org/*'],
    ['org/team/app:v1', 'org/team/*'],
  ])(
    '%s selects no statement if the short name is in the scope %s: the CLI would apply that scope',
    (reference, scope) => {
      const select = () => statementForReference(strictFor(scope), 'docker.io/org/app', reference);
      expect(failure(select, 'ERR_REFERENCE_INVALID')).toContain(`is in the registry scope "${scope}"`);
    },
  );

  it('does not exist if a short name is a scope, even if both readings reach one statement', () => {
    const policy = strictFor('org/*', 'docker.io/org/*');
    expect(failure(() => applying(policy, 'org/app:v1'), 'ERR_REFERENCE_INVALID')).toContain(
      'the whole name',
    );
  });

  it('for a short name is the global one if no scope reads like it', () => {
    expect(applying(strictFor('org2/app'), 'org/app:v1')).toBe('rest');
  });

  it('is selected by the repository alone if only that is known', () => {
    expect(selectStatement(strictFor('org/*'), 'ORG/app').name).toBe('strict');
  });
});

function outcomeOf(select: () => string): string {
  try {
    return select();
  } catch (error) {
    if (isNotationError(error, 'ERR_REFERENCE_INVALID')) return 'refused';
    throw error;
  }
}

/** Spellings of one port; the empty one is that of the scheme. */
const defaultPort = fc.constantFrom('', ':443', ':0443', ':00000443', ':80', ':080');
const respelledPort = (number: number) => fc.nat({ max: 5 }).map((zeros) => `:${'0'.repeat(zeros)}${number}`);
const ports = fc.oneof(
  fc.tuple(defaultPort, defaultPort),
  fc
    .integer({ min: 1, max: 65535 })
    .filter((number) => number !== 80 && number !== 443)
    .chain((number) => fc.tuple(respelledPort(number), respelledPort(number))),
);

/** A text with some letters in upper case. */
function respelledLetters(text: string): fc.Arbitrary<string> {
  return fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) =>
      [...text].map((letter, index) => (upper[index] ? letter.toUpperCase() : letter)).join(''),
    );
}

/** A number as URL reads the parts of an IPv4 address. */
function respelledNumber(number: number): fc.Arbitrary<string> {
  return fc.constantFrom(
    String(number),
    `0x${number.toString(16)}`,
    `0X00${number.toString(16)}`,
    `0${number.toString(8)}`,
  );
}

/** An IPv4 address in one to four parts. */
function respelledAddress(bytes: readonly number[]): fc.Arbitrary<string> {
  return fc.integer({ min: 1, max: 4 }).chain((count) => {
    const last = bytes.slice(count - 1).reduce((sum, byte) => sum * 256 + byte, 0);
    return fc
      .tuple(...[...bytes.slice(0, count - 1), last].map(respelledNumber))
      .map((parts) => parts.join('.'));
  });
}

const label = fc
  .stringMatching(/^[a-z]([a-z0-9-]{0,6}[a-z0-9])?$/)
  .filter((text) => !text.startsWith('xn--'));
const domain = fc
  .tuple(label, label, fc.constantFrom('com', 'internal', 'xn--p1ai'))
  .map((labels) => labels.join('.'));
const address = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));

const dockerHub = fc
  .constantFrom('docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com')
  .chain(respelledLetters);

function pairOf(
  host: fc.Arbitrary<string>,
  portsOf: fc.Arbitrary<[string, string]>,
): fc.Arbitrary<[string, string]> {
  return fc.tuple(host, host, portsOf).map(([one, other, [a, b]]) => [one + a, other + b]);
}

/** Pairs of spellings of one registry. At an unusual port, the names of Docker Hub belong to another registry. */
const spellings = fc.oneof(
  domain.chain((host) => pairOf(respelledLetters(host), ports)),
  address.chain((bytes) => pairOf(respelledAddress(bytes), ports)),
  pairOf(dockerHub, fc.tuple(defaultPort, defaultPort)),
);

describe('any spelling of a registry', () => {
  const path = fc.constantFrom('app', 'team/app', 'library/app');

  it('reaches the statement of its scope, or is rejected', () => {
    const scope = fc.constantFrom('', 'app', 'team/app', 'library/app', 'team/*', '*');
    const outcomes: string[] = [];
    fc.assert(
      fc.property(spellings, path, scope, fc.boolean(), ([one, other], path, scope, asObject) => {
        const policy = strictFor(`${one}/${scope === '' ? path : scope}`);
        const expected = applying(policy, { registry: one, repository: path });
        if (scope === '' || scope === '*') expect(expected).toBe('strict');
        const given = asObject ? { registry: other, repository: path } : `${other}/${path}:v1`;
        const outcome = outcomeOf(() => applying(policy, given));
        expect([expected, 'refused']).toContain(outcome);
        outcomes.push(outcome);
      }),
      { numRuns: 500 },
    );
    // Only a number without a port is rejected: as text it is a short name of Docker Hub.
    expect(outcomes.filter((outcome) => outcome === 'refused').length).toBeLessThan(100);
  });

  it('cannot be in a second statement', () => {
    fc.assert(
      fc.property(spellings, path, ([one, other], path) => {
        fc.pre(one !== other);
        const statements = [one, other].map((registry, index) =>
          statement({ name: `s${index}`, registryScopes: [`${registry}/${path}`] }),
        );
        expect(failure(() => parse(statements))).toContain('is another spelling of');
      }),
    );
  });
});
