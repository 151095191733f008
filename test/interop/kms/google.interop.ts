import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createGoogleKmsSigner, type GoogleKmsSignerOptions } from '../../../src/kms/google/index.ts';
import { GOOGLE_ALGORITHMS, GOOGLE_TOKENS, GoogleServer } from '../support/kms-google.ts';
import type { ServiceKey } from '../support/kms-process.ts';
import { expectAccepted, FORMATS, issue, refusalOf } from '../support/kms-signing.ts';
import { NotationCli } from '../support/notation-cli.ts';
import { createStore, type Store } from '../support/stores.ts';

let cli: NotationCli;
let store: Store;
let google: GoogleServer;
let key: ServiceKey;
let certificates: string;

beforeAll(async () => {
  cli = await NotationCli.create();
  store = await createStore('a registry without the referrers API', inject('hosts'));
  google = await GoogleServer.start();
  key = await google.createKey('EC_SIGN_P256_SHA256');
  ({ certificates } = await issue(key));
});

afterAll(() => Promise.all([cli.dispose(), store.dispose(), google.stop()]));

const signerOf = (options: Partial<GoogleKmsSignerOptions> = {}) =>
  createGoogleKmsSigner({
    endpoint: google.url,
    keyVersionName: key.id,
    accessToken: GOOGLE_TOKENS.signer,
    certificates,
    retries: 0,
    ...options,
  });

const refusal = (options: Partial<GoogleKmsSignerOptions>) =>
  refusalOf(() => signerOf(options), ['google-token']);

describe.each(Object.entries(GOOGLE_ALGORITHMS))('Google Cloud KMS with a key %s', (name, algorithm) => {
  let made: ServiceKey;

  beforeAll(async () => {
    made = await google.createKey(name);
  });

  it.each(FORMATS)('makes signatures in %s that both sides accept', async (format) => {
    const { certificates, root } = await issue(made);
    const signer = await signerOf({ keyVersionName: made.id, certificates });
    const artifact = await store.push(`kms/google/${name.toLowerCase()}/${format}`);
    await expectAccepted(artifact, cli, { signer, root, format, algorithm });
  });
});

describe('Google Cloud KMS', () => {
  it.each([
    'RSA_SIGN_PKCS1_2048_SHA256',
    'RSA_SIGN_PSS_3072_SHA256',
    'RSA_SIGN_PSS_4096_SHA256',
    'EC_SIGN_ED25519',
  ])('rejects a key %s', async (name) => {
    const { id: keyVersionName } = await google.createKey(name);
    expect(await refusal({ keyVersionName })).toMatchObject({
      code: 'ERR_ALGORITHM_UNSUPPORTED',
      message: expect.stringContaining(name),
    });
  });

  it('has no such version of the key', async () => {
    expect(await refusal({ keyVersionName: key.id.replace(/\d+$/, '7') })).toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
    });
  });

  it.each([
    ['an invalid token', 'google-token-of-nobody'],
    ['a token that may read the key and not sign with it', GOOGLE_TOKENS.reader],
  ])('rejects %s, and the error does not contain it', async (_, accessToken) => {
    expect(await refusal({ accessToken })).toMatchObject({ code: 'ERR_KMS_UNAUTHORIZED' });
  });

  it('does not fit the old certificate in the new version', async () => {
    const { id: keyVersionName } = await google.rotate(key);
    expect(await refusal({ keyVersionName })).toMatchObject({ code: 'ERR_KEY_MISMATCH' });
  });

  it('that is stopped is reported as unreachable', async () => {
    const stopped = await GoogleServer.start();
    await stopped.stop();
    expect(await refusal({ endpoint: stopped.url })).toMatchObject({ code: 'ERR_KMS_UNREACHABLE' });
  });
});
