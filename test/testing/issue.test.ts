import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { issueTestChain } from '../../src/testing/index.ts';
import { checkSigningChain, parseCertificates } from '../../src/x509/index.ts';

const KEYS = [
  ['RSA-2048', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['EC-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['EC-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
] as const;

describe('issueTestChain', () => {
  it.each(KEYS)('issues a chain for a key that was made elsewhere: %s', async (keySpec, generate) => {
    const { publicKey, privateKey } = generate();
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { certificates, root } = await issueTestChain({ name: 'acme.example', publicKey: pem });
    const chain = parseCertificates(certificates);
    await checkSigningChain(chain);
    expect(chain[0]?.publicKey.keySpec).toBe(keySpec);
    expect(certificates.endsWith(root)).toBe(true);
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await expect(createSigner({ privateKey: pkcs8, certificates })).resolves.toBeDefined();
  });

  it('takes the key as DER, and the given number of intermediates', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    const { certificates } = await issueTestChain({
      name: 'acme.example',
      publicKey: spki,
      intermediates: 3,
    });
    expect(parseCertificates(certificates)).toHaveLength(5);
  });

  it.each([
    ['no PEM', 'text'],
    ['nothing', ''],
    ['no DER', new Uint8Array([1, 2, 3])],
    ['a cut key', new Uint8Array([0x30, 0x59, 0x30])],
  ])('rejects %s', async (_, publicKey) => {
    const work = issueTestChain({ name: 'acme.example', publicKey });
    await expect(work).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringMatching(/^publicKey is not a SubjectPublicKeyInfo: /),
    });
  });

  it('refuses too many intermediates', async () => {
    const work = issueTestChain({ name: 'acme.example', publicKey: '', intermediates: 15 });
    await expect(work).rejects.toMatchObject({ message: expect.stringContaining('0 to 14') });
  });
});
