import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchIdentity, parseTrustPolicy } from '../../../src/policy/index.ts';
import {
  createBlobTrustPolicy,
  createTrustPolicy,
  type NewTrustPolicyStatement,
} from '../../../src/policy/tools/index.ts';
import { failure } from '../documents.ts';

const images: NewTrustPolicyStatement = {
  name: 'images',
  registryScopes: ['registry.example.com/app'],
  trustStores: ['ca:acme'],
  trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme'],
};

describe('a new trust policy', () => {
  it('is strict unless it says otherwise', () => {
    expect(createTrustPolicy([images])).toEqual({
      version: '1.0',
      trustPolicies: [{ ...images, signatureVerification: { level: 'strict' } }],
    });
  });

  it('lists the actions that differ from the level', () => {
    const [written] = createTrustPolicy([
      {
        ...images,
        level: 'permissive',
        override: { revocation: 'enforce', expiry: 'log' },
        verifyTimestamp: 'afterCertExpiry',
        trustStores: ['ca:acme', 'ca:acme', 'tsa:time'],
      },
    ]).trustPolicies;
    expect(written?.signatureVerification).toEqual({
      level: 'permissive',
      override: { revocation: 'enforce' },
      verifyTimestamp: 'afterCertExpiry',
    });
    expect(written?.trustStores).toEqual(['ca:acme', 'tsa:time']);
  });

  it('has neither stores nor identities at the level skip', () => {
    const text = JSON.stringify(
      createTrustPolicy([{ name: 'tools', registryScopes: ['r.io/t'], level: 'skip' }]),
    );
    expect(text).toBe(
      '{"version":"1.0","trustPolicies":[{"name":"tools","registryScopes":["r.io/t"],"signatureVerification":{"level":"skip"}}]}',
    );
  });

  it('writes the subject of a certificate as an identity, with its escapes', () => {
    const subject = [
      { type: 'C', value: 'US' },
      { type: 'ST', value: 'WA' },
      { type: 'O', value: ' Acme, "Inc"; #1+\\ ' },
    ];
    const policy = parseTrustPolicy(createTrustPolicy([{ ...images, trustedIdentities: [subject] }]));
    const [read] = policy.statements;
    if (!read) throw new Error('there is no statement');
    expect(matchIdentity(read, subject)).toBe(
      'x509.subject: O=\\ Acme\\, \\"Inc\\"\\; #1\\+\\\\\\ ,ST=WA,C=US',
    );
  });

  it('takes every subject that the specification can match', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(value, value, (organization, name) => {
        const subject = [
          { type: 'C', value: 'US' },
          { type: 'ST', value: 'WA' },
          { type: 'O', value: organization },
          { type: 'CN', value: name },
        ];
        fc.pre(!subject.some((attribute) => attribute.value.includes('=#')));
        const [read] = parseTrustPolicy(
          createTrustPolicy([{ ...images, trustedIdentities: [subject] }]),
        ).statements;
        expect(read && matchIdentity(read, subject)).toContain('x509.subject: ');
      }),
    );
  });

  it.each<[string, object, string]>([
    ['no scope', { registryScopes: undefined }, 'registryScopes is missing'],
    ['no identity', { trustedIdentities: undefined }, 'trustedIdentities is missing or empty'],
    ['no store', { trustStores: undefined }, 'trustStores is missing or empty'],
    ['an unknown level', { level: 'careful' }, 'level is "careful"'],
    ['a member that statements have not', { scopes: ['*'] }, 'has unknown members: "scopes"'],
    ['a prefix scope', { registryScopes: ['r.io/*'] }, 'dialect "extended"'],
    [
      'an identity that is not a string',
      { trustedIdentities: [7] },
      'trustedIdentities[0] is 7; write a string',
    ],
    ['a malformed subject', { trustedIdentities: [['C=US']] }, 'trustedIdentities[0] is an array'],
    [
      'identities that are not an array',
      { trustedIdentities: '*' },
      'trustedIdentities is "*"; write an array',
    ],
  ])('with %s is rejected', (_, changes, message) => {
    const made = { ...images, ...changes };
    expect(failure(() => createTrustPolicy([made]))).toContain(message);
  });

  it('with signatureVerification is rejected, as a document would have it', () => {
    const made = { ...images, signatureVerification: { level: 'skip' } };
    expect(failure(() => createTrustPolicy([made]), 'ERR_ARGUMENT_INVALID')).toContain(
      '"images" has signatureVerification',
    );
  });

  it('of statements that are not an array is rejected', () => {
    const made = JSON.parse('{}');
    expect(failure(() => createTrustPolicy(made), 'ERR_ARGUMENT_INVALID')).toContain('must be an array');
  });

  it('of a statement that is not an object is rejected', () => {
    const made = JSON.parse('[null]');
    expect(failure(() => createTrustPolicy(made))).toContain('it is null');
  });

  it('of the extended dialect may have prefixes', () => {
    const made = [{ ...images, registryScopes: ['r.io/*'] }];
    expect(createTrustPolicy(made, { dialect: 'extended' }).trustPolicies[0]?.registryScopes).toEqual([
      'r.io/*',
    ]);
  });
});

describe('a new trust policy for blobs', () => {
  it('writes globalPolicy only if it is true', () => {
    const { registryScopes: _, ...releases } = images;
    const { trustPolicies } = createBlobTrustPolicy([
      { ...releases, globalPolicy: true },
      { ...releases, name: 'others', globalPolicy: false },
    ]);
    expect(trustPolicies.map((written) => 'globalPolicy' in written)).toEqual([true, false]);
  });

  it('with a global statement at the level skip is rejected', () => {
    const make = () => createBlobTrustPolicy([{ name: 'all', level: 'skip', globalPolicy: true }]);
    expect(failure(make)).toContain('would trust every blob');
  });
});
