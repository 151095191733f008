import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodePem, encodePem } from '../../src/encoding/pem.ts';
import { createSigner } from '../../src/index.ts';
import { generateTestCertificate, issueTestChain, type TestCertificate } from '../../src/testing/index.ts';
import * as der from '../support/der.ts';
import { encryptOld, encryptTripleDes, keyOf } from '../support/forge-pkcs12.ts';

const PASSPHRASE = 'correct horse – battery staple';

let ec: TestCertificate;
let rsa: TestCertificate;

beforeAll(async () => {
  ec = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-384' });
  rsa = await generateTestCertificate({ name: 'acme.example', keySpec: 'RSA-2048' });
});

function encrypted({ privateKey }: TestCertificate, format: 'pem' | 'der', cipher = 'aes-256-cbc') {
  const exported = createPrivateKey(privateKey).export({
    type: 'pkcs8',
    format,
    cipher,
    passphrase: PASSPHRASE,
  } as never);
  return typeof exported === 'string' ? exported : new Uint8Array(exported as unknown as Buffer);
}

/** A key that says that it is encrypted by AES-256-CBC and a derivation. */
function forgeEncrypted(derivation: string, parameters: Uint8Array[]): Uint8Array {
  const cipher = der.sequence(der.oid('2.16.840.1.101.3.4.1.42'), der.octetString(new Uint8Array(16)));
  const kdf = der.sequence(der.oid(derivation), der.sequence(...parameters));
  const scheme = der.sequence(der.oid('1.2.840.113549.1.5.13'), der.sequence(kdf, cipher));
  return der.sequence(scheme, der.octetString(new Uint8Array(32)));
}

