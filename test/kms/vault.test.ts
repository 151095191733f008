import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createVaultSigner, type VaultSignerOptions } from '../../src/kms/vault/index.ts';
import { issueTestChain } from '../../src/testing/index.ts';
import { failure } from '../oci/support.ts';
import {
  base64,
  base64Url,
  fakeFetch,
  type Handler,
  honest,
  MESSAGE,
  type SeenRequest,
  services,
  type TestKey,
  testKey,
} from './support.ts';

const { vault } = services;

async function connect(handler: Handler, options: Partial<VaultSignerOptions> = {}) {
  const { fetch, requests } = fakeFetch(handler);
  const work = createVaultSigner({
    address: 'http://127.0.0.1:8200',
    keyName: 'my-key',
    token: 'hvs.CAES',
    certificates: '',
    fetch,
    retries: 0,
    ...options,
  });
  return { work, requests };
}

const versions = (...keys: TestKey[]) => ({
  data: {
    type: 'ecdsa-p256',
    keys: Object.fromEntries(keys.map(({ pem }, i) => [String(i + 1), { public_key: pem, name: 'P-256' }])),
  },
});

describe('the documented requests', () => {
  // Transit secrets engine, HTTP API, "Read Key" and "Sign Data": the sample requests, with the documented parameters.
  it.each([
    ['EC-256', 'sha2-256', '"marshaling_algorithm":"jws"'],
    ['EC-384', 'sha2-384', '"marshaling_algorithm":"jws"'],
    ['EC-521', 'sha2-512', '"marshaling_algorithm":"jws"'],
    ['RSA-2048', 'sha2-256', '"signature_algorithm":"pss","salt_length":"hash"'],
    ['RSA-3072', 'sha2-384', '"signature_algorithm":"pss","salt_length":"hash"'],
    ['RSA-4096', 'sha2-512', '"signature_algorithm":"pss","salt_length":"hash"'],
  ] as const)('are sent byte for byte: %s', async (keySpec, hash, algorithm) => {
    const key = await testKey(keySpec);
    const { work, requests } = await connect(honest(vault, key), { certificates: key.certificates });
    await (await work).sign(MESSAGE);
    const digest = createHash(hash.replace('sha2-', 'sha')).update(MESSAGE).digest('base64');
    expect(requests).toEqual([
      {
        method: 'GET',
        url: new URL('http://127.0.0.1:8200/v1/transit/keys/my-key'),
        headers: { 'x-vault-token': 'hvs.CAES', 'x-vault-request': 'true' },
        body: '',
      },
      {
        method: 'POST',
        url: new URL(`http://127.0.0.1:8200/v1/transit/sign/my-key/${hash}`),
        headers: {
          'x-vault-token': 'hvs.CAES',
          'x-vault-request': 'true',
          'content-type': 'application/json',
        },
        body: `{"input":"${digest}","prehashed":true,"key_version":1,${algorithm}}`,
      },
    ]);
  });

  it('use the given mount and namespace', async () => {
    const key = await testKey('EC-256');
    const { work, requests } = await connect(honest(vault, key), {
      certificates: key.certificates,
      address: 'https://vault.example.com/base/',
      mount: 'teams/a/transit',
      namespace: 'admin/team',
    });
    await work;
    expect(requests[0]?.url.href).toBe('https://vault.example.com/base/v1/teams/a/transit/keys/my-key');
    expect(requests[0]?.headers['x-vault-namespace']).toBe('admin/team');
  });

  // "Read Key": the sample response verbatim, of a symmetric key.
  it('get the documented response, which is that of a key that cannot sign', async () => {
    const sample = `{
  "data": {
    "type": "aes256-gcm96",
    "deletion_allowed": false,
    "derived": false,
    "exportable": false,
    "allow_plaintext_backup": false,
    "keys": {
      "1": 1442851412
    },
    "min_decryption_version": 1,
    "min_encryption_version": 0,
    "name": "foo",
    "supports_encryption": true,
    "supports_decryption": true,
    "supports_derivation": true,
    "supports_signing": false,
    "imported": false
  }
}`;
    const { work, requests } = await connect(() => new Response(sample));
    const error = await failure(work);
    expect(error).toMatchObject({ code: 'ERR_ALGORITHM_UNSUPPORTED' });
    expect(error.message).toContain('"aes256-gcm96"');
    expect(requests).toHaveLength(1);
  });

  // "Sign Data": the sample response, whose signature is DER in base64 and not in the requested format.
  it('get a signature in the documented form; DER in place of JWS is rejected', async () => {
    const key = await testKey('EC-256');
    const sample = `{
  "data": {
    "signature": "vault:v1:MEUCIQCyb869d7KWuA0hBM9b5NJrmWzMW3/pT+0XYCM9VmGR+QIgWWF6ufi4OS2xo1eS2V5IeJQfsi59qeMWtgX0LipxEHI="
  }
}`;
    const { work } = await connect(
      (request, index) =>
        vault.isSigning(request) ? new Response(sample) : honest(vault, key)(request, index),
      { certificates: key.certificates },
    );
    const error = await failure((await work).sign(MESSAGE));
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain('not base64');
  });
});

