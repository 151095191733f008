import { describe, expect, it } from 'vitest';
import { NotationError } from '../../../src/errors/index.ts';
import {
  type LintCertificate,
  lintBlobTrustPolicy,
  lintTrustPolicy,
} from '../../../src/policy/tools/index.ts';
import { generateTestCertificate } from '../../../src/testing/index.ts';
import { createTrustStore } from '../../../src/x509/index.ts';
import { blobStatement, document, statement } from '../documents.ts';

const now = new Date('2026-01-15T00:00:00Z');

function certificate(name: string, notBefore: string, notAfter: string): LintCertificate {
  const attributes = [{ type: 'CN', value: name }];
  return { subject: { attributes }, notBefore: new Date(notBefore), notAfter: new Date(notAfter) };
}

const current = certificate('current', '2020-01-01', '2030-01-01');
const old = certificate('old', '2010-01-01', '2020-01-01');
const soon = certificate('soon', '2020-01-01', '2026-02-01');
const early = certificate('early', '2027-01-01', '2030-01-01');

/** Returns the findings for the stores that a lookup returns. */
async function found(
  certificates: (type: string, name: string) => Promise<readonly LintCertificate[]>,
  options: { expiresWithin?: number } = {},
): Promise<string[]> {
  const findings = await lintTrustPolicy(document(statement()), {
    trustStore: { certificates },
    clock: () => now,
    ...options,
  });
  return findings.map(({ severity, rule, message }) => `${severity} ${rule} ${message}`);
}

describe('lint of the trust stores of a policy', () => {
  it('finds nothing in a store that is good', async () => {
    expect(await found(async () => [current])).toEqual([]);
  });

  it.each<[string, readonly LintCertificate[], string[]]>([
    ['a store that is empty', [], ['error store-empty the trust store ca:acme has no certificates']],
    [
      'a store in which everything has expired',
      [old, old],
      ['error store-expired the trust store ca:acme has only expired certificates'],
    ],
    [
      'a certificate that has expired',
      [old, current],
      ['warning certificate-expired the trust store ca:acme has "CN=old", which expired on 2020-01-01'],
    ],
    [
      'a certificate that is not valid yet',
      [early],
      [
        'warning certificate-early the trust store ca:acme has "CN=early", which is not valid before 2027-01-01',
      ],
    ],
    [
      'a certificate that expires soon',
      [soon],
      ['warning certificate-expiring the trust store ca:acme has "CN=soon", which expires on 2026-02-01'],
    ],
  ])('finds %s', async (_, certificates, expected) => {
    expect(await found(async () => certificates)).toEqual(expected);
  });

  it('uses the given number of days for soon', async () => {
    expect(await found(async () => [soon], { expiresWithin: 17 })).toEqual([]);
    expect(await found(async () => [soon], { expiresWithin: 18 })).toHaveLength(1);
  });

  it('finds a store that does not exist', async () => {
    const missing = async () => {
      throw new NotationError('ERR_TRUST_STORE_NOT_FOUND', 'no');
    };
    expect(await found(missing)).toEqual(['error store-missing the trust store ca:acme does not exist']);
  });

  it('finds a store that cannot be used', async () => {
    const bad = async () => {
      throw new NotationError('ERR_TRUST_STORE_INVALID', 'it contains a leaf');
    };
    expect(await found(bad)).toEqual([
      'error store-invalid the trust store ca:acme cannot be used: it contains a leaf',
    ]);
  });

  it.each<[string, unknown]>([
    ['PEM', 'pem'],
    ['a list of PEM', ['pem']],
    ['nothing', undefined],
  ])('finds that a store returns %s in place of parsed certificates', async (_, returned) => {
    const [problem] = await found(async () => returned as LintCertificate[]);
    expect(problem).toContain('cannot be checked');
  });

  it('finds that a store of the caller fails with anything', async () => {
    const broken = async () => {
      throw new TypeError('broken');
    };
    expect(await found(broken)).toEqual([
      'error store-invalid the trust store ca:acme cannot be used: TypeError: broken',
    ]);
  });

  it('looks into each store once, and names the statements', async () => {
    const requested: string[] = [];
    const findings = await lintBlobTrustPolicy(
      document(
        blobStatement({ name: 'a', trustStores: ['ca:x', 'tsa:y'] }),
        blobStatement({ name: 'b', trustStores: ['ca:z', 'ca:x'] }),
      ),
      {
        trustStore: {
          async certificates(type, name) {
            requested.push(`${type}:${name}`);
            return name === 'x' ? [] : [current];
          },
        },
        clock: () => now,
      },
    );
    expect(requested).toEqual(['ca:x', 'tsa:y', 'ca:z']);
    expect(findings.map(({ statement, message }) => `${statement}: ${message}`)).toEqual([
      'a: the trust store ca:x (also used by "b") has no certificates',
    ]);
  });

  it('does not read a store whose name is malformed', async () => {
    const requested: string[] = [];
    await lintTrustPolicy(document(statement({ trustStores: ['ca:../../x', 'root:a', 'ca:..', 'ca:a'] })), {
      trustStore: {
        async certificates(type, name) {
          requested.push(`${type}:${name}`);
          return [current];
        },
      },
    });
    expect(requested).toEqual(['ca:a']);
  });

  it('reads the trust stores of notarykit', async () => {
    const { root } = await generateTestCertificate({ name: 'acme.example' });
    const trustStore = createTrustStore({ 'ca:acme': root });
    const input = document(statement({ trustStores: ['ca:acme', 'tsa:none'] }));
    const findings = await lintTrustPolicy(input, { trustStore, expiresWithin: 0 });
    expect(findings.map(({ rule }) => rule)).toEqual(['store-missing']);
    const later = await lintTrustPolicy(input, { trustStore, clock: () => new Date('2100-01-01') });
    expect(later.map(({ rule }) => rule)).toEqual(['store-expired', 'store-missing']);
  });
});
