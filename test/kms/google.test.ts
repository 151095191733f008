import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/kms/crc32c.ts';
import { createGoogleKmsSigner, type GoogleServiceAccountKey } from '../../src/kms/google/index.ts';
import { everythingOf, failure } from '../oci/support.ts';
import {
  base64,
  fakeFetch,
  type Handler,
  honest,
  MESSAGE,
  services,
  testKey,
  VERSION_NAME,
} from './support.ts';

const { google } = services;

describe('the documented requests', () => {
  // Cloud KMS API v1, "cryptoKeyVersions.getPublicKey" and "cryptoKeyVersions.asymmetricSign": the HTTP requests and the
  // JSON representation of their bodies.
  it.each([
    ['EC-256', 'sha256'],
    ['EC-384', 'sha384'],
    ['RSA-2048', 'sha256'],
    ['RSA-4096', 'sha512'],
  ] as const)('are sent byte for byte: %s', async (keySpec, hash) => {
    const key = await testKey(keySpec);
    const { fetch, requests } = fakeFetch(honest(google, key));
    const signer = await createGoogleKmsSigner({
      keyVersionName: VERSION_NAME,
      accessToken: 'ya29.c',
      certificates: key.certificates,
      fetch,
    });
    await signer.sign(MESSAGE);
    const digest = createHash(hash).update(MESSAGE).digest();
    expect(requests).toEqual([
      {
        method: 'GET',
        url: new URL(`https://cloudkms.googleapis.com/v1/${VERSION_NAME}/publicKey`),
        headers: { authorization: 'Bearer ya29.c' },
        body: '',
      },
      {
        method: 'POST',
        url: new URL(`https://cloudkms.googleapis.com/v1/${VERSION_NAME}:asymmetricSign`),
        headers: { authorization: 'Bearer ya29.c', 'content-type': 'application/json' },
        body: `{"digest":{"${hash}":"${base64(digest)}"},"digestCrc32c":"${crc32c(digest)}"}`,
      },
    ]);
  });

  it.each([
    '',
    'projects/acme/locations/europe-west1/keyRings/ring/cryptoKeys/release',
    `${VERSION_NAME}/../2`,
    VERSION_NAME.replace('acme', '..'),
    VERSION_NAME.replace('acme', 'a?b'),
    VERSION_NAME.replace('ring/', 'a/b/'),
    `/${VERSION_NAME}`,
  ])('need the name of a version: %j', async (keyVersionName) => {
    const { fetch, requests } = fakeFetch(() => Response.json({}));
    const work = createGoogleKmsSigner({ keyVersionName, accessToken: 'x', certificates: '', fetch });
    expect(await failure(work)).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect(requests).toHaveLength(0);
  });

  it('accept projects of a domain', async () => {
    const key = await testKey('EC-256');
    const keyVersionName = VERSION_NAME.replace('acme', 'example.com:acme');
    const { fetch } = fakeFetch(async (request, index) =>
      Response.json({ ...(await (await honest(google, key)(request, index)).json()), name: keyVersionName }),
    );
    const { certificates } = key;
    const work = createGoogleKmsSigner({ keyVersionName, accessToken: 'x', certificates, fetch });
    await expect(work).resolves.toBeDefined();
  });
});

/** The outcome if responses are changed. */
async function changed(change: (response: object, signing: boolean) => object, signs: boolean) {
  const key = await testKey('EC-256');
  const { fetch } = fakeFetch(async (request, index) => {
    const response = await honest(google, key)(request, index);
    return Response.json(change(await response.json(), google.isSigning(request)));
  });
  const create = google.create({ certificates: key.certificates, fetch, retries: 0 });
  return failure(signs ? create.then((signer) => signer.sign(MESSAGE)) : create);
}

describe('a key', () => {
  // Cloud KMS, "Key purposes and algorithms".
  it.each([
    'RSA_SIGN_PSS_4096_SHA256',
    'RSA_SIGN_PSS_3072_SHA256',
    'RSA_SIGN_PKCS1_2048_SHA256',
    'RSA_SIGN_RAW_PKCS1_2048',
    'RSA_DECRYPT_OAEP_2048_SHA256',
    'EC_SIGN_SECP256K1_SHA256',
    'EC_SIGN_ED25519',
    'PQ_SIGN_ML_DSA_65',
    'constructor',
  ])('of an algorithm that the specification does not know is rejected: %s', async (algorithm) => {
    const error = await changed((response) => ({ ...response, algorithm }), false);
    expect(error).toMatchObject({ code: 'ERR_ALGORITHM_UNSUPPORTED' });
    expect(error.message).toContain(algorithm);
  });

  it.each([
    ['garbled', { pemCrc32c: '1' }, 'does not match its CRC32C'],
    ['of another name', { name: VERSION_NAME.replace(/1$/, '2') }, 'a key other than'],
    [
      'whose kind does not fit its algorithm',
      { algorithm: 'RSA_SIGN_PSS_2048_SHA256' },
      'not of the kind RSA-2048',
    ],
    ['that is not PEM', { pem: 'AAAA', pemCrc32c: undefined }, 'something other than a public key'],
    [
      'with a malformed PEM',
      { pem: '-----BEGIN PUBLIC KEY-----\n*\n-----END PUBLIC KEY-----', pemCrc32c: undefined },
      'not PEM',
    ],
  ])('is rejected: %s', async (_, part, message) => {
    const error = await changed((response) => ({ ...response, ...part }), false);
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain(message);
  });
});

