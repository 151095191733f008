import { afterEach, describe, expect, it, vi } from 'vitest';
import { algorithmForKey } from '../../src/crypto/algorithms.ts';
import { probeAlgorithms } from '../../src/crypto/probe.ts';
import { verifySignature } from '../../src/crypto/verify.ts';
import { type PublicKeyInfo, verificationKey } from '../../src/x509/public-key.ts';
import { withoutCurve, withoutRsaOver } from '../crypto/limited.ts';
import { rejection } from '../encoding/failure.ts';
import * as der from '../support/der.ts';
import { type ForgedKeyType, forgeKey, spkiOf } from '../support/forge.ts';

/** The key of SubjectPublicKeyInfo, as a certificate has it; its type is read when it is used. */
const infoOf = (spki: Uint8Array): PublicKeyInfo => ({ spki, type: 'other', size: 0, keySpec: '' });

const message = new TextEncoder().encode('message');
const key = (type: ForgedKeyType) => spkiOf(forgeKey(type, 'verify'));

afterEach(() => vi.unstubAllGlobals());

describe('a public key', () => {
  it('is imported once for each algorithm', async () => {
    const publicKey = infoOf(key('RSA-2048'));
    const [pss, again, pkcs1] = await Promise.all([
      verificationKey(publicKey, { name: 'RSA-PSS', hash: 'SHA-256' }),
      verificationKey(publicKey, { name: 'RSA-PSS', hash: 'SHA-256' }),
      verificationKey(publicKey, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }),
    ]);
    expect(again).toBe(pss);
    expect(pkcs1.algorithm.name).toBe('RSASSA-PKCS1-v1_5');
    const sha384 = await verificationKey(publicKey, { name: 'RSA-PSS', hash: 'SHA-384' });
    expect(sha384).not.toBe(pss);
  });

  it('is imported again by a provider that was installed later', async () => {
    const publicKey = infoOf(key('EC-256'));
    const { importParams } = algorithmForKey('EC-256');
    const first = await verificationKey(publicKey, importParams);
    const { subtle } = crypto;
    vi.stubGlobal('crypto', {
      subtle: new Proxy(subtle, { get: (_, name) => Reflect.get(subtle, name).bind(subtle) }),
    });
    expect(await verificationKey(publicKey, importParams)).not.toBe(first);
  });

  it.each(['RSA-2048', 'EC-256', 'EC-384', 'EC-521'])(
    'of the kind %s verifies what its private key signed',
    async (type) => {
      const { importParams, signParams } = algorithmForKey(type);
      const pair = await crypto.subtle.generateKey(
        type.startsWith('RSA')
          ? { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }
          : (importParams as EcKeyGenParams),
        true,
        ['sign', 'verify'],
      );
      const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
      const signature = new Uint8Array(await crypto.subtle.sign(signParams, pair.privateKey, message));
      const imported = await verificationKey(infoOf(spki), importParams);
      expect(await verifySignature(signParams, imported, signature, message)).toBe(true);
      expect(await verifySignature(signParams, imported, signature, message.subarray(1))).toBe(false);
      const other = signature.map((byte) => byte ^ 1);
      expect(await verifySignature(signParams, imported, other, message)).toBe(false);
    },
  );

  it('may be in shared memory', async () => {
    const { importParams } = algorithmForKey('EC-256');
    const shared = new Uint8Array(new SharedArrayBuffer(key('EC-256').length));
    shared.set(key('EC-256'));
    expect((await verificationKey(infoOf(shared), importParams)).type).toBe('public');
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['no DER', Uint8Array.of(1, 2, 3)],
    ['a key on another curve', key('EC-384')],
    ['a key of another type', key('RSA-2048')],
    ['a key that is cut off', key('EC-256').slice(0, -1)],
  ])('is rejected with %s', async (_, spki) => {
    expect(
      await rejection(
        verificationKey(infoOf(spki), algorithmForKey('EC-256').importParams),
        'ERR_CERTIFICATE_INVALID',
      ),
    ).toContain('the certificate is malformed');
  });

  it('is not reported as invalid if the runtime has no WebCrypto', async () => {
    const spki = key('EC-256');
    vi.stubGlobal('crypto', undefined);
    const imported = verificationKey(infoOf(spki), algorithmForKey('EC-256').importParams);
    expect(await rejection(imported, 'ERR_RUNTIME_UNSUPPORTED')).toContain(
      'this runtime has no globalThis.crypto.subtle',
    );
  });

  it('is not reported as invalid if the runtime lacks its curve', async () => {
    const [large, cut] = [key('EC-521'), key('EC-256').slice(0, -1)];
    vi.stubGlobal('crypto', withoutCurve('P-521'));
    const missing = verificationKey(infoOf(large), algorithmForKey('EC-521').importParams);
    expect(await rejection(missing, 'ERR_RUNTIME_UNSUPPORTED')).toContain('P-521');
    const malformed = verificationKey(infoOf(cut), algorithmForKey('EC-256').importParams);
    expect(await rejection(malformed, 'ERR_CERTIFICATE_INVALID')).toContain('the certificate is malformed');
  });

  it('that is not on its curve is rejected, when imported or when used', async () => {
    const { importParams, signParams } = algorithmForKey('EC-256');
    const use = async () => {
      const imported = await verificationKey(infoOf(key('EC-256').fill(1, -64)), importParams);
      return verifySignature(signParams, imported, new Uint8Array(64).fill(1), message);
    };
    expect(await rejection(use(), 'ERR_CERTIFICATE_INVALID')).toContain(
      'a public key for ECDSA cannot be used',
    );
  });

  it.each([4096, 4104, 8192])('for RSA with %i bits is used, or the runtime is blamed', async (bits) => {
    const params = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;
    const spki = rsaSpki(bits);
    const signature = new Uint8Array(bits / 8);
    const native = async () => {
      const imported = await crypto.subtle.importKey('spki', spki, params, false, ['verify']);
      return crypto.subtle.verify(params, imported, signature, message);
    };
    const supported = await native().catch(() => 'unsupported');
    const verified = verificationKey(infoOf(spki), params).then((imported) =>
      verifySignature(params, imported, signature, message),
    );
    if (supported === false) expect(await verified).toBe(false);
    else expect(await rejection(verified, 'ERR_RUNTIME_UNSUPPORTED')).toContain(`RSA keys with ${bits} bits`);
  });

  it('for RSA is not blamed where the runtime fails with keys of its length', async () => {
    const params = { name: 'RSA-PSS', hash: 'SHA-256' } as const;
    const [long, short] = [rsaSpki(3072), rsaSpki(2048)];
    vi.stubGlobal('crypto', withoutRsaOver(2048));
    const use = async (spki: Uint8Array, bits: number) => {
      const imported = await verificationKey(infoOf(spki), params);
      return verifySignature({ ...params, saltLength: 32 }, imported, new Uint8Array(bits / 8), message);
    };
    expect(await rejection(use(long, 3072), 'ERR_RUNTIME_UNSUPPORTED')).toContain('RSA keys with 3072 bits');
    expect(await use(short, 2048)).toBe(false);
    expect((await probeAlgorithms())['RSA-3072']).toBe(false);
  });
});

/** A public key whose modulus has only ones. */
function rsaSpki(bits: number): Uint8Array<ArrayBuffer> {
  const modulus = Uint8Array.of(0, ...new Uint8Array(bits / 8).fill(0xff));
  const bitString = der.bitString(der.sequence(der.integer(modulus), der.integer(65537)));
  const algorithm = der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue());
  return new Uint8Array(der.sequence(algorithm, bitString));
}
