import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type AwsKmsSignerOptions, createAwsKmsSigner } from '../../../src/kms/aws/index.ts';
import { AWS_KEY_SPECS, AWS_USERS, AwsServer } from '../support/kms-aws.ts';
import type { ServiceKey } from '../support/kms-process.ts';
import { expectAccepted, FORMATS, issue, refusalOf } from '../support/kms-signing.ts';
import { NotationCli } from '../support/notation-cli.ts';
import { createStore, type Store } from '../support/stores.ts';

let cli: NotationCli;
let store: Store;
let aws: AwsServer;
let key: ServiceKey;
let certificates: string;

beforeAll(async () => {
  cli = await NotationCli.create();
  store = await createStore('a registry without the referrers API', inject('hosts'));
  aws = await AwsServer.start();
  key = await aws.createKey('ECC_NIST_P256');
  ({ certificates } = await issue(key));
});

afterAll(() => Promise.all([cli.dispose(), store.dispose(), aws.stop()]));

const signerOf = (options: Partial<AwsKmsSignerOptions> = {}) =>
  createAwsKmsSigner({
    endpoint: aws.url,
    credentials: AWS_USERS.signer,
    keyId: key.id,
    certificates,
    retries: 0,
    ...options,
  });

const refusal = (options: Partial<AwsKmsSignerOptions>) =>
  refusalOf(() => signerOf(options), ['secret-of-', 'token+of=']);

describe.each(Object.entries(AWS_KEY_SPECS))('AWS KMS with a key %s', (spec, algorithm) => {
  let made: ServiceKey;

  beforeAll(async () => {
    made = await aws.createKey(spec);
  });

  it.each(FORMATS)('makes signatures in %s that both sides accept', async (format) => {
    const { certificates, root } = await issue(made);
    const signer = await signerOf({ keyId: made.id, certificates });
    const artifact = await store.push(`kms/aws/${spec.toLowerCase()}/${format}`);
    await expectAccepted(artifact, cli, { signer, root, format, algorithm });
  });
});

describe('AWS KMS', () => {
  const { region } = AwsServer;

  it.each([
    ['ECC_SECG_P256K1', 'SIGN_VERIFY'],
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
    ['HMAC_256', 'GENERATE_VERIFY_MAC'],
    ['RSA_2048', 'ENCRYPT_DECRYPT'],
  ])('rejects a key %s for %s', async (spec, usage) => {
    const { id: keyId } = await aws.createKey(spec, usage);
    expect(await refusal({ keyId })).toMatchObject({ code: 'ERR_ALGORITHM_UNSUPPORTED' });
  });

  it('reports a key that does not exist', async () => {
    const keyId = '11111111-2222-3333-4444-555555555555';
    expect(await refusal({ keyId, region })).toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
      message: expect.stringContaining(keyId),
    });
  });

  it('signs by an alias, and with temporary credentials', async () => {
    await aws.request('CreateAlias', { AliasName: 'alias/release', TargetKeyId: key.id });
    const signer = await signerOf({ keyId: 'alias/release', region, credentials: AWS_USERS.temporary });
    expect(await signer.sign(new Uint8Array(3))).toHaveLength(64);
  });

  it.each([
    ['a secret that is another', { ...AWS_USERS.signer, secretAccessKey: 'secret-of-nobody' }],
    ['a user that is unknown', { ...AWS_USERS.signer, accessKeyId: 'AKIAINTEROPNOBODY000' }],
    ['a session token that is another', { ...AWS_USERS.temporary, sessionToken: 'token+of==nobody' }],
    ['a user that may read the key and not sign with it', AWS_USERS.reader],
  ])('rejects %s, and the error does not contain the secret', async (_, credentials) => {
    expect(await refusal({ credentials })).toMatchObject({ code: 'ERR_KMS_UNAUTHORIZED' });
  });

  it('rejects a region other than that of the key', async () => {
    expect(await refusal({ region: 'us-east-1' })).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
  });

  it('does not fit the certificate if its alias points to another key by then', async () => {
    const [old, next] = [await aws.createKey('ECC_NIST_P384'), await aws.createKey('ECC_NIST_P384')];
    const { certificates } = await issue(old);
    const keyId = 'alias/rotated';
    await aws.request('CreateAlias', { AliasName: keyId, TargetKeyId: next.id });
    expect(await refusal({ keyId, region, certificates })).toMatchObject({ code: 'ERR_KEY_MISMATCH' });
  });

  it('returns no signature if its alias points to another key after the signer was made', async () => {
    const [old, next] = [await aws.createKey('ECC_NIST_P384'), await aws.createKey('ECC_NIST_P384')];
    const { certificates } = await issue(old);
    const keyId = 'alias/moving';
    await aws.request('CreateAlias', { AliasName: keyId, TargetKeyId: old.id });
    const error = await refusalOf(async () => {
      const signer = await signerOf({ keyId, region, certificates });
      await aws.request('UpdateAlias', { AliasName: keyId, TargetKeyId: next.id });
      return signer;
    }, ['secret-of-']);
    expect(error).toMatchObject({
      code: 'ERR_KMS_RESPONSE',
      message: expect.stringContaining('another key'),
    });
  });

  it('reports that a key is disabled', async () => {
    const made = await aws.createKey('ECC_NIST_P256');
    const { certificates } = await issue(made);
    await aws.request('DisableKey', { KeyId: made.id });
    expect(await refusal({ keyId: made.id, certificates })).toMatchObject({
      code: 'ERR_KMS_RESPONSE',
      message: expect.stringContaining('DisabledException'),
    });
  });

  it('that is stopped is reported as unreachable', async () => {
    const stopped = await AwsServer.start();
    await stopped.stop();
    expect(await refusal({ endpoint: stopped.url })).toMatchObject({ code: 'ERR_KMS_UNREACHABLE' });
  });
});
