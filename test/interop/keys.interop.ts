import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { decodePem } from '../../src/encoding/pem.ts';
import { createSigner } from '../../src/index.ts';
import { readPkcs12 } from '../../src/keys/index.ts';
import { rejection } from '../encoding/failure.ts';
import { KEY_TYPES, type KeyType } from './support/chains.ts';
import { runWell } from './support/run.ts';

const PASSPHRASE = 'correct horse';
const chains = inject('chains');
const chainOf = (keySpec: KeyType) => chains[keySpec]['leaf + intermediate + root'];

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interop-keys-'));
  for (const keySpec of KEY_TYPES) {
    await writeFile(at(`${keySpec}.key`), chainOf(keySpec).privateKey);
    await writeFile(at(`${keySpec}.crt`), chainOf(keySpec).certificates);
  }
});

afterAll(() => rm(directory, { recursive: true, force: true }));

const at = (name: string) => join(directory, name);

/** Returns the file that openssl writes. */
async function openssl(...args: readonly string[]): Promise<Buffer> {
  await runWell('openssl', [...args, '-out', at('out')], { PATH: process.env.PATH ?? '' });
  return readFile(at('out'));
}

async function expectSigner(keySpec: KeyType, privateKey: Uint8Array | string, passphrase?: string) {
  const { certificates } = chainOf(keySpec);
  const unordered = decodePem(certificates).map(({ der }) => der);
  const signer = await createSigner({ privateKey, certificates: [...unordered].reverse(), passphrase });
  expect(signer.certificates).toEqual(unordered);
}

describe('keys that openssl writes', () => {
  it.each(KEY_TYPES)('%s is read in every form', async (keySpec) => {
    const input = ['-in', at(`${keySpec}.key`)];
    const traditional = keySpec.startsWith('RSA') ? ['rsa', '-traditional'] : ['ec'];
    await expectSigner(keySpec, String(await openssl(...traditional, ...input)));
    await expectSigner(keySpec, await openssl('pkcs8', '-topk8', '-nocrypt', '-outform', 'DER', ...input));
    const encrypted = ['pkcs8', '-topk8', '-passout', `pass:${PASSPHRASE}`, ...input];
    await expectSigner(keySpec, String(await openssl(...encrypted)), PASSPHRASE);
    await expectSigner(keySpec, await openssl(...encrypted, '-outform', 'DER'), PASSPHRASE);
  });

  it.each([
    ['AES-128', ['-v2', 'aes-128-cbc']],
    ['AES-192', ['-v2', 'aes-192-cbc']],
    ['AES-256', ['-v2', 'aes-256-cbc']],
    ['HMAC-SHA-1', ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA1']],
    ['Triple DES', ['-v2', 'des3']],
    ['Triple DES by the scheme of PKCS #12', ['-v1', 'PBE-SHA1-3DES']],
    ['HMAC-SHA-224', ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA224']],
    ['HMAC-SHA-512/256', ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA512-256']],
    ['HMAC-SHA-384', ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA384']],
    ['HMAC-SHA-512', ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA512']],
    ['a million iterations', ['-v2', 'aes-256-cbc', '-iter', '1000000']],
    ['scrypt', ['-scrypt']],
    ['scrypt of another cost', ['-scrypt', '-scrypt_N', '8192', '-scrypt_p', '2']],
  ])('are decrypted that are encrypted with %s', async (_, how) => {
    const key = await openssl(
      'pkcs8',
      '-topk8',
      '-in',
      at('EC-256.key'),
      '-passout',
      `pass:${PASSPHRASE}`,
      ...how,
    );
    await expectSigner('EC-256', String(key), PASSPHRASE);
    const { certificates } = chainOf('EC-256');
    const wrong = createSigner({ privateKey: String(key), certificates, passphrase: 'another' });
    await rejection(wrong, 'ERR_PASSPHRASE_INVALID');
  });
});

describe('PKCS #12 files that openssl writes', () => {
  const export12 = (keySpec: KeyType, ...how: readonly string[]) =>
    openssl(
      ...['pkcs12', '-export', '-inkey', at(`${keySpec}.key`), '-in', at(`${keySpec}.crt`)],
      ...['-passout', `pass:${PASSPHRASE}`, ...how],
    );

  it.each(KEY_TYPES)('make a signer, with a key of the kind %s', async (keySpec) => {
    const content = await readPkcs12(await export12(keySpec), { passphrase: PASSPHRASE });
    expect((await createSigner(content)).certificates).toHaveLength(3);
  });

  it.each([
    ['with a friendly name', ['-name', 'signing key']],
    ['in the old way', ['-legacy']],
    ['with 3DES', ['-legacy', '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES']],
    ['with 3DES of two keys', ['-legacy', '-keypbe', 'PBE-SHA1-2DES', '-certpbe', 'PBE-SHA1-2DES']],
    ['with RC2 of 128 bits', ['-legacy', '-keypbe', 'PBE-SHA1-RC2-128', '-certpbe', 'PBE-SHA1-RC2-128']],
    ['with RC2 of 40 bits', ['-legacy', '-keypbe', 'PBE-SHA1-RC2-40', '-certpbe', 'PBE-SHA1-RC2-40']],
    ['with a MAC of SHA-1', ['-macalg', 'sha1']],
    ['with a MAC of SHA-224', ['-macalg', 'sha224']],
    ['with a MAC of SHA-512/224', ['-macalg', 'sha512-224']],
    ['with a MAC of SHA-512/256', ['-macalg', 'sha512-256']],
    ['with a MAC of SHA-384', ['-macalg', 'sha384']],
    ['with a MAC of SHA-512', ['-macalg', 'sha512']],
    ['with AES of 128 bits', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC']],
    ['with 300,000 iterations', ['-iter', '300000']],
    ['without encryption', ['-keypbe', 'NONE', '-certpbe', 'NONE']],
    ['without a MAC', ['-nomac']],
  ])('make a signer: %s', async (_, how) => {
    const content = await readPkcs12(await export12('EC-384', ...how), { passphrase: PASSPHRASE });
    expect((await createSigner(content)).certificates).toHaveLength(3);
  });

  it('make a signer: with an empty passphrase', async () => {
    const content = await readPkcs12(await export12('EC-384', '-passout', 'pass:'));
    expect(content.certificates).toHaveLength(3);
  });

  it.each([[[]], [['-legacy']], [['-nomac']]])('are rejected with another passphrase: %j', async (how) => {
    const file = await export12('EC-384', ...how);
    await rejection(readPkcs12(file, { passphrase: 'another' }), 'ERR_PASSPHRASE_INVALID');
  });
});
