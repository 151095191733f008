import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../src/encoding/bytes.ts';
import { isNotationError } from '../../src/errors/index.ts';
import { parseTrustPolicy } from '../../src/policy/index.ts';
import { document, failure, parse, refusal, skipStatement, statement } from './documents.ts';

const requested = statement({
  name: 'production',
  registryScopes: ['myregistry.com/production/*'],
  trustStores: ['ca:production-ca'],
  trustedIdentities: ['x509.subject: CN=production-signer,O=MyOrg'],
});

describe('a trust policy document', () => {
  it('is read from text, from bytes and from a parsed object alike', () => {
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

  it('may say null where the reference writes an absent list so', () => {
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
  ])('with %s is refused', (_, input, reason) => {
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
    ['a scope that is no text', statement({ registryScopes: [1] }), 'registryScopes[0] is 1; write a string'],
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
    [
      'skip and trust stores',
      skipStatement({ trustStores: ['ca:a'] }),
      'trustStores must be empty at level',
    ],
    [
      'skip and identities',
      skipStatement({ trustedIdentities: ['*'] }),
      'trustedIdentities must be empty at level',
    ],
  ])('with %s in a statement is refused', (_, value, reason) => {
    expect(refusal([value])).toContain(reason);
  });

  it('with two statements of one name is refused', () => {
    const other = statement({ registryScopes: ['registry.example.com/other'] });
    expect(refusal([statement(), other])).toContain('name "images" is used by more than one statement');
  });

  it('for blobs is told apart', () => {
    const blob = statement({ registryScopes: undefined, globalPolicy: true });
    expect(refusal([blob])).toContain('globalPolicy belongs to a blob trust policy');
  });

  it('that has globalPolicy beside registryScopes is refused', () => {
    expect(refusal([statement({ globalPolicy: true })])).toContain('unknown members: "globalPolicy"');
  });

  it('with a member twice is refused', () => {
    const text = '{"version":"1.0","version":"1.0","trustPolicies":[]}';
    expect(failure(() => parseTrustPolicy(text), 'ERR_ENCODING_INVALID')).toContain('"version" twice');
  });

  it('with anything behind it is refused', () => {
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

describe('the size of a trust policy', () => {
  const many = <T>(count: number, item: (index: number) => T) =>
    Array.from({ length: count }, (_, i) => item(i));

  it.each([
    ['text', `"${'x'.repeat(1024 * 1024)}"`, 'larger than 1048576 bytes'],
    ['bytes', new Uint8Array(1024 * 1024 + 1), 'larger than 1048576 bytes'],
    ['statements', document(...many(1001, () => 1)), 'trustPolicies has more than 1000 items'],
    [
      'scopes',
      document(statement({ registryScopes: many(10_001, (i) => `a/b${i}`) })),
      'registryScopes has more than 10000 items',
    ],
    [
      'trust stores',
      document(statement({ trustStores: many(101, (i) => `ca:${i}`) })),
      'trustStores has more than 100 items',
    ],
    [
      'identities',
      document(statement({ trustedIdentities: many(257, (i) => `arn:${i}`) })),
      'trustedIdentities has more than 256 items',
    ],
    ['a name', document(statement({ name: 'x'.repeat(8193) })), 'name has more than 8192 characters'],
  ])('is bounded in %s', (_, input, reason) => {
    expect(failure(() => parseTrustPolicy(input), 'ERR_LIMIT_EXCEEDED')).toContain(reason);
  });

  it('at its limits takes no time that a person notices', () => {
    const statements = many(60, (i) =>
      statement({
        name: `s${i}`,
        registryScopes: [`registry.example.com/app${i}`],
        trustedIdentities: many(256, (k) => `x509.subject:C=US,ST=WA,O=a,CN=${k}`),
      }),
    );
    const start = performance.now();
    expect(parseTrustPolicy(JSON.stringify(document(...statements))).statements).toHaveLength(60);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('the dialect', () => {
  it('extended takes the policy that users ask for as it stands', () => {
    const [read] = parse([requested], { dialect: 'extended' }).statements;
    expect(read?.registryScopes).toEqual(['myregistry.com/production/*']);
    expect(read?.dialect).toBe('extended');
  });

  it('spec refuses that policy and says of each part what to do', () => {
    const message = refusal([requested]);
    expect(message).toMatch(
      /registryScopes\[0\] "myregistry.com\/production\/\*" has a wildcard.*"extended"/,
    );
    expect(message).toMatch(/trustedIdentities\[0\] .* lacks C, ST.*"extended"/);
  });

  it('of another name is refused', () => {
    const parseWith = (dialect: string) =>
      parseTrustPolicy(document(statement()), { dialect: dialect as 'spec' });
    expect(failure(() => parseWith('lax'), 'ERR_ARGUMENT_INVALID')).toContain('"spec" or "extended"');
  });
});

describe('whatever comes in', () => {
  const parsesOrFailsKnown = (input: string | Uint8Array | object) => {
    for (const dialect of ['spec', 'extended'] as const) {
      try {
        expect(parseTrustPolicy(input, { dialect }).version).toBe('1.0');
      } catch (error) {
        if (!isNotationError(error)) throw error;
      }
    }
  };
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^(ca|tsa|x509\.subject|\*)?[:/]?[ -~]{0,20}$/),
    fc.constantFrom(
      '*',
      'a/b',
      'a/*',
      'ca:x',
      'strict',
      'skip',
      'log',
      'always',
      'x509.subject: C=a,ST=b,O=c',
    ),
  );
  const anything = fc.oneof(text, fc.jsonValue(), fc.constantFrom(undefined, null));
  const texts = fc.oneof(fc.array(text, { maxLength: 4 }), anything);
  const shaped = fc.record(
    {
      name: anything,
      registryScopes: texts,
      signatureVerification: fc.oneof(
        anything,
        fc.record(
          {
            level: fc.oneof(fc.constantFrom('strict', 'audit', 'skip'), anything),
            override: fc.oneof(
              fc.dictionary(fc.constantFrom('expiry', 'revocation', 'integrity'), text),
              anything,
            ),
            verifyTimestamp: anything,
          },
          { requiredKeys: [] },
        ),
      ),
      trustStores: texts,
      trustedIdentities: texts,
    },
    { requiredKeys: [] },
  );

  it('as JSON is a policy or fails with a NotationError', () => {
    fc.assert(fc.property(fc.json(), parsesOrFailsKnown));
  });

  it('as text or bytes is a policy or fails with a NotationError', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.uint8Array()), parsesOrFailsKnown));
  });

  it('in the shape of a policy is one or fails with a NotationError', () => {
    fc.assert(
      fc.property(fc.array(shaped, { maxLength: 3 }), (statements) =>
        parsesOrFailsKnown(document(...statements)),
      ),
      { numRuns: 1000 },
    );
  });
});