describe('a key that was rotated', () => {
  const signing = (key: TestKey, version: number) => (request: SeenRequest) =>
    Response.json({
      data: { signature: `vault:v${version}:${base64Url(key.sign(vault.digestIn(request), 'raw'))}` },
    });

  it.each([1, 2, 3])('signs with the version of the certificate: %i', async (version) => {
    const keys = await Promise.all(['release', 'second', 'third'].map((name) => testKey('EC-256', name)));
    const key = keys[version - 1];
    if (!key) throw new Error('no key');
    const { work, requests } = await connect(
      (request) =>
        vault.isSigning(request) ? signing(key, version)(request) : Response.json(versions(...keys)),
      { certificates: key.certificates },
    );
    expect(await (await work).sign(MESSAGE)).toHaveLength(64);
    expect(JSON.parse(requests[1]?.body ?? '').key_version).toBe(version);
  });

  it('signs with the newest version that has a certificate', async () => {
    const keys = await Promise.all(['release', 'second', 'third'].map((name) => testKey('EC-256', name)));
    const [first, second] = keys;
    if (!first || !second) throw new Error('no key');
    const { work, requests } = await connect(
      (request) =>
        vault.isSigning(request) ? signing(second, 2)(request) : Response.json(versions(...keys)),
      { certificates: [first.certificates, second.certificates] },
    );
    await (await work).sign(MESSAGE);
    expect(JSON.parse(requests[1]?.body ?? '').key_version).toBe(2);
  });

  it('is rejected if the certificate is not of the requested version', async () => {
    const [a, b] = [await testKey('EC-256'), await testKey('EC-256', 'second')];
    const { work } = await connect(() => Response.json(versions(a, b)), {
      certificates: a.certificates,
      keyVersion: 2,
    });
    expect(await failure(work)).toMatchObject({ code: 'ERR_KEY_MISMATCH' });
  });

  it('is rejected if it has no such version', async () => {
    const key = await testKey('EC-256');
    const { work } = await connect(() => Response.json(versions(key)), {
      certificates: key.certificates,
      keyVersion: 7,
    });
    const error = await failure(work);
    expect(error).toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
    expect(error.message).toContain('"my-key" of Vault has no version 7');
  });

  it('must sign with the requested version', async () => {
    const key = await testKey('EC-256');
    const { work } = await connect(
      (request) => (vault.isSigning(request) ? signing(key, 2)(request) : Response.json(versions(key))),
      { certificates: key.certificates },
    );
    const error = await failure((await work).sign(MESSAGE));
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain('did not sign with version 1');
  });
});

