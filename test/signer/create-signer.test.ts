import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { KeySpec } from '../../src/crypto/algorithms.ts';
import { decodePem } from '../../src/encoding/pem.ts';
import { createSigner } from '../../src/index.ts';
import type { PrivateJwk } from '../../src/keys/index.ts';
import { generateTestCertificate, generateTestChain, type TestCertificate } from '../../src/testing/index.ts';

let rsa: TestCertificate;
let ec: TestCertificate;

beforeAll(async () => {
  rsa = await generateTestCertificate({ name: 'rsa.example' });
  ec = await generateTestCertificate({ name: 'ec.example', keySpec: 'EC-256' });
});

const signatureLengths: [KeySpec, number][] = [
  ['RSA-2048', 256],
  ['RSA-3072', 384],
  ['EC-256', 64],
  ['EC-384', 96],
  ['EC-521', 132],
];

describe('createSigner', () => {
  it.each(signatureLengths)('signs with a %s key: %i bytes', async (keySpec, length) => {
    const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec }));
    expect(await signer.sign(new Uint8Array(10))).toHaveLength(length);
  });

  it('takes the chain as one string or as a list of certificates', async () => {
    const chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
    const blocks = decodePem(chain.certificates).map(({ der }) => der);
    const whole = await createSigner(chain);
    const list = await createSigner({ privateKey: chain.privateKey, certificates: blocks });
    expect(whole.certificates).toEqual(blocks);
    expect(list.certificates).toEqual(blocks);
  });

  it('takes a key as PKCS#8 in DER', async () => {
    const privateKey = new Uint8Array(decodePem(ec.privateKey)[0]?.der ?? []);
    await expect(createSigner({ ...ec, privateKey })).resolves.toBeDefined();
  });

  it('takes a key as bytes of PEM', async () => {
    const privateKey = new TextEncoder().encode(ec.privateKey);
    await expect(createSigner({ ...ec, privateKey })).resolves.toBeDefined();
  });

  it('takes a WebCrypto key', async () => {
    const der = decodePem(ec.privateKey)[0]?.der ?? new Uint8Array();
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const privateKey = await crypto.subtle.importKey('pkcs8', new Uint8Array(der), algorithm, false, [
      'sign',
    ]);
    await expect(createSigner({ ...ec, privateKey })).resolves.toBeDefined();
  });

  it('takes an RSA key in PKCS#1, as openssl used to write it', async () => {
    const privateKey = createPrivateKey(rsa.privateKey).export({ type: 'pkcs1', format: 'pem' }).toString();
    await expect(createSigner({ ...rsa, privateKey })).resolves.toBeDefined();
  });

  it('takes an EC key in SEC 1, as openssl used to write it', async () => {
    const privateKey = createPrivateKey(ec.privateKey).export({ type: 'sec1', format: 'pem' }).toString();
    await expect(createSigner({ ...ec, privateKey })).resolves.toBeDefined();
  });

  it('rejects a key of the same kind that belongs to another certificate', async () => {
    const other = await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' });
    await expect(createSigner({ ...ec, privateKey: other.privateKey })).rejects.toMatchObject({
      code: 'ERR_KEY_MISMATCH',
      message: expect.stringContaining('the private key does not belong to any of the certificates'),
    });
  });

  it('rejects a key of another kind', async () => {
    await expect(createSigner({ ...ec, privateKey: rsa.privateKey })).rejects.toMatchObject({
      code: 'ERR_KEY_MISMATCH',
      message: 'the private key is of type RSA, but the certificate has a key of type EC-256',
    });
  });

  it('rejects a key that may not sign at all', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await expect(createSigner({ ...ec, privateKey: pem })).rejects.toMatchObject({
      code: 'ERR_ALGORITHM_UNSUPPORTED',
      message: expect.stringContaining('1.3.101.112'),
    });
  });

  it('rejects a PKCS #12 file and names readPkcs12', async () => {
    const data = Uint8Array.of(0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01);
    const file = Uint8Array.of(0x30, 16, 0x02, 1, 3, 0x30, 11, ...data);
    await expect(createSigner({ ...ec, privateKey: file })).rejects.toMatchObject({
      code: 'ERR_KEY_INVALID',
      message: expect.stringContaining('readPkcs12'),
    });
  });

  it('rejects a WebCrypto key for another algorithm', async () => {
    const der = new Uint8Array(decodePem(rsa.privateKey)[0]?.der ?? []);
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    const privateKey = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
    await expect(createSigner({ ...rsa, privateKey })).rejects.toMatchObject({
      code: 'ERR_KEY_MISMATCH',
      message: expect.stringContaining('RSA-PSS'),
    });
  });

  it('rejects a public WebCrypto key', async () => {
    const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
      'sign',
      'verify',
    ]);
    await expect(createSigner({ ...ec, privateKey: publicKey })).rejects.toMatchObject({
      code: 'ERR_KEY_INVALID',
      message: expect.stringContaining('private CryptoKey'),
    });
  });

  it('rejects keys in the legacy PEM encryption', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const encrypted = privateKey
      .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
      .toString();
    await expect(createSigner({ ...rsa, privateKey: encrypted, passphrase: 'secret' })).rejects.toMatchObject(
      { code: 'ERR_KEY_INVALID', message: expect.stringContaining('openssl pkcs8 -topk8') },
    );
  });

  it.each([
    ['an empty text', '', 'private key'],
    ['no PEM at all', 'secret key', 'private key'],
    ['a cut off block', '-----BEGIN PRIVATE KEY-----\nMIGH', 'PEM'],
    ['garbage in DER', Uint8Array.of(0x30, 3, 1, 2, 3), 'EC-256'],
    ['bytes that are neither PEM nor DER', Uint8Array.of(0xff, 0xfd), 'PEM'],
    ['text in UTF-16', Uint8Array.of(0xff, 0xfe), 'byte order mark of UTF-16'],
    ['nothing', undefined as unknown as string, 'private CryptoKey'],
    ['a JSON Web Key', { kty: 'EC', d: 'secret' } as unknown as CryptoKey, 'JSON Web Key'],
    [
      'a key of node:crypto',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey as never,
      'private CryptoKey',
    ],
  ])('rejects %s as a key', async (_, privateKey, reason) => {
    await expect(createSigner({ ...ec, privateKey })).rejects.toMatchObject({
      code: 'ERR_KEY_INVALID',
      message: expect.stringContaining(reason),
    });
  });

  it('rejects a certificate in the place of the key', async () => {
    await expect(createSigner({ ...ec, privateKey: ec.certificates })).rejects.toMatchObject({
      code: 'ERR_KEY_INVALID',
      message: expect.stringContaining('CERTIFICATE'),
    });
  });

  it('never shows the key in an error', async () => {
    const privateKey = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0LXNlY3JldA==!\n-----END PRIVATE KEY-----';
    const error = await createSigner({ ...ec, privateKey }).catch((thrown: unknown) => thrown);
    expect(JSON.stringify([String(error), (error as Error).cause])).not.toContain('c2VjcmV0');
  });

  it('imports the key so that it cannot be extracted', async () => {
    const importKey = vi.spyOn(globalThis.crypto.subtle, 'importKey');
    onTestFinished(() => importKey.mockRestore());
    await createSigner(ec);
    const jwk = createPrivateKey(ec.privateKey).export({ format: 'jwk' }) as PrivateJwk;
    await createSigner({ privateKey: jwk, certificates: ec.certificates });
    const imported = importKey.mock.calls.filter(([, , , , usages]) => [...usages].includes('sign'));
    expect(imported.map(([format, , , extractable]) => [format, extractable])).toEqual([
      ['pkcs8', false],
      ['jwk', false],
    ]);
  });

  it('rejects a WebCrypto key that is too short for the certificate', async () => {
    const { privateKey: short } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const { privateKey, certificates } = await generateTestCertificate({
      name: 'acme.example',
      keySpec: 'RSA-4096',
    });
    const der = short.export({ type: 'pkcs8', format: 'der' });
    const algorithm = { name: 'RSA-PSS', hash: 'SHA-512' };
    const key = await crypto.subtle.importKey('pkcs8', new Uint8Array(der), algorithm, false, ['sign']);
    expect(privateKey).toContain('PRIVATE KEY');
    await expect(createSigner({ privateKey: key, certificates })).rejects.toMatchObject({
      code: 'ERR_KEY_MISMATCH',
      message: expect.stringContaining('the private key cannot sign as the certificate requires'),
    });
  });

  it.each([
    [5, 'PEM'],
    [{ pem: 'x' }, 'PEM'],
    [new ArrayBuffer(3), 'PEM'],
  ])('rejects %j for certificates', async (certificates, reason) => {
    await expect(
      createSigner({ ...ec, certificates: certificates as unknown as string }),
    ).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID', message: expect.stringContaining(reason) });
  });

  it('refuses to sign without certificates', async () => {
    const certificates = undefined as unknown as string;
    await expect(createSigner({ ...ec, certificates })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('certificates must be PEM'),
    });
  });

  it('rejects a chain whose root is missing', async () => {
    const chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
    const certificates = decodePem(chain.certificates).slice(0, -1);
    await expect(
      createSigner({ privateKey: chain.privateKey, certificates: certificates.map(({ der }) => der) }),
    ).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
      message: expect.stringContaining('root'),
    });
  });

  it('builds the chain from certificates in any order, and leaves others out', async () => {
    const chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256', intermediates: 2 });
    const other = await generateTestChain({ name: 'other.example', keySpec: 'EC-256' });
    const ordered = decodePem(chain.certificates).map(({ der }) => der);
    const strangers = decodePem(other.certificates).map(({ der }) => der);
    const [leaf, first, second, root] = ordered as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const pool = [...strangers, root, first, leaf, second, first];
    const { certificates } = await createSigner({ privateKey: chain.privateKey, certificates: pool });
    expect(certificates).toEqual(ordered);
  });
});
