import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateTestChain, type TestChainOptions } from '../../src/testing/index.ts';
import {
  type Certificate,
  checkSigningChain,
  checkValidAt,
  createTrustStore,
  parseCertificates,
} from '../../src/x509/index.ts';

async function chainOf(options: Partial<TestChainOptions> = {}): Promise<Certificate[]> {
  const { certificates } = await generateTestChain({ name: 'wabbit', keySpec: 'EC-256', ...options });
  return parseCertificates(certificates);
}

const commonName = ({ subject }: Certificate) => subject.attributes.find(({ type }) => type === 'CN')?.value;

describe('a test chain', () => {
  it.each([0, 1, 2, 14])('with %i intermediates obeys the certificate profile', async (intermediates) => {
    const chain = await chainOf({ intermediates });
    expect(chain).toHaveLength(intermediates + 2);
    await checkSigningChain(chain);
  });

  it('has one intermediate by default', async () => {
    expect((await chainOf()).map(commonName)).toEqual([
      'wabbit',
      'wabbit Intermediate CA 1',
      'wabbit Root CA',
    ]);
  });

  it.each(['RSA-2048', 'EC-521'] as const)('can have keys %s throughout', async (keySpec) => {
    const chain = await chainOf({ keySpec, intermediates: 0 });
    expect(chain.map(({ publicKey }) => publicKey.keySpec)).toEqual([keySpec, keySpec]);
    await checkSigningChain(chain);
  });

  it('can have another kind of key for its CAs', async () => {
    const chain = await chainOf({ keySpec: 'EC-256', caKeySpec: 'RSA-2048', intermediates: 0 });
    expect(chain.map(({ publicKey }) => publicKey.keySpec)).toEqual(['EC-256', 'RSA-2048']);
    await checkSigningChain(chain);
  });

  it('can be signed by RSA-PSS', async () => {
    const chain = await chainOf({
      caKeySpec: 'RSA-2048',
      certificateSignature: 'RSA-PSS',
      intermediates: 0,
    });
    expect(chain.map(({ signatureAlgorithm }) => signatureAlgorithm.name)).toEqual(['RSA-PSS', 'RSA-PSS']);
    await checkSigningChain(chain);
  });

  it('sets each path length to the number of CAs below', async () => {
    const chain = await chainOf({ intermediates: 2 });
    expect(chain.map(({ basicConstraints }) => basicConstraints)).toEqual([
      { critical: true, ca: false },
      { critical: true, ca: true, pathLength: 0 },
      { critical: true, ca: true, pathLength: 1 },
      { critical: true, ca: true, pathLength: 2 },
    ]);
  });

  it('ends with the root to trust', async () => {
    const { certificates, root } = await generateTestChain({ name: 'wabbit', keySpec: 'EC-256' });
    expect(certificates.endsWith(root)).toBe(true);
    expect(await createTrustStore({ 'ca:wabbit': root }).certificates('ca', 'wabbit')).toHaveLength(1);
  });

  it('is a chain to node:crypto too', async () => {
    const [leaf, intermediate, root] = (await chainOf()).map(({ der }) => new X509Certificate(der));
    if (!leaf || !intermediate || !root) throw new Error('the chain is too short');
    // Names and key identifiers fit.
    expect(leaf.checkIssued(intermediate)).toBe(true);
    expect(intermediate.checkIssued(root)).toBe(true);
    expect(leaf.checkIssued(root)).toBe(false);
  });

  it('is valid now', async () => {
    checkValidAt(await chainOf(), new Date());
  });

  it('has CAs that outlive its leaf', async () => {
    const [leaf, ...authorities] = await chainOf({
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter: new Date('2020-02-01T00:00:00Z'),
    });
    expect(leaf?.notAfter.toISOString()).toBe('2020-02-01T00:00:00.000Z');
    checkValidAt(authorities, new Date('2020-01-01T00:00:00Z'));
    checkValidAt(authorities, new Date('2020-03-02T00:00:00Z'));
  });

  it('can last as long as certificates can', async () => {
    const chain = await chainOf({ notAfter: new Date('9999-12-31T23:59:59Z') });
    expect(chain.at(-1)?.notAfter.toISOString()).toBe('9999-12-31T23:59:59.000Z');
  });

  it('can name OCSP responders and CRLs in its leaf', async () => {
    const ocsp = ['http://ocsp.example.com/1', 'http://ocsp.example.com/2'];
    const chain = await chainOf({ ocsp, crl: 'http://crl.example.com/ca.crl' });
    expect(chain.map(({ revocation: { ocsp, crl } }) => ({ ocsp, crl }))).toEqual([
      { ocsp, crl: ['http://crl.example.com/ca.crl'] },
      { ocsp: [], crl: [] },
      { ocsp: [], crl: [] },
    ]);
  });

  it('can have another subject of its leaf', async () => {
    const [leaf] = await chainOf({ subject: 'C=US, ST=WA, O=Acme, CN=builder' });
    expect(leaf?.subject.attributes).toEqual([
      { type: 'C', value: 'US' },
      { type: 'ST', value: 'WA' },
      { type: 'O', value: 'Acme' },
      { type: 'CN', value: 'builder' },
    ]);
  });

  it('shortens a long name in the names of its CAs', async () => {
    const [, authority] = await chainOf({ name: 'a'.repeat(64) });
    expect(authority?.subject.attributes.at(-1)?.value).toBe(`${'a'.repeat(46)} Intermediate CA 1`);
  });
});

describe('a test chain is rejected', () => {
  const refusals: [why: string, options: Partial<Record<keyof TestChainOptions, unknown>>, reason: string][] =
    [
      ['without a name', { name: undefined }, 'name must be'],
      ['with fewer than no intermediates', { intermediates: -1 }, 'intermediates must be'],
      ['with more intermediates than a chain can have', { intermediates: 15 }, 'intermediates must be'],
      ['with half an intermediate', { intermediates: 0.5 }, 'intermediates must be'],
      ['for a kind of CA key that is not allowed', { caKeySpec: 'RSA-1024' }, 'keySpec must be'],
      ['with an OCSP address that is not a URL', { ocsp: 'ocsp.example.com' }, 'ocsp must be'],
      ['with an OCSP address that is a number', { ocsp: [7] }, 'ocsp must be'],
      ['with OCSP addresses that are not a list', { ocsp: 7 }, 'ocsp must be'],
      ['with a CRL address of another scheme', { crl: 'ldap://crl.example.com/' }, 'crl must be'],
    ];

  it.each(refusals)('%s', async (_why, options, reason) => {
    const generated = generateTestChain({ name: 'wabbit', keySpec: 'EC-256', ...options } as never);
    await expect(generated).rejects.toMatchObject({
      name: 'NotationError',
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(reason),
    });
  });
});