describe('a response', () => {
  const keyResponse = async (data: object) => {
    const { certificates } = await testKey('EC-256');
    const { work } = await connect(() => Response.json({ data }), { certificates });
    return failure(work);
  };

  it.each(['ed25519', 'hmac', 'managed_key', 'rsa-1024', 'x'.repeat(10_000)])(
    'about a key of another type is rejected: %.20s',
    async (type) => {
      const error = await keyResponse({ type, keys: { 1: { public_key: 'AAAA' } } });
      expect(error).toMatchObject({ code: 'ERR_ALGORITHM_UNSUPPORTED' });
      expect(error.message.length).toBeLessThan(200);
    },
  );

  it.each([
    ['without a public key', { 1: {} }],
    ['with a time in its place', { 1: 1442851412 }],
    ['with an empty one', { 1: { public_key: '' } }],
    [
      'with what is not PEM',
      { 1: { public_key: '-----BEGIN PUBLIC KEY-----\n***\n-----END PUBLIC KEY-----' } },
    ],
    [
      'with a certificate in its place',
      { 1: { public_key: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' } },
    ],
    [
      'with no DER inside',
      { 1: { public_key: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----' } },
    ],
  ])('is rejected: %s', async (_, keys) => {
    expect(await keyResponse({ type: 'ecdsa-p256', keys })).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
  });

  it.each([{}, { NaN: {} }, { '-1': {} }, { 0: {} }, { 1e30: {} }])(
    'without a version is rejected: %o',
    async (keys) => {
      expect(await keyResponse({ type: 'ecdsa-p256', keys })).toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
    },
  );

  it('reports the message of the server', async () => {
    const { work } = await connect(() =>
      Response.json({ errors: ['1 error occurred:', 'permission denied'] }, { status: 403 }),
    );
    const error = await failure(work);
    expect(error).toMatchObject({ code: 'ERR_KMS_UNAUTHORIZED' });
    expect(error.message).toContain('Vault responded with 403, 1 error occurred:; permission denied');
  });

  it.each(['', 'vault:v1:', 'vault:v1', 'vault:vx:AAAA', 'other:v1:AAAA', 'vault:v1:AA AA'])(
    'with the signature %j is rejected',
    async (signature) => {
      const key = await testKey('EC-256');
      const { work } = await connect(
        (request) => Response.json(vault.isSigning(request) ? { data: { signature } } : versions(key)),
        { certificates: key.certificates },
      );
      expect(await failure((await work).sign(MESSAGE))).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    },
  );

  it.each([
    ['short', Buffer.alloc(63, 1)],
    ['long', Buffer.alloc(65, 1)],
    ['made by nobody', Buffer.alloc(64, 1)],
  ])('with a signature that is %s is rejected', async (_, bytes) => {
    const key = await testKey('EC-256');
    const signature = `vault:v1:${base64Url(bytes)}`;
    const { work } = await connect(
      (request) => Response.json(vault.isSigning(request) ? { data: { signature } } : versions(key)),
      { certificates: key.certificates },
    );
    expect(await failure((await work).sign(MESSAGE))).toMatchObject({ code: 'ERR_SIGNER_FAILED' });
  });

  it('with an RSA key whose size does not fit its type is rejected', async () => {
    const key = await testKey('RSA-2048');
    const spki = key.pem;
    expect(base64(key.spki).length).toBeGreaterThan(300);
    const { certificates } = await issueTestChain({ name: 'acme.example', publicKey: spki });
    const { work } = await connect(
      (request) =>
        Response.json(
          vault.isSigning(request)
            ? { data: { signature: 'vault:v1:AAAA' } }
            : { data: { type: 'rsa-4096', keys: { 1: { public_key: spki } } } },
        ),
      { certificates },
    );
    expect(await failure(work)).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
  });
});

describe('an option', () => {
  it.each([
    { keyName: '' },
    { keyName: '..' },
    { keyName: 'a/b' },
    { keyName: 'a?b' },
    { mount: '../sys' },
    { mount: '' },
    { mount: 'a//b' },
    { namespace: 'a\nb' },
    { keyVersion: 0 },
    { keyVersion: 1.5 },
    { address: 'vault.example.com' },
  ])('is rejected: %o', async (options) => {
    const { work, requests } = await connect(() => Response.json({}), options);
    expect(await failure(work)).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect(requests).toHaveLength(0);
  });
});
