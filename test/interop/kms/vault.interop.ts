import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createVaultSigner, type VaultSignerOptions } from '../../../src/kms/vault/index.ts';
import type { ServiceKey } from '../support/kms-process.ts';
import { expectAccepted, FORMATS, issue, refusalOf } from '../support/kms-signing.ts';
import { VAULT_KEY_TYPES, VaultServer } from '../support/kms-vault.ts';
import { NotationCli } from '../support/notation-cli.ts';
import { createStore, type Store } from '../support/stores.ts';

let cli: NotationCli;
let store: Store;
let vault: VaultServer;
let key: ServiceKey;
let certificates: string;

beforeAll(async () => {
  cli = await NotationCli.create();
  store = await createStore('a registry without the referrers API', inject('hosts'));
  vault = await VaultServer.start();
  key = await vault.createKey('ecdsa-p256');
  ({ certificates } = await issue(key));
});

afterAll(() => Promise.all([cli.dispose(), store.dispose(), vault.stop()]));

const signerOf = (options: Partial<VaultSignerOptions> = {}) =>
  createVaultSigner({
    address: vault.url,
    token: VaultServer.rootToken,
    keyName: key.id,
    certificates,
    retries: 0,
    ...options,
  });

const refusal = (options: Partial<VaultSignerOptions>) =>
  refusalOf(() => signerOf(options), ['root-token', 'hvs.']);

describe.each(Object.entries(VAULT_KEY_TYPES))('Vault with a key %s', (type, algorithm) => {
  let made: ServiceKey;

  beforeAll(async () => {
    made = await vault.createKey(type);
  });

  it.each(FORMATS)('makes signatures in %s that both sides accept', async (format) => {
    const { certificates, root } = await issue(made);
    const signer = await signerOf({ keyName: made.id, certificates });
    const artifact = await store.push(`kms/vault/${type}/${format}`);
    await expectAccepted(artifact, cli, { signer, root, format, algorithm });
  });
});

describe('Vault', () => {
  it.each(['ed25519', 'aes256-gcm96', 'chacha20-poly1305'])('rejects a key %s', async (type) => {
    const { id: keyName } = await vault.createKey(type);
    expect(await refusal({ keyName })).toMatchObject({ code: 'ERR_ALGORITHM_UNSUPPORTED' });
  });

  it('reports a key that does not exist', async () => {
    expect(await refusal({ keyName: 'key-of-nobody' })).toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
      message: expect.stringContaining('key-of-nobody'),
    });
  });

  it('reports that there is no engine at the mount', async () => {
    const error = await refusal({ mount: 'elsewhere' });
    expect(error).toMatchObject({ code: 'ERR_KEY_NOT_FOUND', message: expect.stringContaining('elsewhere') });
  });

  it('refuses an invalid token, and the error does not contain it', async () => {
    expect(await refusal({ token: 'hvs.token-of-nobody' })).toMatchObject({ code: 'ERR_KMS_UNAUTHORIZED' });
  });

  it('refuses a token that may read the key and not sign with it', async () => {
    const token = await vault.token({ [`keys/${key.id}`]: ['read'] });
    expect(await refusal({ token })).toMatchObject({ code: 'ERR_KMS_UNAUTHORIZED' });
  });

  it('refuses a token that may sign with the key and not read it', async () => {
    const token = await vault.token({ [`sign/${key.id}/*`]: ['update'] });
    expect(await refusal({ token })).toMatchObject({ code: 'ERR_KMS_UNAUTHORIZED' });
  });

  it('refuses a token that may use another key only', async () => {
    const token = await vault.token({ 'keys/other': ['read'], 'sign/other/*': ['update'] });
    expect(await refusal({ token })).toMatchObject({ code: 'ERR_KMS_UNAUTHORIZED' });
  });

  it('signs with a token that may read this key and sign with it, and nothing else', async () => {
    const token = await vault.token({ [`keys/${key.id}`]: ['read'], [`sign/${key.id}/*`]: ['update'] });
    const signer = await signerOf({ token });
    expect(await signer.sign(new Uint8Array(3))).toHaveLength(64);
  });

  it('gets a request for another token after it revoked one', async () => {
    const rights = { [`keys/${key.id}`]: ['read'], [`sign/${key.id}/*`]: ['update'] };
    const tokens = [await vault.token(rights), await vault.token(rights)];
    const left = [...tokens];
    const signer = await signerOf({ token: () => left.shift() ?? 'none-left' });
    await vault.request('POST', 'auth/token/revoke', { token: tokens[0] });
    expect(await signer.sign(new Uint8Array(3))).toHaveLength(64);
    expect(left).toEqual([]);
  });
});

describe('a key of Vault that was rotated', () => {
  let rotated: ServiceKey;
  let old: { certificates: string; root: string };

  beforeAll(async () => {
    rotated = await vault.createKey('ecdsa-p384');
    old = await issue(rotated);
    await vault.rotate(rotated);
  });

  it('signs with the version that the certificate is for', async () => {
    const signer = await signerOf({ keyName: rotated.id, certificates: old.certificates });
    const artifact = await store.push('kms/vault/rotated');
    const { root } = old;
    await expectAccepted(artifact, cli, { signer, root, format: 'cose', algorithm: 'ECDSA-SHA-384' });
  });

  it('does not fit the old certificate in the new version', async () => {
    const options = { keyName: rotated.id, keyVersion: 2, certificates: old.certificates };
    expect(await refusal(options)).toMatchObject({ code: 'ERR_KEY_MISMATCH' });
  });

  it('has no third version', async () => {
    const options = { keyName: rotated.id, keyVersion: 3, certificates: old.certificates };
    expect(await refusal(options)).toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
      message: expect.stringContaining('version 3'),
    });
  });

  it('does not sign with a version that its owner has retired', async () => {
    const retired = await vault.createKey('ecdsa-p256');
    const { certificates } = await issue(retired);
    await vault.rotate(retired);
    await vault.request('POST', `transit/keys/${retired.id}/config`, { min_decryption_version: 2 });
    expect(await refusal({ keyName: retired.id, certificates })).toMatchObject({ code: 'ERR_KEY_MISMATCH' });
  });
});

describe('a server of Vault', () => {
  it('that is sealed does not sign', async () => {
    const sealed = await VaultServer.start();
    try {
      await sealed.request('PUT', 'sys/seal', {});
      expect(await refusal({ address: sealed.url })).toMatchObject({
        code: 'ERR_KMS_RESPONSE',
        message: expect.stringContaining('sealed'),
      });
    } finally {
      await sealed.stop();
    }
  });

  it('that is stopped is reported as unreachable', async () => {
    const stopped = await VaultServer.start();
    await stopped.stop();
    expect(await refusal({ address: stopped.url })).toMatchObject({ code: 'ERR_KMS_UNREACHABLE' });
  });
});