describe('a signature', () => {
  it.each([
    ['garbled', { signatureCrc32c: '1' }, 'does not match its CRC32C'],
    ['of what was not checked', { verifiedDigestCrc32c: false }, 'did not confirm the CRC32C'],
    [
      'that does not say whether it was checked',
      { verifiedDigestCrc32c: undefined },
      'did not confirm the CRC32C',
    ],
    ['without a checksum', { signatureCrc32c: undefined }, 'signatureCrc32c'],
    ['of another key', { name: VERSION_NAME.replace(/1$/, '2') }, 'signed with another key'],
    ['without a name', { name: undefined }, 'name'],
    [
      'that is not DER',
      { signature: 'AAAA', signatureCrc32c: String(crc32c(new Uint8Array(3))) },
      'malformed',
    ],
  ])('is rejected: %s', async (_, part, message) => {
    const error = await changed((response, signing) => (signing ? { ...response, ...part } : response), true);
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain(message);
  });
});

describe('a failure', () => {
  it.each([
    [403, 'PERMISSION_DENIED', 'ERR_KMS_UNAUTHORIZED'],
    [401, 'UNAUTHENTICATED', 'ERR_KMS_UNAUTHORIZED'],
    [404, 'NOT_FOUND', 'ERR_KEY_NOT_FOUND'],
    [400, 'FAILED_PRECONDITION', 'ERR_KMS_RESPONSE'],
  ])('is recognized by its status: %i %s', async (code, status, expected) => {
    const { fetch } = fakeFetch(() =>
      Response.json({ error: { code, message: 'because', status } }, { status: code }),
    );
    const error = await failure(google.create({ certificates: '', fetch, retries: 0 }));
    expect(error).toMatchObject({ code: expected });
    expect(error.message).toContain(`Google Cloud KMS responded with ${code}, ${status}: because`);
  });
});

describe('the key of a service account', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    type: 'service_account',
    client_email: 'signer@acme.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    private_key_id: '0123abcd',
    token_uri: 'https://oauth2.googleapis.com/token',
  };

  async function connect(onToken: Handler, change: Partial<GoogleServiceAccountKey> = {}) {
    const key = await testKey('EC-256');
    const { fetch, requests } = fakeFetch((request, index) =>
      request.url.pathname.endsWith('/token') ? onToken(request, index) : honest(google, key)(request, index),
    );
    const serviceAccountKey = { ...account, ...change };
    const { certificates } = key;
    const work = createGoogleKmsSigner({
      keyVersionName: VERSION_NAME,
      serviceAccountKey,
      certificates,
      fetch,
      retries: 0,
    });
    return { work, requests };
  }
  const given = () => Response.json({ access_token: 'ya29.given', expires_in: 3599, token_type: 'Bearer' });

  it('is used to get a token with a signed assertion, and the token is kept', async () => {
    const { work, requests } = await connect(given);
    await (await work).sign(MESSAGE);
    expect(requests.map(({ url }) => url.pathname.split('/').at(-1))).toEqual([
      'token',
      'publicKey',
      '1:asymmetricSign',
    ]);
    expect(requests[1]?.headers.authorization).toBe('Bearer ya29.given');
    // Google identity, "Using OAuth 2.0 for server to server applications".
    const form = new URLSearchParams(requests[0]?.body);
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: 'RS256',
      typ: 'JWT',
      kid: '0123abcd',
    });
    const { iat, ...rest } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(60);
    expect(rest).toEqual({
      iss: account.client_email,
      scope: 'https://www.googleapis.com/auth/cloudkms',
      aud: account.token_uri,
      exp: iat + 3600,
    });
    const signed = Buffer.from(`${header}.${claims}`);
    expect(
      verify(
        'sha256',
        signed,
        createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })),
        Buffer.from(signature, 'base64url'),
      ),
    ).toBe(true);
  });

  it('is rejected without being shown', async () => {
    const { work } = await connect(({ body }) =>
      Response.json(
        {
          error: 'invalid_grant',
          error_description: `Invalid JWT ${body} ${new URLSearchParams(body).get('assertion')}`,
        },
        { status: 400 },
      ),
    );
    const error = await failure(work);
    expect(error).toMatchObject({ code: 'ERR_KMS_UNAUTHORIZED' });
    expect(error.message).toContain('Google OAuth 2.0 responded with 400, invalid_grant: Invalid JWT');
    expect(everythingOf(error)).not.toContain('eyJ');
  });

  it.each([
    ['no PEM', 'secret'],
    ['no key', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----'],
  ])('that cannot be read is rejected: %s', async (_, private_key) => {
    const { work, requests } = await connect(given, { private_key });
    const error = await failure(work);
    expect(error).toMatchObject({ code: 'ERR_KEY_INVALID' });
    expect(everythingOf(error)).not.toMatch(/secret|c2VjcmV0/);
    expect(requests).toHaveLength(0);
  });

  it.each([{ client_email: '' }, { private_key: '' }, { token_uri: 'http://oauth2.example.com/token' }])(
    'that is incomplete or sends tokens elsewhere is rejected: %o',
    async (change) => {
      const { work, requests } = await connect(given, change);
      expect(await failure(work)).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
      expect(requests).toHaveLength(0);
    },
  );

  it.each([
    ['both', { accessToken: 'x', serviceAccountKey: account }],
    ['neither', {}],
  ])('or a token is given, and not %s', async (_, tokens) => {
    const work = createGoogleKmsSigner({ keyVersionName: VERSION_NAME, certificates: '', ...tokens });
    const error = await failure(work);
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect(error.message).toContain('accessToken or serviceAccountKey must be given');
  });
});
