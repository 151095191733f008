import { beforeAll, describe, expect, it } from 'vitest';
import { decodeBase64Url, encodeBase64Url } from '../../src/encoding/base64.ts';
import { decodePem, encodePem } from '../../src/encoding/pem.ts';
import { createSigner } from '../../src/index.ts';
import { generateTestCertificate, issueTestChain } from '../../src/testing/index.ts';
import * as der from '../support/der.ts';

// Programs write the numbers of a key with a sign byte or without leading zeros, and runtimes differ in what they take.

interface KeyWithZero {
  jwk: Record<string, string>;
  certificates: string;
}

/** Generates a key one of whose numbers begins with a zero byte, which is one key in 256. */
async function generateKey(number: 'd' | 'x' | 'y'): Promise<KeyWithZero> {
  const { subtle } = globalThis.crypto;
  for (;;) {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const { privateKey, publicKey } = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const jwk = (await subtle.exportKey('jwk', privateKey)) as Record<string, string>;
    if (decodeBase64Url(jwk[number] ?? '')[0] !== 0) continue;
    const spki = new Uint8Array(await subtle.exportKey('spki', publicKey));
    const { certificates } = await issueTestChain({ name: 'acme.example', publicKey: spki });
    return { jwk, certificates };
  }
}

const changed = (
  jwk: Record<string, string>,
  names: string[],
  change: (bytes: Uint8Array) => Uint8Array,
) => ({
  ...jwk,
  ...Object.fromEntries(
    names.map((name) => [name, encodeBase64Url(change(decodeBase64Url(jwk[name] ?? '')))]),
  ),
});
const withSignByte = (bytes: Uint8Array) => Uint8Array.of(0, ...bytes);
const withoutZero = (bytes: Uint8Array) => bytes.subarray(1);

let short: KeyWithZero;
beforeAll(async () => {
  short = await generateKey('d');
});

describe('createSigner with an elliptic curve key whose scalar has another length than the curve', () => {
  it.each<[string, (scalar: Uint8Array) => Uint8Array]>([
    ['31 bytes', withoutZero],
    ['32 bytes', (scalar) => scalar],
    ['33 bytes', withSignByte],
  ])('signs with one of %s in PKCS #8 and SEC 1', async (_, write) => {
    const scalar = write(decodeBase64Url(short.jwk.d ?? ''));
    const point = [4, ...decodeBase64Url(short.jwk.x ?? ''), ...decodeBase64Url(short.jwk.y ?? '')];
    const publicKey = der.explicit(1, der.bitString(Uint8Array.from(point)));
    const key = der.sequence(der.integer(1), der.octetString(scalar), publicKey);
    const algorithm = der.sequence(der.oid('1.2.840.10045.2.1'), der.oid('1.2.840.10045.3.1.7'));
    const pkcs8 = der.sequence(der.integer(0), algorithm, der.octetString(key));
    for (const privateKey of [pkcs8, encodePem('EC PRIVATE KEY', key)]) {
      const signer = await createSigner({ privateKey, certificates: short.certificates });
      expect(await signer.sign(new Uint8Array(3))).toHaveLength(64);
    }
  });
});

describe('createSigner with a JSON Web Key whose numbers have other lengths', () => {
  it.each<['d' | 'x' | 'y']>([['d'], ['x'], ['y']])(
    'signs with one that lacks the leading zero of %s',
    async (name) => {
      const { jwk, certificates } = name === 'd' ? short : await generateKey(name);
      const privateKey = changed(jwk, [name], withoutZero) as never;
      const signer = await createSigner({ privateKey, certificates });
      expect(await signer.sign(new Uint8Array(3))).toHaveLength(64);
    },
  );

  it('signs with an EC key whose numbers have a sign byte', async () => {
    const privateKey = changed(short.jwk, ['d', 'x', 'y'], withSignByte) as never;
    const signer = await createSigner({ privateKey, certificates: short.certificates });
    expect(await signer.sign(new Uint8Array(3))).toHaveLength(64);
  });

  it('signs with an RSA key whose numbers have a sign byte', async () => {
    const { privateKey: pem, certificates } = await generateTestCertificate({
      name: 'acme.example',
      keySpec: 'RSA-2048',
    });
    const { subtle } = globalThis.crypto;
    const { der: pkcs8 = new Uint8Array() } = decodePem(pem)[0] ?? {};
    const algorithm = { name: 'RSA-PSS', hash: 'SHA-256' };
    const key = await subtle.importKey('pkcs8', new Uint8Array(pkcs8), algorithm, true, ['sign']);
    const jwk = (await subtle.exportKey('jwk', key)) as Record<string, string>;
    const names = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'];
    const privateKey = changed(jwk, names, withSignByte) as never;
    const signer = await createSigner({ privateKey, certificates });
    expect(await signer.sign(new Uint8Array(3))).toHaveLength(256);
  });
});
