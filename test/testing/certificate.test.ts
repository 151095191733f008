import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KeySpec } from '../../src/crypto/algorithms.ts';
import { generateTestCertificate, type TestCertificateOptions } from '../../src/testing/index.ts';
import {
  type Certificate,
  checkSigningChain,
  checkValidAt,
  createTrustStore,
  parseCertificates,
} from '../../src/x509/index.ts';

const KEY_TYPES: readonly KeySpec[] = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-256', 'EC-384', 'EC-521'];
const HASHES: Readonly<Record<string, string>> = { 'EC-384': 'SHA-384', 'EC-521': 'SHA-512' };

/** RSA keys take long to generate, so tests that only look share one certificate of each kind. */
const shared = new Map<KeySpec, ReturnType<typeof generateTestCertificate>>();

async function sharedCertificate(keySpec: KeySpec): Promise<Certificate | undefined> {
  const generated = shared.get(keySpec) ?? generateTestCertificate({ name: 'wabbit', keySpec });
  shared.set(keySpec, generated);
  return parseCertificates((await generated).certificates)[0];
}

async function certificateOf(options: Partial<TestCertificateOptions> = {}): Promise<Certificate> {
  const { certificates } = await generateTestCertificate({ name: 'wabbit', keySpec: 'EC-256', ...options });
  const [certificate] = parseCertificates(certificates);
  if (!certificate) throw new Error('there is no certificate');
  return certificate;
}

