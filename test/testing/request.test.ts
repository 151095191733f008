import { createPrivateKey, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodePem } from '../../src/encoding/pem.ts';
import { type CertificateRequestOptions, createCertificateRequest } from '../../src/testing/index.ts';
import { loadX509 } from '../../src/testing/peculiar.ts';

async function requestOf(options: CertificateRequestOptions) {
  const { privateKey, request } = await createCertificateRequest(options);
  const [block] = decodePem(request);
  const x509 = await loadX509();
  return {
    privateKey,
    label: block?.label,
    request: new x509.Pkcs10CertificateRequest(Uint8Array.from(block?.der ?? [])),
    x509,
  };
}

const subject = 'C=US, ST=WA, O=Wabbit Networks, CN=builder';

describe('a certificate request', () => {
  it.each(['RSA-2048', 'EC-256', 'EC-384', 'EC-521'] as const)(
    'for a key %s is signed by that key',
    async (keySpec) => {
      const { request } = await requestOf({ subject, keySpec });
      expect(await request.verify(globalThis.crypto)).toBe(true);
    },
  );

  it('is for an RSA-2048 key by default', async () => {
    const { request } = await requestOf({ subject });
    expect(request.publicKey.algorithm).toMatchObject({ name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048 });
  });

  it('is a PKCS#10 request in PEM', async () => {
    expect((await requestOf({ subject, keySpec: 'EC-256' })).label).toBe('CERTIFICATE REQUEST');
  });

  it('is for the private key that comes with it', async () => {
    const { privateKey, request } = await requestOf({ subject, keySpec: 'EC-256' });
    const spki = createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'der' });
    expect(new Uint8Array(request.publicKey.rawData)).toEqual(new Uint8Array(spki));
  });

  it('has the given subject', async () => {
    const { request } = await requestOf({ subject, keySpec: 'EC-256' });
    expect(request.subject).toBe('C=US, ST=WA, O=Wabbit Networks, CN=builder');
  });

  it('has the subject of test certificates when it only has a name', async () => {
    const { request } = await requestOf({ name: 'builder', keySpec: 'EC-256' });
    expect(request.subject).toBe('C=US, ST=WA, L=Seattle, O=Notary, CN=builder');
  });

  it('requests the critical key usage digitalSignature', async () => {
    const { request, x509 } = await requestOf({ subject, keySpec: 'EC-256' });
    const usage = request.getExtension('2.5.29.15');
    expect(usage).toMatchObject({ critical: true, usages: x509.KeyUsageFlags.digitalSignature });
  });

  it('requests the extended key usage code signing', async () => {
    const { request, x509 } = await requestOf({ subject, keySpec: 'EC-256' });
    const purposes = request.getExtension('2.5.29.37');
    expect(purposes).toMatchObject({ critical: false, usages: [x509.ExtendedKeyUsage.codeSigning] });
  });

  const refusals: [why: string, options: Record<string, unknown>, reason: string][] = [
    ['without a subject', {}, 'either subject or name'],
    ['with a subject and a name', { subject, name: 'builder' }, 'either subject or name'],
    ['with a malformed subject', { subject: 'C=US+ST=WA' }, 'subject: '],
    ['for a kind of key that cannot sign', { subject, keySpec: 'EC-224' }, 'keySpec must be'],
  ];

  it.each(refusals)('is rejected %s', async (_why, options, reason) => {
    const created = createCertificateRequest({ keySpec: 'EC-256', ...options } as never);
    await expect(created).rejects.toMatchObject({
      name: 'NotationError',
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(reason),
    });
  });
});
