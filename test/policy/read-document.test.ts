import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../src/errors/index.ts';
import { parseTrustPolicy } from '../../src/policy/index.ts';
import { document, failure, parse, refusal, statement } from './documents.ts';

const requested = statement({
  name: 'production',
  registryScopes: ['myregistry.com/production/*'],
  trustStores: ['ca:production-ca'],
  trustedIdentities: ['x509.subject: CN=production-signer,O=MyOrg'],
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

  it('may have statements with as many identities as allowed', () => {
    const statements = many(60, (i) =>
      statement({
        name: `s${i}`,
        registryScopes: [`registry.example.com/app${i}`],
        trustedIdentities: many(256, (k) => `x509.subject:C=US,ST=WA,O=a,CN=${k}`),
      }),
    );
    expect(parseTrustPolicy(JSON.stringify(document(...statements))).statements).toHaveLength(60);
  });
});

describe('the dialect', () => {
  it('extended accepts prefix scopes and identities without C and ST', () => {
    const [read] = parse([requested], { dialect: 'extended' }).statements;
    expect(read?.registryScopes).toEqual(['myregistry.com/production/*']);
    expect(read?.dialect).toBe('extended');
  });

  it('spec rejects both, with a message that names the remedy', () => {
    const message = refusal([requested]);
    expect(message).toMatch(
      /registryScopes\[0\] "myregistry.com\/production\/\*" has a wildcard.*"extended"/,
    );
    expect(message).toMatch(/trustedIdentities\[0\] .* lacks C, ST.*"extended"/);
  });

  it('must be one of the two', () => {
    const parseWith = (dialect: string) =>
      parseTrustPolicy(document(statement()), { dialect: dialect as 'spec' });
    expect(failure(() => parseWith('lax'), 'ERR_ARGUMENT_INVALID')).toContain('"spec" or "extended"');
  });
});

describe('input of any kind', () => {
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

  it('is a policy or fails with a NotationError, as JSON', () => {
    fc.assert(fc.property(fc.json(), parsesOrFailsKnown));
  });

  it('is a policy or fails with a NotationError, as a string or bytes', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.uint8Array()), parsesOrFailsKnown));
  });

  it('is a policy or fails with a NotationError, in the shape of a policy', () => {
    fc.assert(
      fc.property(fc.array(shaped, { maxLength: 3 }), (statements) =>
        parsesOrFailsKnown(document(...statements)),
      ),
      { numRuns: 1000 },
    );
  });
});
