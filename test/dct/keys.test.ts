import { describe, expect, it } from 'vitest';
import { keyIdOf, roleKeys } from '../../src/dct/keys.ts';
import { decodeBase64 } from '../../src/encoding/base64.ts';
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
