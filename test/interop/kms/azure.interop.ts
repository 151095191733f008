import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type AzureKeyVaultSignerOptions, createAzureKeyVaultSigner } from '../../../src/kms/azure/index.ts';
import { AZURE_KEYS, AZURE_TOKENS, AzureServer } from '../support/kms-azure.ts';
import type { ServiceKey } from '../support/kms-process.ts';
import { expectAccepted, FORMATS, issue, refusalOf } from '../support/kms-signing.ts';
import { NotationCli } from '../support/notation-cli.ts';
import { createStore, type Store } from '../support/stores.ts';

let cli: NotationCli;
let store: Store;
let azure: AzureServer;
let key: ServiceKey;
let certificates: string;

beforeAll(async () => {
  cli = await NotationCli.create();
  store = await createStore('a registry without the referrers API', inject('hosts'));
  azure = await AzureServer.start();
  key = await azure.createKey({ kty: 'EC', crv: 'P-256' });
  ({ certificates } = await issue(key));
});

afterAll(() => Promise.all([cli.dispose(), store.dispose(), azure.stop()]));

const signerOf = (options: Partial<AzureKeyVaultSignerOptions> = {}) =>
  createAzureKeyVaultSigner({
    keyId: key.id,
    token: AZURE_TOKENS.signer,
    certificates,
    retries: 0,
    ...options,
  });

const refusal = (options: Partial<AzureKeyVaultSignerOptions>) =>
  refusalOf(() => signerOf(options), ['azure-token']);

describe.each(Object.entries(AZURE_KEYS))(
  'Azure Key Vault with a key %s',
  (name, [parameters, algorithm]) => {
    let made: ServiceKey;

    beforeAll(async () => {
      made = await azure.createKey(parameters);
    });

    it.each(FORMATS)('makes signatures in %s that both sides accept', async (format) => {
      const { certificates, root } = await issue(made);
      const signer = await signerOf({ keyId: made.id, certificates });
      const artifact = await store.push(`kms/azure/${name.toLowerCase().replace(' ', '-')}/${format}`);
      await expectAccepted(artifact, cli, { signer, root, format, algorithm });
    });
  },
);

describe('Azure Key Vault', () => {
  it('rejects a key that is too short', async () => {
    const { id: keyId } = await azure.createKey({ kty: 'RSA', key_size: 1024 });
    expect(await refusal({ keyId })).toMatchObject({ code: 'ERR_ALGORITHM_UNSUPPORTED' });
  });

  it('reports a key that does not exist', async () => {
    expect(await refusal({ keyId: `${azure.url}/keys/key-of-nobody` })).toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
    });
  });

  it.each([
    ['an invalid token', 'azure-token-of-nobody'],
    ['a token that may read the key and not sign with it', AZURE_TOKENS.reader],
    ['a token that may do other things only', AZURE_TOKENS.owner],
  ])('rejects %s, and the error does not contain it', async (_, token) => {
    expect(await refusal({ token })).toMatchObject({ code: 'ERR_KMS_UNAUTHORIZED' });
  });

  it('keeps to the version that the signer was made with when the key is rotated', async () => {
    const made = await azure.createKey({ kty: 'EC', crv: 'P-384' });
    const { certificates } = await issue(made);
    const signer = await signerOf({ keyId: made.id, certificates });
    await azure.rotate(made);
    expect(await signer.sign(new Uint8Array(3))).toHaveLength(96);
  });

  it('does not fit the certificate when the key was rotated since', async () => {
    const made = await azure.createKey({ kty: 'EC', crv: 'P-384' });
    const { certificates } = await issue(made);
    await azure.rotate(made);
    expect(await refusal({ keyId: made.id, certificates })).toMatchObject({ code: 'ERR_KEY_MISMATCH' });
  });

  it('that is stopped is reported as unreachable', async () => {
    const stopped = await AzureServer.start();
    await stopped.stop();
    expect(await refusal({ keyId: `${stopped.url}/keys/key` })).toMatchObject({
      code: 'ERR_KMS_UNREACHABLE',
    });
  });
});
