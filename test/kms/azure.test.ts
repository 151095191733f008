import { createHash, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAzureKeyVaultSigner } from '../../src/kms/azure/index.ts';
import { issueTestChain } from '../../src/testing/index.ts';
import { failure } from '../oci/support.ts';
import { base64Url, fakeFetch, honest, MESSAGE, SECRET, services, testKey } from './support.ts';

const { azure } = services;

// Azure Key Vault REST API 7.4, reference page "Get Key", the sample response verbatim.
const GET_KEY_RESPONSE = `{
  "key": {
    "kid": "https://myvault.vault.azure.net/keys/CreateSoftKeyTest/78deebed173b48e48f55abf87ed4cf71",
    "kty": "RSA",
    "key_ops": [
      "encrypt",
      "decrypt",
      "sign",
      "verify",
      "wrapKey",
      "unwrapKey"
    ],
    "n": "2HJAE5fU3Cw2Rt9hEuq-F6XjINKGa-zskfISVqopqUy60GOs2eyhxbWbJBeUXNor_gf-tXtNeuqeBgitLeVa640UDvnEjYTKWjCniTxZRaU7ewY8BfTSk-7KxoDdLsPSpX_MX4rwlAx-_1UGk5t4sQgTbm9T6Fm2oqFd37dsz5-Gj27UP2GTAShfJPFD7MqU_zIgOI0pfqsbNL5xTQVM29K6rX4jSPtylZV3uWJtkoQIQnrIHhk1d0SC0KwlBV3V7R_LVYjiXLyIXsFzSNYgQ68ZjAwt8iL7I8Osa-ehQLM13DVvLASaf7Jnu3sC3CWl3Gyirgded6cfMmswJzY87w",
    "e": "AQAB"
  },
  "attributes": {
    "enabled": true,
    "created": 1493942451,
    "updated": 1493942451,
    "recoveryLevel": "Recoverable+Purgeable"
  },
  "tags": {
    "purpose": "unit test",
    "test name ": "CreateGetDeleteKeyTest"
  }
}`;
const KEY_ID = 'https://myvault.vault.azure.net/keys/CreateSoftKeyTest/78deebed173b48e48f55abf87ed4cf71';

// The page "sign": the value of its sample response, a signature of another key over something else.
const SAMPLE_VALUE =
  'aKFG8NXcfTzqyR44rW42484K_zZI_T7zZuebvWuNgAoEI1gXYmxrshp42CunSmmu4oqo4-IrCikPkNIBkHXnAW2cv03Ad0UpwXhVfepK8zzDBaJPMKVGS-ZRz8CshEyGDKaLlb3J3zEkXpM3RrSEr0mdV6hndHD_mznLB5RmFui5DsKAhez4vUqajgtkgcPfCekMqeSwp6r9ItVL-gEoAohx8XMDsPedqu-7BuZcBcdayaPuBRL4wWoTDULA11P-UN_sJ5qMj3BbiRYhIlBWGR04wIGfZ3pkJjHJUpOvgH2QajdYPzUBauOCewMYbq9XkLRSzI_A7HkkDVycugSeAA';

/** A chain for the key of the sample, whose private key is unknown. */
async function sampleChain(): Promise<string> {
  const key = createPublicKey({ key: JSON.parse(GET_KEY_RESPONSE).key, format: 'jwk' });
  const publicKey = key.export({ type: 'spki', format: 'pem' }).toString();
  return (await issueTestChain({ name: 'acme.example', publicKey })).certificates;
}

describe('the documented requests', () => {
  it('are sent byte for byte, and the documented responses are read', async () => {
    const { fetch, requests } = fakeFetch((_request, index) =>
      index === 0
        ? new Response(GET_KEY_RESPONSE)
        : new Response(`{\n  "kid": "${KEY_ID}",\n  "value": "${SAMPLE_VALUE}"\n}`),
    );
    const certificates = await sampleChain();
    const signer = await createAzureKeyVaultSigner({ keyId: KEY_ID, token: 'eyJ0', certificates, fetch });
    // It is parsed correctly, but is not a signature by this key.
    expect(await failure(signer.sign(MESSAGE))).toMatchObject({ code: 'ERR_SIGNER_FAILED' });
    const digest = createHash('sha256').update(MESSAGE).digest('base64url');
    expect(requests).toEqual([
      {
        method: 'GET',
        url: new URL(`${KEY_ID}?api-version=7.4`),
        headers: { authorization: 'Bearer eyJ0' },
        body: '',
      },
      {
        method: 'POST',
        url: new URL(`${KEY_ID}/sign?api-version=7.4`),
        headers: { authorization: 'Bearer eyJ0', 'content-type': 'application/json' },
        body: `{"alg":"PS256","value":"${digest}"}`,
      },
    ]);
  });

  it.each([
    ['RSA-2048', 'PS256'],
    ['RSA-3072', 'PS384'],
    ['RSA-4096', 'PS512'],
    ['EC-256', 'ES256'],
    ['EC-384', 'ES384'],
    ['EC-521', 'ES512'],
  ] as const)('name the algorithm of the specification: %s, %s', async (keySpec, name) => {
    const key = await testKey(keySpec);
    const { fetch, requests } = fakeFetch(honest(azure, key));
    await (await azure.create({ certificates: key.certificates, fetch })).sign(MESSAGE);
    expect(JSON.parse(requests[1]?.body ?? '').alg).toBe(name);
  });
});

