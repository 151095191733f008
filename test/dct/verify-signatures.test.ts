import { beforeAll, describe, expect, it } from 'vitest';
import { readMetadata } from '../../src/dct/metadata.ts';
import { verifySignatures } from '../../src/dct/verify-signatures.ts';
import { NotationError } from '../../src/errors/index.ts';
import {
  type ForgedTrustKey,
  forgeTrustKey,
  signTrust,
  type TrustMethod,
  writeTrust,
} from '../support/forge-trust.ts';

const signed = { _type: 'Targets', text: 'é "quoted" \\', version: 1 };
let hasEd25519 = true;

beforeAll(async () => {
  hasEd25519 = await globalThis.crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']).then(
    () => true,
    () => false,
  );
});

function verify(key: ForgedTrustKey, signatures = [signTrust(signed, key)]): Promise<string[]> {
  const role = { name: 'targets', threshold: 1, keys: new Map([[key.id, key]]) };
  return verifySignatures(readMetadata('targets', writeTrust(signed, signatures)), role);
}

const THRESHOLD = expect.objectContaining({ code: 'ERR_DCT_THRESHOLD' });
const UNSUPPORTED = expect.objectContaining({ code: 'ERR_RUNTIME_UNSUPPORTED' });

describe('a signature', () => {
  it.each([
    ['ecdsa', 'ecdsa', {}],
    ['ecdsa', 'ecdsa', { key: 'EC-384' }],
    ['ecdsa-x509', 'ecdsa', {}],
    ['ecdsa-x509', 'ecdsa', { key: 'EC-384' }],
    ['rsa', 'rsapss', {}],
    ['rsa', 'rsapkcs1v15', {}],
    ['rsa-x509', 'rsapss', {}],
    ['rsa-x509', 'rsapkcs1v15', {}],
    ['rsa-x509', 'rsapss', { key: 'RSA-4096' }],
  ] as const)('of a key %s by the method %s counts (%j)', async (type, method, content) => {
    const key = forgeTrustKey(type, content);
    expect(await verify(key, [signTrust(signed, key, method)])).toEqual([key.id]);
  });

  it('of an ed25519 key counts, unless the runtime cannot tell', async () => {
    const verified = verify(forgeTrustKey('ed25519'));
    await (hasEd25519
      ? expect(verified).resolves.toHaveLength(1)
      : expect(verified).rejects.toEqual(UNSUPPORTED));
  });

  it('of another ed25519 key does not count', async () => {
    const [key, other] = [forgeTrustKey('ed25519'), forgeTrustKey('ed25519')];
    const verified = verify(key, [{ ...signTrust(signed, other), keyid: key.id }]);
    await expect(verified).rejects.toEqual(hasEd25519 ? THRESHOLD : UNSUPPORTED);
  });

  it('counts in whatever letters its method is written', async () => {
    const key = forgeTrustKey('ecdsa');
    expect(await verify(key, [{ ...signTrust(signed, key), method: 'ECDSA' }])).toEqual([key.id]);
  });

  it.each(['rsapss', 'rsapkcs1v15', 'eddsa', 'pycrypto-pkcs#1 pss', 'none', '__proto__', ''])(
    'of an ecdsa key does not count by the method %j',
    async (method) => {
      const key = forgeTrustKey('ecdsa');
      await expect(verify(key, [{ ...signTrust(signed, key), method }])).rejects.toEqual(THRESHOLD);
    },
  );

  it.each(['ecdsa', 'eddsa'] as TrustMethod[])(
    'of an rsa key does not count by the method %s',
    async (method) => {
      const key = forgeTrustKey('rsa');
      await expect(verify(key, [{ ...signTrust(signed, key), method }])).rejects.toEqual(THRESHOLD);
    },
  );

  it.each([
    ['of an RSA key below 2048 bits', () => forgeTrustKey('rsa', { key: 'RSA-1024' })],
    [
      'of a key whose certificate is of another type',
      () => ({ ...forgeTrustKey('ecdsa-x509'), type: 'rsa-x509' }),
    ],
    ['of a key on an unknown curve', () => forgeTrustKey('ecdsa', { key: 'EC-256K' })],
    ['of a key that cannot be read', () => ({ ...forgeTrustKey('ecdsa'), bytes: Uint8Array.of(1, 2, 3) })],
    ['of a key with bytes after it', () => withTrailer(forgeTrustKey('ecdsa'))],
  ] as const)('%s does not count', async (_, make) => {
    const key = make() as ForgedTrustKey;
    const method = key.key.type.startsWith('RSA') ? 'rsapss' : 'ecdsa';
    const raw =
      key.key.type === 'EC-256K' ? { keyid: key.id, method, sig: btoa('\0'.repeat(64)) } : undefined;
    await expect(verify(key, [raw ?? signTrust(signed, key, method)])).rejects.toEqual(THRESHOLD);
  });

  it('in DER, as other programs write ECDSA, does not count', async () => {
    const key = forgeTrustKey('ecdsa');
    const der = { ...signTrust(signed, key), sig: btoa(`0${'\0'.repeat(70)}`) };
    await expect(verify(key, [der])).rejects.toEqual(THRESHOLD);
  });

  it('that is invalid does not spoil a valid one of the same key', async () => {
    const key = forgeTrustKey('ecdsa');
    const invalid = signTrust({ ...signed, version: 2 }, key);
    expect(await verify(key, [invalid, signTrust(signed, key)])).toEqual([key.id]);
  });

  it('counts towards the threshold once', async () => {
    const key = forgeTrustKey('ecdsa');
    const role = { name: 'targets', threshold: 2, keys: new Map([[key.id, key]]) };
    const metadata = readMetadata(
      'targets',
      writeTrust(signed, [signTrust(signed, key), signTrust(signed, key)]),
    );
    await expect(verifySignatures(metadata, role)).rejects.toBeInstanceOf(NotationError);
  });
});

function withTrailer(key: ForgedTrustKey): ForgedTrustKey {
  return { ...key, bytes: Uint8Array.from([...key.bytes, 0]) };
}
