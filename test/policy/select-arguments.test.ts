import { describe, expect, it } from 'vitest';
import {
  parseBlobTrustPolicy,
  parseTrustPolicy,
  selectBlobStatement,
  selectStatement,
  type TrustPolicy,
} from '../../src/policy/index.ts';
import { failure } from '../encoding/failure.ts';

// Mistakes of callers in plain JavaScript must not make a laxer statement apply.

const trusted = { trustStores: ['ca:acme'], trustedIdentities: ['*'] };
const strict = { ...trusted, name: 'strict', signatureVerification: { level: 'strict' } };
const audit = { ...trusted, name: 'the rest', signatureVerification: { level: 'audit' } };
const repository = 'registry.example.com/app';
const policy = parseTrustPolicy({
  version: '1.0',
  trustPolicies: [
    { ...strict, registryScopes: [repository] },
    { ...audit, registryScopes: ['*'] },
  ],
});
const blobPolicy = parseBlobTrustPolicy({
  version: '1.0',
  trustPolicies: [{ ...strict, globalPolicy: true }],
});
const [statement] = policy.statements;

const handMade: [string, object][] = [
  ['no actions', { actions: undefined }],
  ['no action at all', { actions: {} }],
  ['an action left out', { actions: { ...statement?.actions, authenticity: undefined } }],
  ['an action in capitals', { actions: { ...statement?.actions, revocation: 'Enforce' } }],
  ['true for an action', { actions: { ...statement?.actions, expiry: true } }],
  ['an unknown level', { level: 'Strict' }],
  ['a level of every object', { level: 'toString' }],
  ['no rule for timestamps', { verifyTimestamp: undefined }],
  ['an unknown rule for timestamps', { verifyTimestamp: 'Always' }],
  ['no dialect', { dialect: undefined }],
];

describe('a statement that was made by hand', () => {
  it.each(handMade)('is rejected with %s', (_, changes) => {
    const changed = { ...policy, statements: [{ ...statement, ...changes }] } as TrustPolicy;
    expect(failure(() => selectStatement(changed, repository), 'ERR_ARGUMENT_INVALID')).toContain('"strict"');
  });

  it.each(handMade)('of a policy for blobs is rejected with %s', (_, changes) => {
    const changed = { ...blobPolicy, statements: [{ ...blobPolicy.statements[0], ...changes }] };
    const select = () => selectBlobStatement(changed as typeof blobPolicy);
    expect(failure(select, 'ERR_ARGUMENT_INVALID')).toContain('parseBlobTrustPolicy');
  });

  it('is taken as a copy of a parsed one', () => {
    expect(selectStatement(structuredClone(policy), repository).name).toBe('strict');
  });
});

describe('a repository', () => {
  it.each([
    [[repository]],
    [undefined],
    [null],
    [new String(repository)],
    [{ toString: (): string => repository }],
  ])('of the wrong type selects no statement: %s', (given) => {
    const select = () => selectStatement(policy, given as string);
    expect(failure(select, 'ERR_ARGUMENT_INVALID')).toContain('repository must be a string');
  });
});
