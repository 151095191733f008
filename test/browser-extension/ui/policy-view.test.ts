import { beforeAll, describe, expect, it } from 'vitest';
import { readCertificateFile } from '../../../examples/browser-extension/src/options/certificates.ts';
import { viewPolicy } from '../../../examples/browser-extension/src/options/policy-view.ts';
import type { Settings } from '../../../examples/browser-extension/src/settings.ts';
import { makeChain } from './roots.ts';

const statement = {
  name: 'production',
  registryScopes: ['registry.example.com/team/*'],
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:acme'],
  trustedIdentities: ['x509.subject: CN=release'],
};
const write = (...statements: unknown[]) =>
  JSON.stringify({ version: '1.0', trustPolicies: statements }, null, 2);

let stores: Settings['trustStores'];

beforeAll(async () => {
  const { root } = await makeChain('acme.example');
  stores = { 'ca:acme': await readCertificateFile('ca:acme', 'root.crt', root.der) };
});

describe('a trust policy in the options', () => {
  it('is explained statement by statement, in the dialect that allows prefixes and short identities', async () => {
    const { policy, statements, findings } = await viewPolicy(write(statement), stores);
    expect(policy?.dialect).toBe('extended');
    expect(findings).toEqual([]);
    expect(statements).toHaveLength(1);
    expect(statements[0]).toMatchObject({
      name: 'production',
      scopes: statement.registryScopes,
      findings: [],
    });
    expect(statements[0]?.explanation?.trustedIdentities[0]?.why).toContain('CN "release"');
  });

  it('shows a finding at the field in the text', async () => {
    const text = write(statement, {
      ...statement,
      name: 'other',
      registryScopes: ['*'],
      trustStores: ['ca:gone'],
    });
    const { statements } = await viewPolicy(text, stores);
    const [finding] = statements[1]?.findings ?? [];
    expect(finding?.rule).toBe('store-missing');
    expect(text.slice(finding?.place.start, finding?.place.end)).toBe(
      '"trustStores": [\n        "ca:gone"\n      ]',
    );
  });

  it('shows the faulty value of a list, and explains the statements that are valid all the same', async () => {
    const text = write(
      { ...statement, trustStores: ['ca:acme', 'acme'] },
      { ...statement, name: 'all', registryScopes: ['*'] },
    );
    const { policy, statements } = await viewPolicy(text, stores);
    expect(policy).toBeUndefined();
    const [finding] = statements[0]?.findings ?? [];
    expect(text.slice(finding?.place.start, finding?.place.end)).toBe('"acme"');
    expect(statements.map(({ explanation }) => explanation?.level)).toEqual([undefined, 'strict']);
  });

  it('shows where the text is not JSON', async () => {
    const text = '{ "version": "1.0" "trustPolicies": [] }';
    const { findings, statements, policy } = await viewPolicy(text, {});
    expect(findings.map(({ rule }) => rule)).toEqual(['document-unreadable']);
    expect(findings[0]?.place.start).toBe(text.indexOf('"trustPolicies"'));
    expect(statements).toEqual([]);
    expect(policy).toBeUndefined();
  });

  it('shows what the whole document lacks', async () => {
    const { findings } = await viewPolicy('{ "trustPolicies": [] }', {});
    expect(findings.map(({ path }) => path)).toEqual([['version'], ['trustPolicies']]);
  });

  it('names statements that have no name by their number', async () => {
    const { statements } = await viewPolicy(write('text', null, { ...statement, name: '' }), stores);
    expect(statements.map(({ name }) => name)).toEqual(['Statement 1', 'Statement 2', 'Statement 3']);
    expect(statements.every(({ findings }) => findings.length > 0)).toBe(true);
  });

  it('shows a trust store that cannot be read at the statement that uses it', async () => {
    const { statements } = await viewPolicy(write(statement), { 'ca:acme': [{ file: 'a', pem: 'no PEM' }] });
    expect(statements[0]?.findings.map(({ rule }) => rule)).toEqual(['store-invalid']);
  });
});
