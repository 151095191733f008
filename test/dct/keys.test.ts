import { describe, expect, it } from 'vitest';
import { keyIdOf, roleKeys } from '../../src/dct/keys.ts';
import { decodeBase64 } from '../../src/encoding/base64.ts';
import { forgeTrustKey } from '../support/forge-trust.ts';

const key = forgeTrustKey('ecdsa');
const listed = { keytype: 'ecdsa', keyval: { public: btoa(String.fromCharCode(...key.bytes)) } };

describe('the identifier of a key', () => {
  it('is the one that the programs of notary compute', async () => {
    // A key of notary-server 0.7.0.
    const bytes = decodeBase64('yqfUb0Cv5TUvL+QVFCtcMRkYOl2dRL8qSsJtZkM5gMU=');
    expect(await keyIdOf('ed25519', bytes)).toMatch(/^[0-9a-f]{64}$/);
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
