import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { type LintOptions, lintBlobTrustPolicy, lintTrustPolicy } from '../../../src/policy/tools/index.ts';
import { blobStatement, document, parse, parseBlob, skipStatement, statement } from '../documents.ts';
import { at, extended, lint, scoped, show } from './findings.ts';

describe('lint', () => {
  it('finds nothing in a good policy', async () => {
    expect(await lint([statement({ trustStores: ['ca:acme', 'tsa:time'] })])).toEqual([]);
  });

  it('finds every problem that the parser rejects, by statement', async () => {
    const findings = await lint([
      statement({ name: 'a', trustStores: ['acme'] }),
      statement({ name: 'b', registryScopes: ['r.io/x', 'r.io/*'] }),
      'c',
      statement({ name: 'b', registryScopes: ['r.io/x'] }),
    ]);
    expect(findings.map(show)).toEqual([
      'error policy-invalid -: trustPolicies[2]: it is "c"; write an object',
      expect.stringContaining(
        'error policy-invalid a: statement "a": trustStores[0] "acme" is not a named store',
      ),
      expect.stringContaining(
        'error policy-invalid b: statement "b": registryScopes[1] "r.io/*" has a wildcard',
      ),
      'error policy-invalid b: statement "b": name is used by more than one statement; rename one',
      'error policy-invalid b: statement "b": registryScopes has "r.io/x" twice; keep it in one place',
    ]);
  });

  it('says where in the document each problem is', async () => {
    const paths = async (statements: unknown[]) =>
      (await lint(statements)).map(({ rule, path }) => `${rule} ${path.join('.')}`);
    expect(
      await paths([
        statement({ name: 'a', trustedIdentities: ['*'] }),
        'b',
        statement({ name: 'c', registryScopes: ['r.io/c', 'R'], trustStores: [] }),
        statement({ name: 'c', registryScopes: ['r.io/d'], ...at('loose') }),
        statement({ name: 'e', registryScopes: ['r.io/c'], ...at('audit') }),
      ]),
    ).toEqual([
      'policy-invalid trustPolicies.1',
      'policy-invalid trustPolicies.2.registryScopes.1',
      'policy-invalid trustPolicies.2.trustStores',
      'policy-invalid trustPolicies.3.signatureVerification.level',
      'policy-invalid trustPolicies.4.registryScopes',
      'identity-any trustPolicies.0.trustedIdentities',
      'level-audit trustPolicies.4.signatureVerification.level',
    ]);
    expect((await lintTrustPolicy('{')).map(({ path }) => path)).toEqual([[]]);
    expect((await lintTrustPolicy('{}')).map(({ path }) => path)).toEqual([['version'], ['trustPolicies']]);
  });

  it('finds more than a rejection shows', async () => {
    const statements = Array.from({ length: 30 }, (_, index) =>
      statement({ name: `${index}`, trustStores: [] }),
    );
    const findings = await lint(statements);
    expect(findings.filter(({ message }) => message.includes('trustStores is missing'))).toHaveLength(30);
  });

  it.each<[string, unknown, string]>([
    ['a document that is not JSON', '{', 'is not JSON'],
    ['a member twice', '{"version":"1.0","version":"1.0"}', 'twice'],
    ['what is too big', ' '.repeat(1024 * 1024 + 1), 'is larger than'],
    ['bytes that are not UTF-8', Uint8Array.of(0xff), 'UTF-8'],
  ])('finds that a document cannot be read: %s', async (_, input, message) => {
    const findings = await lintTrustPolicy(input as string);
    expect(findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
      'error document-unreadable',
    ]);
    expect(findings[0]?.message).toContain(message);
  });

  it('finds that it is the other kind of policy', async () => {
    const [finding] = await lint([blobStatement({ globalPolicy: true })]);
    expect(finding?.message).toContain('globalPolicy belongs to a blob trust policy');
    const [other] = await lintBlobTrustPolicy(document(statement()));
    expect(other?.message).toContain('registryScopes belongs to a trust policy for OCI artifacts');
  });

  it('looks into policies that were parsed, in their dialect', async () => {
    const policy = parse([scoped('a', ['r.io/*'], at('audit'))], extended);
    expect((await lintTrustPolicy(policy)).map(({ rule }) => rule)).toEqual(['level-audit']);
    const blobs = parseBlob([blobStatement({ trustedIdentities: ['x509.subject: CN=a'] })], extended);
    expect(await lintBlobTrustPolicy(structuredClone(blobs))).toEqual([]);
  });

  it('reports an object that looks like a parsed policy as a bad document', async () => {
    const [finding] = await lintTrustPolicy({ version: '1.0', dialect: 'spec', statements: [null] });
    expect(finding?.rule).toBe('policy-invalid');
  });

  it('has errors first, then warnings, in the order of the statements, each with a next step', async () => {
    const findings = await lint([
      skipStatement({ name: 'a', registryScopes: ['r.io/a'] }),
      scoped('b', ['r.io/b'], { trustedIdentities: ['*'] }),
      scoped('c', ['r.io/c'], { trustStores: ['tsa:t'] }),
      scoped('d', ['r.io/d'], at('audit')),
    ]);
    expect(findings.map(({ rule, statement }) => `${rule} ${statement}`)).toEqual([
      'signing-store-missing c',
      'identity-any b',
      'level-audit d',
      'level-skip a',
    ]);
    expect(findings.every(({ nextStep }) => nextStep.endsWith('.'))).toBe(true);
  });

  it.each([{ dialect: 'loose' }, { expiresWithin: -1 }, { expiresWithin: Number.NaN }])(
    'rejects the option %j',
    async (options) => {
      const linting = lint([statement()], options as LintOptions);
      await expect(linting).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    },
  );

  it('throws only NotationErrors for any JSON', async () => {
    const list = fc.array(
      fc.oneof(fc.constantFrom('*', 'ca:a', 'r.io/a', 'r.io/*', 'R.io/a', 'a/*', 'x:y'), fc.string()),
    );
    const members = fc.record(
      {
        name: fc.oneof(fc.constantFrom('a', 'b', ' '), fc.jsonValue()),
        registryScopes: fc.oneof(list, fc.jsonValue()),
        signatureVerification: fc.oneof(
          fc.record({ level: fc.constantFrom('strict', 'audit', 'skip'), override: fc.jsonValue() }),
          fc.constant({ level: 'strict', override: { expiry: 'log' }, verifyTimestamp: 'always' }),
          fc.jsonValue(),
        ),
        trustStores: fc.oneof(list, fc.jsonValue()),
        trustedIdentities: fc.oneof(
          list,
          fc.constant(['x509.subject: cn=a, C=b, ST=c, O=d']),
          fc.jsonValue(),
        ),
        globalPolicy: fc.oneof(fc.boolean(), fc.jsonValue()),
      },
      { requiredKeys: ['name'] },
    );
    const input = fc.oneof(
      fc.array(fc.oneof(members, fc.jsonValue()), { maxLength: 4 }).map((all) => document(...all)),
      fc.record({ version: fc.constant('1.0'), dialect: fc.constant('spec'), statements: fc.jsonValue() }),
      fc.jsonValue(),
      fc.string(),
    );
    const dialect = fc.constantFrom('spec' as const, 'extended' as const);
    await fc.assert(
      fc.asyncProperty(input, dialect, async (value, dialect) => {
        for (const look of [lintTrustPolicy, lintBlobTrustPolicy]) {
          try {
            await look(value as object, { dialect });
          } catch (error) {
            if (!isNotationError(error)) throw error;
          }
        }
      }),
    );
  });
});
