import { pushGood } from '../support/signatures.ts';
import { policy, statementFor, type VerdictCase } from '../support/verdict.ts';

const elsewhere = 'registry.example.com/somewhere/else';
const skip = {
  signatureVerification: { level: 'skip' },
  trustStores: undefined,
  trustedIdentities: undefined,
};

/** Another spelling of a scope: the same port with a zero before it. */
const respelled = (scope: string) => scope.replace(/:(\d+)\//, ':0$1/');
const document = (...trustPolicies: object[]) => ({ version: '1.0', trustPolicies });
const refused = { expect: 'rejected', code: 'ERR_POLICY_INVALID' } as const;

/** Scopes that no policy may have, and what the CLI says. */
const MALFORMED: readonly [name: string, scopes: (scope: string) => unknown, says: RegExp][] = [
  ['a scope with a wildcard for its last part', (scope) => [scope.replace(/[^/]+$/, '*')], /wildcard|scope/],
  ['the global scope next to another one', (scope) => ['*', scope], /wildcard|scope/],
  ['no scope', () => [], /registry scopes/],
  ['scopes that are null', () => null, /registry scopes/],
  ['an empty scope', () => [''], /scope/],
  ['a scope with a scheme', (scope) => [`http://${scope}`], /scope/],
  ['a scope with a tag', (scope) => [`${scope}:v1`], /scope/],
  ['a scope with a digest', (scope) => [`${scope}@sha256:${'0'.repeat(64)}`], /scope/],
  ['a scope with a slash at its end', (scope) => [`${scope}/`], /scope/],
  ['a registry without a repository as a scope', (scope) => [scope.replace(/\/.*/, '')], /scope/],
  ['a scope in upper case', (scope) => [scope.toUpperCase()], /scope/],
  ['the same scope twice', (scope) => [scope, scope], /scope/],
];

/** Registry scopes: which statement applies. */
export const scopeCases: readonly VerdictCase[] = [
  { name: 'the repository itself is the scope', policy: (scope) => policy(scope), expect: 'verified' },
  { name: 'the global scope covers every repository', policy: () => policy('*'), expect: 'verified' },
  {
    name: 'one of several scopes is the repository',
    policy: (scope) => policy(scope, { registryScopes: [elsewhere, scope] }),
    expect: 'verified',
  },
  {
    name: 'another repository is the only scope',
    policy: () => policy(elsewhere),
    expect: 'rejected',
    says: /no applicable trust policy/,
    code: 'ERR_POLICY_NOT_APPLICABLE',
  },
  {
    name: 'a repository above is the only scope',
    policy: (scope) => policy(scope.replace(/\/[^/]+$/, '')),
    expect: 'rejected',
    says: /no applicable trust policy/,
    code: 'ERR_POLICY_NOT_APPLICABLE',
  },
  {
    name: 'the same repository of another registry is the only scope',
    policy: (scope) => policy(scope.replace(/^[^/]+/, 'registry.example.com')),
    expect: 'rejected',
    says: /no applicable trust policy/,
    code: 'ERR_POLICY_NOT_APPLICABLE',
  },
  {
    name: 'the exact scope goes before the global one',
    policy: (scope) =>
      document(statementFor('*', { name: 'rest', trustStores: ['ca:nowhere'] }), statementFor(scope)),
    expect: 'verified',
  },
  {
    name: 'the global scope decides if no exact one does',
    policy: () =>
      document(statementFor(elsewhere), statementFor('*', { name: 'rest', trustStores: ['ca:nowhere'] })),
    expect: 'rejected',
    says: /trust store "nowhere" of type "ca" does not exist/,
    code: 'ERR_TRUST_STORE_NOT_FOUND',
  },
  {
    name: 'an exact skip goes before a strict global scope',
    policy: (scope) => document(statementFor(scope, { ...skip, name: 'tools' }), statementFor('*')),
    sign: async () => undefined,
    expect: 'skipped',
  },
  {
    name: 'an exact strict goes before a skip of another repository',
    policy: (scope) => document(statementFor(elsewhere, { ...skip, name: 'tools' }), statementFor(scope)),
    expect: 'verified',
  },
  {
    name: 'the global scope is skipped',
    policy: () => policy('*', skip),
    sign: async () => undefined,
    expect: { cli: 'skipped', here: 'rejected', row: 'global-skip' },
    code: 'ERR_POLICY_INVALID',
  },
  {
    name: 'the global scope is skipped next to a strict statement for the repository',
    policy: (scope) => document(statementFor('*', { ...skip, name: 'rest' }), statementFor(scope)),
    expect: { cli: 'verified', here: 'rejected', row: 'global-skip' },
    code: 'ERR_POLICY_INVALID',
  },
  {
    name: 'two statements have the same scope',
    policy: (scope) => document(statementFor(scope), statementFor(scope, { name: 'again' })),
    ...refused,
    says: /registry scope/,
  },
  {
    name: 'two statements have the same scope in two spellings',
    policy: (scope) => document(statementFor(scope), statementFor(respelled(scope), { name: 'again' })),
    expect: { cli: 'verified', here: 'rejected', row: 'scope-spelled-twice' },
    code: 'ERR_POLICY_INVALID',
  },
  {
    name: 'one statement has the repository in two spellings',
    policy: (scope) => policy(scope, { registryScopes: [respelled(scope), scope] }),
    expect: 'verified',
  },
  {
    name: 'another spelling of the repository is the only scope',
    policy: (scope) => policy(respelled(scope)),
    expect: { cli: 'rejected', here: 'verified', row: 'scope-spelling', laxer: true },
    says: /no applicable trust policy/,
  },
  {
    name: 'another spelling of the repository goes before the global scope',
    policy: (scope) =>
      document(
        statementFor(respelled(scope), { trustStores: ['ca:nowhere'] }),
        statementFor('*', { name: 'rest' }),
      ),
    expect: { cli: 'verified', here: 'rejected', row: 'scope-spelling-strict' },
    code: 'ERR_TRUST_STORE_NOT_FOUND',
  },
  {
    name: 'two statements have the global scope',
    policy: () => document(statementFor('*'), statementFor('*', { name: 'again' })),
    ...refused,
    says: /registry scope/,
  },
  ...MALFORMED.map(
    ([name, scopes, says]): VerdictCase => ({
      name,
      policy: (scope) => policy(scope, { registryScopes: scopes(scope) }),
      ...refused,
      says,
    }),
  ),
  {
    name: 'an image layout is verified under the scope that it is given',
    store: 'an image layout',
    sign: pushGood,
    expect: 'verified',
  },
  {
    name: 'an image layout under a scope that no statement has',
    store: 'an image layout',
    policy: () => policy(elsewhere),
    expect: 'rejected',
    says: /no applicable trust policy/,
    code: 'ERR_POLICY_NOT_APPLICABLE',
  },
];