describe('createSigner with an encrypted key', () => {
  it.each(['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc'])(
    'decrypts %s in PEM and DER',
    async (cipher) => {
      for (const key of [ec, rsa]) {
        for (const format of ['pem', 'der'] as const) {
          const privateKey = encrypted(key, format, cipher);
          await expect(createSigner({ ...key, privateKey, passphrase: PASSPHRASE })).resolves.toBeDefined();
        }
      }
    },
  );

  it('ignores a passphrase that is not needed', async () => {
    await expect(createSigner({ ...ec, passphrase: PASSPHRASE })).resolves.toBeDefined();
  });

  it.each([
    ['another passphrase', 'wrong', 'does not decrypt'],
    ['no passphrase', undefined, 'no passphrase is given'],
    ['an empty passphrase', '', 'does not decrypt'],
  ])('rejects %s', async (_, passphrase, message) => {
    const privateKey = encrypted(ec, 'pem');
    await expect(createSigner({ ...ec, privateKey, passphrase })).rejects.toMatchObject({
      code: 'ERR_PASSPHRASE_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('does not take random data with valid padding for a key', async () => {
    const privateKey = encrypted(ec, 'pem');
    for (let i = 0; i < 600; i++) {
      await expect(createSigner({ ...ec, privateKey, passphrase: `wrong ${i}` })).rejects.toMatchObject({
        code: 'ERR_PASSPHRASE_INVALID',
      });
    }
  });

  it('decrypts Triple DES, by PBES2 and by the older scheme of PKCS #12', async () => {
    const key = keyOf(ec);
    for (const [algorithm, encrypted] of [
      encryptTripleDes(key, PASSPHRASE),
      await encryptOld(key, PASSPHRASE),
    ]) {
      const privateKey = der.sequence(algorithm, der.octetString(encrypted));
      await expect(createSigner({ ...ec, privateKey, passphrase: PASSPHRASE })).resolves.toBeDefined();
      await expect(createSigner({ ...ec, privateKey, passphrase: 'wrong' })).rejects.toMatchObject({
        code: 'ERR_PASSPHRASE_INVALID',
      });
    }
  });

  it('says that Camellia is not supported', async () => {
    const privateKey = encrypted(ec, 'pem', 'camellia-256-cbc');
    await expect(createSigner({ ...ec, privateKey, passphrase: PASSPHRASE })).rejects.toMatchObject({
      code: 'ERR_KEY_INVALID',
      message: expect.stringContaining('openssl pkcs8 -topk8'),
    });
  });

  it.each<[string, Uint8Array[], string]>([
    [
      'ten million and one iterations',
      [der.octetString(new Uint8Array(8)), der.integer(10_000_001)],
      'ERR_LIMIT_EXCEEDED',
    ],
    ['no iteration', [der.octetString(new Uint8Array(8)), der.integer(0)], 'ERR_LIMIT_EXCEEDED'],
    [
      'a key of the wrong length',
      [der.octetString(new Uint8Array(8)), der.integer(1), der.integer(16)],
      'ERR_KEY_INVALID',
    ],
    ['a salt from elsewhere', [der.sequence(), der.integer(1)], 'ERR_KEY_INVALID'],
  ])('rejects PBKDF2 with %s', async (_, parameters, code) => {
    const privateKey = forgeEncrypted('1.2.840.113549.1.5.12', parameters);
    await expect(createSigner({ ...ec, privateKey, passphrase: PASSPHRASE })).rejects.toMatchObject({ code });
  });

  it.each<[string, number[], string]>([
    ['a gigabyte of memory', [2 ** 20, 8, 1], 'ERR_LIMIT_EXCEEDED'],
    ['a thousand times', [2, 1, 1000], 'ERR_LIMIT_EXCEEDED'],
    ['a cost that is not a power of two', [1000, 8, 1], 'ERR_KEY_INVALID'],
    ['no blocks', [1024, 0, 1], 'ERR_KEY_INVALID'],
  ])('rejects scrypt with %s', async (_, numbers, code) => {
    const parameters = [der.octetString(new Uint8Array(8)), ...numbers.map((number) => der.integer(number))];
    const privateKey = forgeEncrypted('1.3.6.1.4.1.11591.4.11', parameters);
    await expect(createSigner({ ...ec, privateKey, passphrase: PASSPHRASE })).rejects.toMatchObject({ code });
  });

  it('never shows the passphrase or the key', async () => {
    const privateKey = encrypted(ec, 'pem');
    const error = await createSigner({ ...rsa, privateKey, passphrase: PASSPHRASE }).catch(
      (thrown) => thrown,
    );
    const told = JSON.stringify([String(error), String(error.cause), error.stack]);
    expect(error.code).toMatch(/^ERR_KEY_/);
    expect(told).not.toContain(PASSPHRASE);
  });
});

describe('createSigner with a JSON Web Key', () => {
  const jwkOf = ({ privateKey }: TestCertificate) => ({
    kty: '',
    ...createPrivateKey(privateKey).export({ format: 'jwk' }),
  });

  it('takes RSA and EC keys, whatever runtimes require of their other members', async () => {
    for (const key of [ec, rsa]) {
      const jwk = { ...jwkOf(key), use: 'sig', key_ops: ['sign'], kid: '1', alg: 'ES384', ext: false };
      await expect(createSigner({ ...key, privateKey: jwk as never })).resolves.toBeDefined();
    }
  });

  it.each([
    ['a public key', { d: undefined }, 'public key'],
    ['a key to encrypt with', { use: 'enc' }, 'its use is "enc"'],
    ['a key that only verifies', { key_ops: ['verify'] }, 'key_ops'],
  ])('rejects %s', async (_, change, message) => {
    const privateKey = { ...jwkOf(ec), ...change } as never;
    await expect(createSigner({ ...ec, privateKey })).rejects.toMatchObject({
      code: 'ERR_KEY_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['another curve', { crv: 'P-256' }],
    ['a malformed number', { d: '!' }],
    ['a missing coordinate', { x: undefined }],
    ['another type', { kty: 'oct' }],
  ])('rejects %s, and does not show the key', async (_, change) => {
    const jwk = { ...jwkOf(ec), ...change };
    const error = await createSigner({ ...ec, privateKey: jwk as never }).catch((thrown) => thrown);
    expect(error.code).toBe('ERR_KEY_INVALID');
    expect(`${error}${error.cause}`).not.toContain(String(jwkOf(ec).d));
  });
});

describe('createSigner with a key that cannot be extracted', () => {
  it('finds the certificate that it belongs to', async () => {
    const other = await generateTestCertificate({ name: 'other.example', keySpec: 'EC-384' });
    const [block] = decodePem(ec.privateKey);
    const algorithm = { name: 'ECDSA', namedCurve: 'P-384' };
    const pkcs8 = new Uint8Array(block?.der ?? []);
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
    const signer = await createSigner({
      privateKey: key,
      certificates: [rsa.certificates, other.certificates, ec.certificates],
    });
    expect(signer.certificates).toEqual(decodePem(ec.certificates).map(({ der }) => der));
    await expect(
      createSigner({ privateKey: key, certificates: [other.certificates, rsa.certificates] }),
    ).rejects.toMatchObject({ code: 'ERR_KEY_MISMATCH' });
  });
});

describe('createSigner with a key whose scalar does not have the length of the curve', () => {
  /** A key whose scalar begins with a zero byte. */
  async function generateShort() {
    for (;;) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const scalar = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
      if (scalar[0] !== 0) continue;
      const spki = publicKey.export({ format: 'der', type: 'spki' });
      const issued = await issueTestChain({ name: 'acme.example', publicKey: new Uint8Array(spki) });
      return { scalar: new Uint8Array(scalar), ...issued };
    }
  }

  const ecPrivateKey = (scalar: Uint8Array) => der.sequence(der.integer(1), der.octetString(scalar));
  const pkcs8 = (key: Uint8Array) => {
    const algorithm = der.sequence(der.oid('1.2.840.10045.2.1'), der.oid('1.2.840.10045.3.1.7'));
    return der.sequence(der.integer(0), algorithm, der.octetString(key));
  };

  it('signs with one that is written as an integer, as GnuTLS does', async () => {
    const { scalar, certificates } = await generateShort();
    for (const written of [scalar, scalar.subarray(1), Uint8Array.of(0, ...scalar)]) {
      const key = ecPrivateKey(written);
      for (const privateKey of [pkcs8(key), encodePem('EC PRIVATE KEY', key)]) {
        const signer = await createSigner({ privateKey, certificates });
        expect(await signer.sign(new Uint8Array(3))).toHaveLength(64);
      }
    }
  });

  it('rejects one that is longer', async () => {
    const { scalar, certificates } = await generateShort();
    const privateKey = pkcs8(ecPrivateKey(Uint8Array.of(1, ...scalar)));
    await expect(createSigner({ privateKey, certificates })).rejects.toMatchObject({
      code: 'ERR_KEY_INVALID',
      message: 'the scalar of the private key is too large for its curve',
    });
  });
});

describe('createSigner with a key file of Docker Content Trust', () => {
  const withHeaders = (pem: string) =>
    pem.replace('-----\n', '-----\ngun: docker.io/acme/app\nrole: targets\n\n');

  it('reads PKCS #8 after the headers role and gun', async () => {
    const signer = await createSigner({ ...ec, privateKey: withHeaders(ec.privateKey) });
    expect(signer.certificates).toHaveLength(1);
  });

  it('decrypts PKCS #8 after the headers role and gun', async () => {
    const privateKey = withHeaders(String(encrypted(ec, 'pem')));
    const signer = await createSigner({ ...ec, privateKey, passphrase: PASSPHRASE });
    expect(signer.certificates).toHaveLength(1);
  });
});
