import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkSigningChain, parseCertificate, parseCertificates } from '../../src/x509/index.ts';
import {
  extensions,
  type ForgedChain,
  type ForgedKeyType,
  forgeCertificate,
  forgeChain,
  forgeKey,
  forgeLeaf,
  purposes,
} from '../support/forge.ts';

const check = ({ certificates }: ForgedChain) => checkSigningChain(parseCertificates(certificates));

describe('the forge of the tests', () => {
  it('makes a chain that obeys the profile when nothing else is wanted', async () => {
    await check(forgeChain({ intermediates: [{}, {}] }));
  });

  it('makes a self-signed leaf that obeys the profile', async () => {
    await checkSigningChain([parseCertificate(forgeLeaf().der)]);
  });

  it('mixes kinds of keys', async () => {
    await check(forgeChain({ root: { key: 'RSA-2048' }, intermediates: [{ key: 'EC-521' }] }));
  });

  it('signs by RSA-PSS', async () => {
    await check(
      forgeChain({ root: { key: 'RSA-2048' }, leaf: { signature: { name: 'RSA-PSS', hash: 'SHA-384' } } }),
    );
  });

  it('signs with SHA-1, which is rejected', async () => {
    const sha1 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' } as const;
    await expect(
      check(forgeChain({ root: { key: 'RSA-2048' }, leaf: { signature: sha1 } })),
    ).rejects.toMatchObject({ code: 'ERR_CERTIFICATE_CHAIN_INVALID' });
  });

  it('makes a leaf with a short RSA key, which is rejected', async () => {
    await expect(check(forgeChain({ leaf: { key: 'RSA-1024' } }))).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
    });
  });

  it('corrupts a signature, which is rejected', async () => {
    await expect(check(forgeChain({ leaf: { corruptSignature: true } }))).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
    });
  });

  it('allows too few CAs below, which is rejected', async () => {
    const tooShort = [
      extensions.basicConstraints({ ca: true, pathLength: 0 }),
      extensions.keyUsage(['keyCertSign']),
    ];
    await expect(
      check(forgeChain({ intermediates: [{}], root: { extensions: tooShort } })),
    ).rejects.toMatchObject({ code: 'ERR_CERTIFICATE_CHAIN_INVALID' });
  });

  it.each<ForgedKeyType>(['RSA-2056', 'EC-224', 'EC-256K', 'RSA-PSS-2048', 'Ed25519'])(
    'makes certificates with keys %s that node:crypto verifies',
    (key) => {
      const certificate = new X509Certificate(forgeCertificate({ key }).der);
      expect(certificate.verify(certificate.publicKey)).toBe(true);
    },
  );

  it('writes extensions as node:crypto reads them', () => {
    const { der, key } = forgeCertificate({
      extensions: [
        extensions.extendedKeyUsage([purposes.timeStamping], true),
        extensions.ocsp(['http://ocsp.example.com/']),
        extensions.crl(['http://crl.example.com/']),
        extensions.basicConstraints({ ca: true, pathLength: 1 }),
      ],
    });
    const certificate = new X509Certificate(der);
    expect(certificate.ca).toBe(true);
    expect(certificate.infoAccess?.trim()).toBe('OCSP - URI:http://ocsp.example.com/');
    expect(certificate.toLegacyObject().ext_key_usage).toEqual(['1.3.6.1.5.5.7.3.8']);
    expect(certificate.checkPrivateKey(key.privateKey)).toBe(true);
  });

  it('links certificates by key identifiers', () => {
    const key = forgeKey('EC-256');
    const { chain } = forgeChain({
      root: {
        key,
        extensions: [extensions.basicConstraints({ ca: true }), extensions.subjectKeyIdentifier(key)],
      },
      leaf: { extensions: [extensions.authorityKeyIdentifier(key)] },
    });
    const [leaf, root] = chain.map(({ der }) => new X509Certificate(der));
    expect(root && leaf?.checkIssued(root)).toBe(true);
  });

  it('returns the same RSA key for the same label', () => {
    expect(forgeKey('RSA-1024', 'a')).toBe(forgeKey('RSA-1024', 'a'));
    expect(forgeKey('RSA-1024', 'a')).not.toBe(forgeKey('RSA-1024', 'b'));
  });
});
