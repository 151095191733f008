import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../src/encoding/bytes.ts';
import { parseTrustPolicy } from '../../src/policy/index.ts';
import { document, failure, parse, refusal, skipStatement, statement } from './documents.ts';

describe('a trust policy document', () => {
  it('is read from a string, from bytes and from a parsed object', () => {
    const value = document(statement());
    const text = JSON.stringify(value);
    const policy = parseTrustPolicy(value);
    expect(parseTrustPolicy(text)).toEqual(policy);
    expect(parseTrustPolicy(encodeUtf8(text))).toEqual(policy);
  });

  it('becomes a statement with actions, stores and parsed identities', () => {
    const [read] = parse([statement({ trustStores: ['ca:acme', 'tsa:time.example'] })]).statements;
    expect(read).toEqual({
      name: 'images',
      dialect: 'spec',
      registryScopes: ['registry.example.com/app'],
      level: 'strict',
      actions: {
        integrity: 'enforce',
        authenticity: 'enforce',
        authenticTimestamp: 'enforce',
        expiry: 'enforce',
        revocation: 'enforce',
      },
      verifyTimestamp: 'always',
      trustStores: [
        { type: 'ca', name: 'acme' },
        { type: 'tsa', name: 'time.example' },
      ],
      trustedIdentities: [
        {
          text: 'x509.subject: C=US, ST=WA, O=Acme',
          name: new Map([
            ['C', 'US'],
            ['ST', 'WA'],
            ['O', 'Acme'],
          ]),
        },
      ],
    });
  });

  it('is frozen to the last member, and apart from its input', () => {
    const input = document(statement());
    const policy = parseTrustPolicy(input);
    const [read] = policy.statements;
    for (const part of [
      policy,
      policy.statements,
      read,
      read?.actions,
      read?.registryScopes,
      read?.trustStores,
    ])
      expect(Object.isFrozen(part)).toBe(true);
    expect(Object.isFrozen(input.trustPolicies)).toBe(false);
  });

  it('may have null for an absent list, as the reference writes it', () => {
    const skipped = skipStatement({ trustStores: null, trustedIdentities: null });
    expect(parse([skipped]).statements[0]?.trustStores).toEqual([]);
  });

  it.each([
    ['a missing version', { trustPolicies: [statement()] }, 'version is missing; write "1.0"'],
    ['another version', { version: '1.1', trustPolicies: [statement()] }, 'version is "1.1"; write "1.0"'],
    ['no list of statements', { version: '1.0' }, 'trustPolicies is missing; write an array'],
    ['no statement', { version: '1.0', trustPolicies: [] }, 'trustPolicies is empty'],
    ['an unknown member', { ...document(statement()), extra: 1 }, 'unknown members: "extra"'],
    ['a statement that is text', document('x'), 'trustPolicies[0]: it is "x"; write an object'],
    ['an array for a document', [], 'it is an array; write an object'],
  ])('with %s is rejected', (_, input, reason) => {
    expect(failure(() => parseTrustPolicy(input))).toContain(reason);
  });

  it.each([
    ['a missing name', statement({ name: undefined }), 'trustPolicies[0]: name is missing; write a string'],
    ['an empty name', statement({ name: '' }), 'trustPolicies[0]: name is empty'],
    [
      'no scopes',
      statement({ registryScopes: undefined }),
      'statement "images": registryScopes is missing; write an array',
    ],
    ['an empty list of scopes', statement({ registryScopes: [] }), 'registryScopes is empty'],
    [
      'a scope that is not a string',
      statement({ registryScopes: [1] }),
      'registryScopes[0] is 1; write a string',
    ],
    [
      'a misspelt member',
      statement({ trustStore: ['ca:acme'] }),
      'statement "images": it has unknown members',
    ],
    [
      'no signatureVerification',
      statement({ signatureVerification: undefined }),
      'signatureVerification is mis',
    ],
    ['no trust stores', statement({ trustStores: undefined }), 'trustStores is missing or empty'],
    ['an empty list of trust stores', statement({ trustStores: [] }), 'trustStores is missing or empty'],
    ['no identities', statement({ trustedIdentities: undefined }), 'trustedIdentities is missing or empty'],
    [
      'an empty list of identities',
      statement({ trustedIdentities: [] }),
      'trustedIdentities is missing or empty',
    ],
    ['skip and trust stores', skipStatement({ trustStores: ['ca:a'] }), 'trustStores must be empty at level'],
    [
      'skip and identities',
      skipStatement({ trustedIdentities: ['*'] }),
      'trustedIdentities must be empty at level',
    ],
  ])('with %s in a statement is rejected', (_, value, reason) => {
    expect(refusal([value])).toContain(reason);
  });

  it('with two statements of one name is rejected', () => {
    const other = statement({ registryScopes: ['registry.example.com/other'] });
    expect(refusal([statement(), other])).toContain(
      'statement "images": name is used by more than one statement',
    );
  });

  it('for blobs is rejected with advice', () => {
    const blob = statement({ registryScopes: undefined, globalPolicy: true });
    expect(refusal([blob])).toContain('globalPolicy belongs to a blob trust policy');
  });

  it('that has globalPolicy next to registryScopes is rejected', () => {
    expect(refusal([statement({ globalPolicy: true })])).toContain('unknown members: "globalPolicy"');
  });

  it('with a member twice is rejected', () => {
    const text = '{"version":"1.0","version":"1.0","trustPolicies":[]}';
    expect(failure(() => parseTrustPolicy(text), 'ERR_ENCODING_INVALID')).toContain('"version" twice');
  });

  it('with trailing data is rejected', () => {
    const text = `${JSON.stringify(document(statement()))} {}`;
    expect(failure(() => parseTrustPolicy(text), 'ERR_ENCODING_INVALID')).toContain('not JSON');
  });

  it('with several problems names each with its statement', () => {
    const message = refusal([
      statement({ name: 'first', trustStores: ['acme'] }),
      statement({ name: 'second', registryScopes: ['*', '*/app'], trustedIdentities: ['nobody'] }),
    ]);
    expect(message.split('\n')).toHaveLength(5);
    expect(message).toContain('has 4 problems');
    expect(message).toContain('- statement "first": trustStores[0] "acme"');
    expect(message).toContain('- statement "second": trustedIdentities[0] "nobody" has no prefix');
  });

  it('with very many problems names the first ten', () => {
    const message = refusal(
      Array.from({ length: 50 }, (_, i) => statement({ name: `s${i}`, trustStores: ['x'] })),
    );
    expect(message.split('\n')).toHaveLength(12);
    expect(message).toMatch(/- and \d+ more$/);
  });

  it('shows long values shortened', () => {
    expect(refusal([statement({ registryScopes: ['x'.repeat(8000)] })]).length).toBeLessThan(600);
  });
});
