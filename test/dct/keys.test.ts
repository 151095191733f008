import { describe, expect, it } from 'vitest';
import { isShortRsaKey, keyIdOf, publicKeyInfo, roleKeys } from '../../src/dct/keys.ts';
import { decodeBase64 } from '../../src/encoding/base64.ts';
import * as der from '../support/der.ts';
import { forgeTrustKey } from '../support/forge-trust.ts';

const key = forgeTrustKey('ecdsa');
const listed = { keytype: 'ecdsa', keyval: { public: btoa(String.fromCharCode(...key.bytes)) } };

describe('the identifier of a key', () => {
  it('is the one that the programs of notary compute', async () => {
    // A key of notary-server 0.7.0.
    const bytes = decodeBase64('1VGcIrcgSq0v6Nc3oHt6dYJK3uLonb2tA5A0GU+E+sY=');
    const id = '2c1a45113da41a361d179ea60b980521e0ecba092af094e06361875478b8a150';
    expect(await keyIdOf('ed25519', bytes)).toBe(id);
  });

  it('depends on the type', async () => {
    expect(await keyIdOf('rsa', key.bytes)).not.toBe(await keyIdOf('ecdsa', key.bytes));
  });
});

describe('the keys of a role', () => {
  it('are those that it lists, each once', async () => {
    const role = { keyids: [key.id, key.id], threshold: 1 };
    const { keys } = await roleKeys('targets', role, { [key.id]: listed }, 'root');
    expect([...keys.keys()]).toEqual([key.id]);
    expect(keys.get(key.id)).toEqual({ id: key.id, type: 'ecdsa', bytes: key.bytes });
  });

  it.each([
    ['missing', {}],
    ['listed under the identifier of another key', { [key.id]: { ...listed, keytype: 'rsa' } }],
    ['a member of every object', Object.create({ [key.id]: listed })],
  ])('are rejected if one is %s', async (_, keys) => {
    await expect(roleKeys('targets', { keyids: [key.id], threshold: 1 }, keys, 'root')).rejects.toMatchObject(
      {
        code: 'ERR_DCT_METADATA_INVALID',
      },
    );
  });
});

describe('an RSA key', () => {
  const keyOf = (modulus: Uint8Array) => {
    const algorithm = der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue());
    const numbers = der.sequence(der.integer(modulus), der.integer(65_537));
    return publicKeyInfo({ id: '', type: 'rsa', bytes: der.sequence(algorithm, der.bitString(numbers)) });
  };

  it.each([
    [2048, Uint8Array.of(0, 0x80, ...new Uint8Array(255).fill(1)), false],
    [2047, Uint8Array.of(0x7f, ...new Uint8Array(255).fill(1)), true],
    [2041, Uint8Array.of(0x01, ...new Uint8Array(255).fill(1)), true],
  ])('of %i bits is short of 2048 or not', (_, modulus, isShort) => {
    const info = keyOf(modulus);
    expect(info && isShortRsaKey(info)).toBe(isShort);
  });
});
