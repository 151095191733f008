import { createHash, createHmac } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAwsKmsSigner } from '../../src/kms/aws/index.ts';
import { failure } from '../oci/support.ts';
import { base64, fakeFetch, type Handler, honest, MESSAGE, services, testKey } from './support.ts';

const { aws } = services;
const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const ARN = 'arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

afterEach(() => {
  vi.useRealTimers();
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The header that AWS requires, computed as its documentation says and by none of the code under test. */
function authorization(target: string, body: string): string {
  const names = 'host;x-amz-date;x-amz-target';
  const scope = '20150830/us-east-2/kms/aws4_request';
  const canonical = `POST\n/\n\nhost:kms.us-east-2.amazonaws.com\nx-amz-date:20150830T123600Z\nx-amz-target:${target}\n\n${names}\n${sha256(body)}`;
  const key = ['20150830', 'us-east-2', 'kms', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${CREDENTIALS.secretAccessKey}`,
  );
  const signature = hmac(key, `AWS4-HMAC-SHA256\n20150830T123600Z\n${scope}\n${sha256(canonical)}`).toString(
    'hex',
  );
  return `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

describe('the documented requests', () => {
  // AWS KMS API reference, "Sign", with the alias and the names of its first example, and "GetPublicKey".
  it('are sent byte for byte, and responses in the documented form are read', async () => {
    vi.useFakeTimers({ now: new Date('2015-08-30T12:36:00Z'), toFake: ['Date'] });
    const key = await testKey('EC-384');
    const { fetch, requests } = fakeFetch(({ headers, body }) =>
      headers['x-amz-target'] === 'TrentService.GetPublicKey'
        ? Response.json({
            CustomerMasterKeySpec: 'ECC_NIST_P384',
            KeyId: ARN,
            KeySpec: 'ECC_NIST_P384',
            KeyUsage: 'SIGN_VERIFY',
            PublicKey: base64(key.spki),
            SigningAlgorithms: ['ECDSA_SHA_384'],
          })
        : Response.json({
            KeyId: ARN,
            Signature: base64(key.sign(Buffer.from(JSON.parse(body).Message, 'base64'), 'der')),
            SigningAlgorithm: 'ECDSA_SHA_384',
          }),
    );
    const signer = await createAwsKmsSigner({
      keyId: 'alias/ECC_signing_key',
      region: 'us-east-2',
      credentials: CREDENTIALS,
      certificates: key.certificates,
      fetch,
    });
    expect(await signer.sign(MESSAGE)).toHaveLength(96);
    const digest = createHash('sha384').update(MESSAGE).digest('base64');
    const bodies = [
      '{"KeyId":"alias/ECC_signing_key"}',
      `{"KeyId":"alias/ECC_signing_key","Message":"${digest}","MessageType":"DIGEST","SigningAlgorithm":"ECDSA_SHA_384"}`,
    ];
    expect(requests).toEqual(
      ['TrentService.GetPublicKey', 'TrentService.Sign'].map((target, i) => ({
        method: 'POST',
        url: new URL('https://kms.us-east-2.amazonaws.com/'),
        headers: {
          authorization: authorization(target, bodies[i] ?? ''),
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-date': '20150830T123600Z',
          'x-amz-target': target,
        },
        body: bodies[i],
      })),
    );
  });

  it.each([
    ['RSA-2048', 'RSASSA_PSS_SHA_256'],
    ['RSA-3072', 'RSASSA_PSS_SHA_384'],
    ['RSA-4096', 'RSASSA_PSS_SHA_512'],
    ['EC-256', 'ECDSA_SHA_256'],
    ['EC-384', 'ECDSA_SHA_384'],
    ['EC-521', 'ECDSA_SHA_512'],
  ] as const)('name the algorithm of the specification: %s, %s', async (keySpec, name) => {
    const key = await testKey(keySpec);
    const { fetch, requests } = fakeFetch(honest(aws, key));
    await (await aws.create({ certificates: key.certificates, fetch })).sign(MESSAGE);
    expect(JSON.parse(requests[1]?.body ?? '')).toMatchObject({
      SigningAlgorithm: name,
      MessageType: 'DIGEST',
    });
  });

  it('carry the token of a session, signed', async () => {
    const key = await testKey('EC-256');
    const { fetch, requests } = fakeFetch(honest(aws, key));
    const credentials = { ...CREDENTIALS, sessionToken: 'FwoGZXIvYXdzE' };
    await createAwsKmsSigner({ keyId: ARN, credentials, certificates: key.certificates, fetch });
    expect(requests[0]?.headers).toMatchObject({
      'x-amz-security-token': 'FwoGZXIvYXdzE',
      authorization: expect.stringContaining(
        'SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target',
      ),
    });
  });
});

describe('the region', () => {
  const signerOf = async (options: { keyId: string; region?: string; endpoint?: string }) => {
    const key = await testKey('EC-256');
    const { fetch, requests } = fakeFetch(honest(aws, key));
    const work = createAwsKmsSigner({
      credentials: CREDENTIALS,
      certificates: key.certificates,
      fetch,
      retries: 0,
      ...options,
    });
    return { work, requests };
  };

  it.each([
    [{ keyId: ARN }, 'kms.us-east-2.amazonaws.com'],
    [
      { keyId: ARN.replace('aws:', 'aws-us-gov:').replace('us-east-2', 'us-gov-west-1') },
      'kms.us-gov-west-1.amazonaws.com',
    ],
    [
      { keyId: ARN.replace('aws:', 'aws-cn:').replace('us-east-2', 'cn-north-1') },
      'kms.cn-north-1.amazonaws.com.cn',
    ],
    [{ keyId: ARN, region: 'us-east-2' }, 'kms.us-east-2.amazonaws.com'],
    [{ keyId: 'alias/release', region: 'eu-west-1' }, 'kms.eu-west-1.amazonaws.com'],
    [{ keyId: ARN, endpoint: 'http://127.0.0.1:4566' }, '127.0.0.1:4566'],
  ])('decides which host gets the requests: %o', async (options, host) => {
    const { work, requests } = await signerOf(options);
    await work;
    expect(requests[0]?.url.host).toBe(host);
  });

  it.each([
    [{ keyId: '1234abcd-12ab-34cd-56ef-1234567890ab' }, 'region'],
    [{ keyId: ARN, region: 'evil.example/' }, 'region'],
    [{ keyId: ARN, region: '' }, 'region'],
    [{ keyId: '', region: 'eu-west-1' }, 'keyId'],
    [{ keyId: 'alias/a b', region: 'eu-west-1' }, 'keyId'],
  ])('or the key is rejected: %o', async (options, name) => {
    const { work, requests } = await signerOf(options);
    const error = await failure(work);
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect(error.message).toContain(name);
    expect(requests).toHaveLength(0);
  });
});

/** The outcome if responses are changed. */
async function changed(change: (response: object, signing: boolean) => object, signs = false) {
  const key = await testKey('EC-256');
  const { fetch } = fakeFetch(async (request, index) => {
    const response = await honest(aws, key)(request, index);
    return Response.json(change(await response.json(), aws.isSigning(request)));
  });
  const create = aws.create({ certificates: key.certificates, fetch, retries: 0 });
  return failure(signs ? create.then((signer) => signer.sign(MESSAGE)) : create);
}

describe('a key', () => {
  it.each([
    ['for encryption', { KeyUsage: 'ENCRYPT_DECRYPT' }, 'ENCRYPT_DECRYPT'],
    ['for agreement', { KeyUsage: 'KEY_AGREEMENT' }, 'KEY_AGREEMENT'],
    ['that does not sign so', { SigningAlgorithms: ['ECDSA_SHA_384'] }, 'does not sign with ECDSA_SHA_256'],
    // SubjectPublicKeyInfo of secp256k1 and of Ed25519.
    [
      'on secp256k1',
      {
        PublicKey: base64(
          Buffer.from(
            '3056301006072a8648ce3d020106052b8104000a034200'.padEnd(46, '0') + '04'.padEnd(130, '1'),
            'hex',
          ),
        ),
      },
      'curve',
    ],
    [
      'of Ed25519',
      { PublicKey: base64(Buffer.from(`302a300506032b6570032100${'1'.repeat(64)}`, 'hex')) },
      '1.3.101.112',
    ],
  ])('is rejected before anything is signed: %s', async (_, change, message) => {
    const error = await changed((response) => ({ ...response, ...change }));
    expect(error).toMatchObject({ code: 'ERR_ALGORITHM_UNSUPPORTED' });
    expect(error.message).toContain(message);
  });

  it.each([
    ['no base64', '***'],
    ['no DER', 'AAAA'],
    ['nothing', ''],
  ])('is rejected when it is malformed: %s', async (_, PublicKey) => {
    expect(await changed((response) => ({ ...response, PublicKey }))).toMatchObject({
      code: 'ERR_KMS_RESPONSE',
    });
  });
});

describe('a signature', () => {
  const change = (part: object) =>
    changed((response, signing) => (signing ? { ...response, ...part } : response), true);

  it.each([
    ['with another algorithm', { SigningAlgorithm: 'ECDSA_SHA_384' }, 'did not sign with ECDSA_SHA_256'],
    ['of another key', { KeyId: ARN }, 'signed with another key'],
    ['that is not DER', { Signature: base64(Buffer.alloc(64, 1)) }, 'malformed'],
    ['with a negative number', { Signature: base64(Buffer.from('30060201ff020102', 'hex')) }, 'negative'],
  ])('is rejected: %s', async (_, part, message) => {
    const error = await change(part);
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain(message);
  });

  it('that is well-formed but does not verify is rejected', async () => {
    const Signature = base64(Buffer.from('3006020101020102', 'hex'));
    expect(await change({ Signature })).toMatchObject({ code: 'ERR_SIGNER_FAILED' });
  });
});

describe('a failure', () => {
  const refused = (handler: Handler, retries = 0) => {
    const { fetch, requests } = fakeFetch(handler);
    return { error: failure(aws.create({ certificates: '', fetch, retries })), requests };
  };

  // AWS KMS API reference, "Common Errors" and the errors of "Sign": they come with the status 400.
  it.each([
    ['NotFoundException', 'ERR_KEY_NOT_FOUND'],
    ['com.amazonaws.kms#NotFoundException', 'ERR_KEY_NOT_FOUND'],
    ['AccessDeniedException', 'ERR_KMS_UNAUTHORIZED'],
    ['ExpiredTokenException', 'ERR_KMS_UNAUTHORIZED'],
    ['InvalidSignatureException', 'ERR_KMS_UNAUTHORIZED'],
    ['UnrecognizedClientException', 'ERR_KMS_UNAUTHORIZED'],
    ['DisabledException', 'ERR_KMS_RESPONSE'],
    ['constructor', 'ERR_KMS_RESPONSE'],
  ])('is recognized by its name: %s', async (__type, code) => {
    const { error, requests } = refused(
      () => Response.json({ __type, message: 'because' }, { status: 400 }),
      3,
    );
    expect(await error).toMatchObject({ code });
    expect((await error).message).toContain(`${__type.replace(/.*#/, '')}: because`);
    expect(requests).toHaveLength(1);
  });

  it.each(['ThrottlingException', 'KMSInternalException', 'DependencyTimeoutException'])(
    'is one that may pass: %s',
    async (__type) => {
      const headers = { 'retry-after': '0' };
      const { error, requests } = refused(() => Response.json({ __type }, { status: 400, headers }), 2);
      expect((await error).message).toContain(__type);
      expect(requests).toHaveLength(3);
    },
  );
});