describe('a test certificate', () => {
  it.each(KEY_TYPES)('can have a key of the specification %s', async (keySpec) => {
    expect((await sharedCertificate(keySpec))?.publicKey.keySpec).toBe(keySpec);
  });

  it('has an RSA-2048 key by default', async () => {
    const { certificates } = await generateTestCertificate({ name: 'wabbit' });
    expect(parseCertificates(certificates)[0]?.publicKey.keySpec).toBe('RSA-2048');
  });

  it.each(['RSA-2048', 'RSA-3072'] as const)(
    'with a key %s is signed by PKCS#1 v1.5 with SHA-256',
    async (keySpec) => {
      expect((await sharedCertificate(keySpec))?.signatureAlgorithm).toEqual({
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
      });
    },
  );

  it.each(['EC-256', 'EC-384', 'EC-521'] as const)(
    'with a key %s is signed with its hash',
    async (keySpec) => {
      expect((await sharedCertificate(keySpec))?.signatureAlgorithm).toEqual({
        name: 'ECDSA',
        hash: HASHES[keySpec] ?? 'SHA-256',
      });
    },
  );

  it('can be signed by RSA-PSS', async () => {
    const certificate = await certificateOf({ keySpec: 'RSA-2048', certificateSignature: 'RSA-PSS' });
    expect(certificate.signatureAlgorithm).toEqual({ name: 'RSA-PSS', hash: 'SHA-256' });
    await checkSigningChain([certificate]);
  });

  it('obeys the profile of signing certificates', async () => {
    await checkSigningChain([await certificateOf()]);
  });

  it('verifies with its own key', async () => {
    const { certificates } = await generateTestCertificate({ name: 'wabbit', keySpec: 'EC-521' });
    const certificate = new X509Certificate(certificates);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  it('belongs to its private key', async () => {
    const { certificates, privateKey } = await generateTestCertificate({ name: 'wabbit', keySpec: 'EC-384' });
    expect(new X509Certificate(certificates).checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
  });

  it('comes with a PKCS#8 key', async () => {
    const { privateKey } = await generateTestCertificate({ name: 'wabbit', keySpec: 'EC-256' });
    expect(privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  it('is its own root, fit for a trust store', async () => {
    const { certificates, root } = await generateTestCertificate({ name: 'wabbit', keySpec: 'EC-256' });
    expect(root).toBe(certificates);
    expect(await createTrustStore({ 'ca:wabbit': root }).certificates('ca', 'wabbit')).toHaveLength(1);
  });

  it('has the subject of the notation CLI, in its order', async () => {
    const { subject, issuer } = await certificateOf({ name: 'wabbit-networks.io' });
    expect(subject.attributes.map(({ type, value }) => `${type}=${value}`)).toEqual([
      'C=US',
      'ST=WA',
      'L=Seattle',
      'O=Notary',
      'CN=wabbit-networks.io',
    ]);
    expect(issuer).toEqual(subject);
  });

  it('has only the extensions of the notation CLI', async () => {
    const { basicConstraints, extendedKeyUsage, keyUsage } = await certificateOf();
    expect(keyUsage).toEqual({ critical: true, usages: new Set(['digitalSignature']) });
    expect(extendedKeyUsage).toEqual({ critical: false, purposes: ['1.3.6.1.5.5.7.3.3'] });
    expect(basicConstraints).toBeUndefined();
  });

  it('has a serial number of its own', async () => {
    const [first, second] = await Promise.all([certificateOf(), certificateOf()]);
    expect(first.serialNumber).not.toBe(second.serialNumber);
  });

  it('is valid from now on', async () => {
    checkValidAt([await certificateOf()], new Date());
  });

  it('is valid for a day', async () => {
    const { notBefore, notAfter } = await certificateOf();
    expect(notAfter.getTime() - notBefore.getTime()).toBe(86_400_000);
  });

  it('is valid for the given time, to the second', async () => {
    const notBefore = new Date('2020-02-29T12:00:00.900Z');
    const notAfter = new Date('2060-01-01T00:00:00.100Z');
    const certificate = await certificateOf({ notBefore, notAfter });
    expect(certificate.notBefore.toISOString()).toBe('2020-02-29T12:00:00.000Z');
    expect(certificate.notAfter.toISOString()).toBe('2060-01-01T00:00:00.000Z');
  });

  it('can have a name beyond ASCII', async () => {
    const { subject } = await certificateOf({ name: 'Prüfstelle 検査' });
    expect(subject.attributes.at(-1)).toEqual({ type: 'CN', value: 'Prüfstelle 検査' });
  });

  it('can have another subject', async () => {
    const { subject } = await certificateOf({ subject: 'CN=builder,O=Acme\\, "Inc.",S=WA,C=US' });
    expect(subject.attributes).toEqual([
      { type: 'C', value: 'US' },
      { type: 'ST', value: 'WA' },
      { type: 'O', value: 'Acme, "Inc."' },
      { type: 'CN', value: 'builder' },
    ]);
  });

  it('keeps a subject that looks like hexadecimal as a string', async () => {
    const { subject } = await certificateOf({ subject: 'CN=\\#0c0141' });
    expect(subject.attributes).toEqual([{ type: 'CN', value: '#0c0141' }]);
  });

  it('leaves Reflect unchanged', async () => {
    await certificateOf();
    expect(Reflect).not.toHaveProperty('getMetadata');
    expect(Reflect).not.toHaveProperty('getOwnMetadata');
  });
});

describe('a test certificate is rejected', () => {
  const refusals: [
    why: string,
    options: Partial<Record<keyof TestCertificateOptions, unknown>>,
    reason: string,
  ][] = [
    ['without a name', { name: undefined }, 'name must be'],
    ['with an empty name', { name: '' }, 'name must be'],
    ['with a name of more than 64 characters', { name: 'a'.repeat(65) }, 'name must be'],
    ['with a control character in its name', { name: 'a\nb' }, 'name must be'],
    ['for a kind of key that cannot sign', { keySpec: 'RSA-1024' }, 'keySpec must be'],
    ['with a subject that cannot be read', { subject: 'wabbit' }, 'subject: '],
    ['with a subject that is not a string', { subject: 7 }, 'subject must be'],
    [
      'with an attribute of the subject that has no name',
      { subject: 'C=US, X=1' },
      'subject: the attribute "X"',
    ],
    [
      'with an end before its beginning',
      { notBefore: new Date(2000), notAfter: new Date(1000) },
      'notAfter must not be',
    ],
    ['with an invalid date', { notBefore: new Date(Number.NaN) }, 'notBefore must be'],
    ['with a date that is a string', { notAfter: '2030-01-01' }, 'notAfter must be'],
    ['with a date before 1950', { notBefore: new Date(-1e12) }, 'notBefore must be'],
    [
      'for a signature that does not exist',
      { certificateSignature: 'SHA-1' },
      'certificateSignature must be',
    ],
  ];

  it.each(refusals)('%s', async (_why, options, reason) => {
    const generated = generateTestCertificate({ name: 'wabbit', keySpec: 'EC-256', ...options } as never);
    await expect(generated).rejects.toMatchObject({
      name: 'NotationError',
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(reason),
    });
  });
});