describe('the identifier of the key', () => {
  const signerOf = async (keyId: string, kid: string) => {
    const { publicKey, certificates } = await testKey('EC-256');
    const key = { kid, ...publicKey.export({ format: 'jwk' }) };
    const { fetch, requests } = fakeFetch(() => Response.json({ key }));
    return {
      work: createAzureKeyVaultSigner({ keyId, token: SECRET, certificates, fetch, retries: 0 }),
      requests,
    };
  };
  const VAULT = 'https://acme.vault.azure.net';

  it('without a version is that of the newest one, which is looked up once', async () => {
    const key = await testKey('EC-256');
    const { fetch, requests } = fakeFetch(honest(azure, key));
    const signer = await azure.create({ certificates: key.certificates, fetch });
    await signer.sign(MESSAGE);
    await signer.sign(MESSAGE);
    expect(requests.map(({ url }) => url.pathname)).toEqual([
      '/keys/release',
      `/keys/release/${'0'.repeat(32)}/sign`,
      `/keys/release/${'0'.repeat(32)}/sign`,
    ]);
  });

  it('may differ from that of the vault in letter case', async () => {
    const { work } = await signerOf(`${VAULT}/keys/Release`, `${VAULT}/keys/release/abc`);
    await expect(work).resolves.toBeDefined();
  });

  it.each([
    `${VAULT}/keys/release2/abc`,
    `${VAULT}/keys/other/abc`,
    'https://evil.vault.azure.net/keys/release/abc',
    'http://acme.vault.azure.net/keys/release/abc',
    'no address',
  ])('must be that of the response: %s', async (kid) => {
    const error = await failure((await signerOf(`${VAULT}/keys/release`, kid)).work);
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain('a key other than');
  });

  it.each([`${VAULT}/secrets/release`, VAULT, `${VAULT}/keys/release?x=1`, `${VAULT}/keys/a/b/c`])(
    'is rejected: %s',
    async (keyId) => {
      const { work, requests } = await signerOf(keyId, '');
      expect(await failure(work)).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
      expect(requests).toHaveLength(0);
    },
  );
});

describe('a key', () => {
  const refusal = async (change: object) => {
    const { publicKey, certificates } = await testKey('EC-256');
    const jwk = publicKey.export({ format: 'jwk' });
    const key = { kid: 'https://acme.vault.azure.net/keys/release/1', ...jwk, ...change };
    const { fetch } = fakeFetch(() => Response.json({ key }));
    return failure(azure.create({ certificates, fetch, retries: 0 }));
  };
  const rsa = (bits: number) => ({ kty: 'RSA', e: 'AQAB', n: base64Url(Buffer.alloc(bits / 8, 0xff)) });

  it.each([
    ['P-256K', { crv: 'P-256K' }],
    ['a symmetric one', { kty: 'oct-HSM' }],
    ['RSA of 1024 bits', rsa(1024)],
    ['RSA of 8192 bits', rsa(8192)],
    ['one that may not sign', { key_ops: ['encrypt', 'decrypt'] }],
  ])('is rejected before anything is signed: %s', async (_, change) => {
    expect(await refusal(change)).toMatchObject({ code: 'ERR_ALGORITHM_UNSUPPORTED' });
  });

  it.each([
    ['a point that is not on the curve', { x: base64Url(Buffer.alloc(32, 1)) }],
    ['no base64url', { kty: 'RSA', n: '***', e: 'AQAB' }],
  ])('is rejected when it is malformed: %s', async (_, change) => {
    // Not every WebCrypto looks whether a point is on the curve: it is then no certificate's.
    const code = expect.stringMatching(/^ERR_(?:KMS_RESPONSE|KEY_MISMATCH)$/);
    expect(await refusal(change)).toMatchObject({ code });
  });

  it('in a hardware module is of the same type as any other', async () => {
    const { publicKey, certificates } = await testKey('RSA-2048');
    const key = {
      ...publicKey.export({ format: 'jwk' }),
      kty: 'RSA-HSM',
      kid: 'https://acme.vault.azure.net/keys/release/1',
    };
    const { fetch } = fakeFetch(() => Response.json({ key }));
    await expect(azure.create({ certificates, fetch })).resolves.toBeDefined();
  });

  it('that signs must be the one that was looked up', async () => {
    const key = await testKey('EC-256');
    const { fetch } = fakeFetch(async (request, index) => {
      const response = await honest(azure, key)(request, index);
      return azure.isSigning(request)
        ? Response.json({ ...(await response.json()), kid: 'https://x/keys/y/z' })
        : response;
    });
    const error = await failure(
      (await azure.create({ certificates: key.certificates, fetch })).sign(MESSAGE),
    );
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain('signed with another key');
  });
});
