import { describe, expect, it, vi } from 'vitest';
import { createAwsKmsSigner } from '../../src/kms/aws/index.ts';
import { createAzureKeyVaultSigner } from '../../src/kms/azure/index.ts';
import { createGoogleKmsSigner } from '../../src/kms/google/index.ts';
import { createVaultSigner } from '../../src/kms/vault/index.ts';
import { failure } from '../oci/support.ts';
import {
  base64,
  fakeFetch,
  type Handler,
  honest,
  MESSAGE,
  SERVICES,
  services,
  testKey,
  VERSION_NAME,
} from './support.ts';

const { aws, azure, google, vault } = services;
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };
const arn = (partition: string, region: string) =>
  `arn:${partition}:kms:${region}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

describe('a partition of AWS', () => {
  async function connect(options: { keyId: string; region?: string; endpoint?: string }) {
    const { certificates, spki } = await testKey('EC-256');
    const { fetch, requests } = fakeFetch(() =>
      Response.json({ KeyId: options.keyId, PublicKey: base64(spki), KeyUsage: 'SIGN_VERIFY' }),
    );
    const work = createAwsKmsSigner({
      credentials: CREDENTIALS,
      certificates,
      fetch,
      retries: 0,
      ...options,
    });
    return { work, requests };
  }

  it.each([
    ['aws', 'eu-west-1', 'kms.eu-west-1.amazonaws.com'],
    ['aws', 'zz-new-1', 'kms.zz-new-1.amazonaws.com'],
    ['aws-us-gov', 'us-gov-west-1', 'kms.us-gov-west-1.amazonaws.com'],
    ['aws-cn', 'cn-northwest-1', 'kms.cn-northwest-1.amazonaws.com.cn'],
    ['aws-eusc', 'eusc-de-east-1', 'kms.eusc-de-east-1.amazonaws.eu'],
    ['aws-iso', 'us-iso-east-1', 'kms.us-iso-east-1.c2s.ic.gov'],
    ['aws-iso-b', 'us-isob-east-1', 'kms.us-isob-east-1.sc2s.sgov.gov'],
    ['aws-iso-e', 'eu-isoe-west-1', 'kms.eu-isoe-west-1.cloud.adc-e.uk'],
    ['aws-iso-f', 'us-isof-south-1', 'kms.us-isof-south-1.csp.hci.ic.gov'],
  ])('has its own suffix: %s, %s', async (partition, region, host) => {
    const { work, requests } = await connect({ keyId: arn(partition, region) });
    await work;
    expect(requests[0]?.url.host).toBe(host);
  });

  it('is found by the region if keyId is not an ARN', async () => {
    const { work, requests } = await connect({ keyId: 'alias/release', region: 'eusc-de-east-1' });
    await work;
    expect(requests[0]?.url.host).toBe('kms.eusc-de-east-1.amazonaws.eu');
  });

  it.each([
    ['an unknown partition', { keyId: arn('aws-new', 'xx-new-1') }, 'endpoint'],
    ['an unknown region without an ARN', { keyId: 'alias/release', region: 'xx-new-1' }, 'endpoint'],
    ['an ARN of another region', { keyId: arn('aws', 'eu-west-1'), region: 'us-east-1' }, 'region'],
    ['an ARN with the region of another partition', { keyId: arn('aws', 'cn-north-1') }, 'aws-cn'],
    [
      'an ARN of an unknown partition with a known region',
      { keyId: arn('aws-new', 'eu-west-1'), endpoint: 'https://kms.example.com' },
      'partition',
    ],
  ])('has no default for %s, and nothing is sent', async (_, options, word) => {
    const { work, requests } = await connect(options);
    expect(await failure(work)).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(word),
    });
    expect(requests).toEqual([]);
  });

  it('may be unknown if the endpoint is given', async () => {
    const { work, requests } = await connect({
      keyId: arn('aws-new', 'xx-new-1'),
      endpoint: 'https://kms.example.com',
    });
    await work;
    expect(requests[0]?.url.host).toBe('kms.example.com');
    expect(requests[0]?.headers.authorization).toContain('/xx-new-1/kms/aws4_request');
  });
});

describe('a clock that differs from that of AWS', () => {
  async function connect(ahead: number, code: string) {
    const key = await testKey('EC-256');
    const stamp = (time: number) =>
      new Date(time)
        .toISOString()
        .replace(/[:-]|\.\d{3}/g, '')
        .slice(0, 13);
    const { fetch, requests } = fakeFetch((request, index) => {
      const now = Date.now() + ahead;
      // The same minute, or the one before.
      const accepted = [stamp(now), stamp(now - 60_000)];
      return accepted.includes(request.headers['x-amz-date']?.slice(0, 13) ?? '')
        ? honest(aws, key)(request, index)
        : Response.json(
            { __type: code, message: 'Signature expired: … (… - 5 min.)' },
            { status: 400, headers: { date: new Date(now).toUTCString() } },
          );
    });
    return { requests, work: aws.create({ certificates: key.certificates, fetch, retries: 0 }) };
  }

  it.each([
    [20, 'InvalidSignatureException'],
    [-20, 'RequestExpired'],
    [20, 'RequestTimeTooSkewed'],
  ])('is corrected by the Date of the response: %i minutes, %s', async (minutes, code) => {
    const { work, requests } = await connect(minutes * 60_000, code);
    expect(await (await work).sign(MESSAGE)).toHaveLength(64);
    expect(requests).toHaveLength(3);
  });

  it.each(['InvalidSignatureException', 'RequestExpired'])(
    'is named by the error if it is off by more than a day: %s',
    async (code) => {
      const { work, requests } = await connect(3 * 24 * 3_600_000, code);
      expect(await failure(work)).toMatchObject({
        code: 'ERR_KMS_UNAUTHORIZED',
        nextStep: expect.stringContaining('clock of this machine'),
      });
      expect(requests).toHaveLength(1);
    },
  );
});

describe('a vault of Azure', () => {
  const credentials = { tenantId: 'acme.example', clientId: 'ci', clientSecret: 'secret-of-app' };

  async function connect(keyId: string, more: object, handler?: Handler) {
    const key = await testKey('EC-256');
    const { fetch, requests } = fakeFetch(
      handler ??
        ((request, index) =>
          request.url.pathname.endsWith('/token')
            ? Response.json({ access_token: 'eyJ0', expires_in: 3599 })
            : honest(azure, key)(request, index)),
    );
    const options = { keyId, certificates: key.certificates, fetch, retries: 0 };
    return { requests, work: createAzureKeyVaultSigner({ ...options, ...more }) };
  }

  it.each([
    'https://acme.vault.sovcloud-api.fr/keys/release',
    'https://vault.azure.net.evil.example/keys/release',
    'https://acme.vault.azure.net.evil.example/keys/release',
    'https://vault.internal.example/keys/release',
  ])('in no known cloud gets no client secret sent anywhere: %s', async (keyId) => {
    for (const more of [
      {},
      { authority: 'https://login.example.com' },
      { scope: 'https://vault.example/.default' },
    ]) {
      const { work, requests } = await connect(keyId, { clientCredentials: { ...credentials, ...more } });
      expect(await failure(work)).toMatchObject({
        code: 'ERR_ARGUMENT_INVALID',
        message: expect.stringContaining('authority and scope'),
      });
      expect(requests).toEqual([]);
    }
  });

  it('in no known cloud is used with the given authority and scope', async () => {
    const clientCredentials = {
      ...credentials,
      authority: 'https://login.sovcloud-identity.fr',
      scope: 'https://vault.sovcloud-api.fr/.default',
    };
    const { work, requests } = await connect('https://acme.vault.sovcloud-api.fr/keys/release', {
      clientCredentials,
    });
    await work;
    expect(requests.map(({ url }) => url.host)).toEqual([
      'login.sovcloud-identity.fr',
      'acme.vault.sovcloud-api.fr',
    ]);
  });

  it('takes the identifier of a key with a slash at the end', async () => {
    const { work, requests } = await connect('https://acme.vault.azure.net/keys/release/', { token: 'eyJ0' });
    await (await work).sign(MESSAGE);
    expect(requests[0]?.url.pathname).toBe('/keys/release');
  });

  it.each(['certificates', 'secrets'])('names the key in the place of an identifier of %s', async (kind) => {
    const { work } = await connect(`https://acme.vault.azure.net/${kind}/release/0123`, { token: 'eyJ0' });
    expect(await failure(work)).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('https://acme.vault.azure.net/keys/release'),
    });
  });

  it('at a private address names the identifier to give', async () => {
    const { publicKey } = await testKey('EC-256');
    const kid = `https://acme.vault.azure.net/keys/release/${'0'.repeat(32)}`;
    const { work } = await connect('https://acme.privatelink.example/keys/release', { token: 'eyJ0' }, () =>
      Response.json({ key: { kid, ...publicKey.export({ format: 'jwk' }) } }),
    );
    expect(await failure(work)).toMatchObject({
      code: 'ERR_KMS_RESPONSE',
      message: expect.stringContaining(`"${kid}"`),
      nextStep: expect.stringContaining('private endpoint'),
    });
  });
});

describe('a key version of Google', () => {
  async function connect(keyVersionName: string, handler?: Handler) {
    const key = await testKey('EC-256');
    const { fetch, requests } = fakeFetch(handler ?? honest(google, key));
    const options = { accessToken: 'ya29.x', certificates: key.certificates, fetch, retries: 0 };
    return { requests, work: createGoogleKmsSigner({ keyVersionName, ...options }) };
  }

  it.each(['//cloudkms.googleapis.com/', '//cloudkms.googleapis.com/v1/'])(
    'is taken by its full resource name: %s',
    async (prefix) => {
      const { work, requests } = await connect(`${prefix}${VERSION_NAME}`);
      await (await work).sign(MESSAGE);
      expect(requests[0]?.url.pathname).toBe(`/v1/${VERSION_NAME}/publicKey`);
    },
  );

  it('with a project number is rejected: the id is required', async () => {
    const { work } = await connect(VERSION_NAME.replace('acme', '123456789012'));
    expect(await failure(work)).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('id of the project'),
    });
  });

  it.each(['PQ_SIGN_ML_DSA_65', 'PQ_SIGN_SLH_DSA_SHA2_128S'])(
    'of a post-quantum algorithm is not supported: %s',
    async (algorithm) => {
      const { work } = await connect(VERSION_NAME, () => Response.json({ algorithm, name: VERSION_NAME }));
      expect(await failure(work)).toMatchObject({
        code: 'ERR_ALGORITHM_UNSUPPORTED',
        message: expect.stringContaining(algorithm),
      });
    },
  );

  it.each([
    ['FAILED_PRECONDITION', 'Enable the version'],
    ['INVALID_ARGUMENT', 'post-quantum'],
  ])('that the service does not use says what to do: %s', async (status, step) => {
    const { work } = await connect(VERSION_NAME, () =>
      Response.json({ error: { code: 400, status, message: 'is not enabled' } }, { status: 400 }),
    );
    expect(await failure(work)).toMatchObject({
      code: 'ERR_KMS_RESPONSE',
      nextStep: expect.stringContaining(step),
    });
  });

  it('is not requested with the key of an account of another cloud', async () => {
    const { certificates } = await testKey('EC-256');
    const { fetch, requests } = fakeFetch(() => Response.json({}));
    const serviceAccountKey = { client_email: 'ci@x', private_key: 'pem', universe_domain: 's3nsapis.fr' };
    const work = createGoogleKmsSigner({
      keyVersionName: VERSION_NAME,
      serviceAccountKey,
      certificates,
      fetch,
    });
    expect(await failure(work)).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect(requests).toEqual([]);
  });
});

describe('a key of AWS', () => {
  it.each(['DisabledException', 'KMSInvalidStateException'])(
    'that does not sign now is to be enabled: %s',
    async (__type) => {
      const { certificates } = await testKey('EC-256');
      const { fetch } = fakeFetch(() => Response.json({ __type, message: 'is disabled' }, { status: 400 }));
      expect(await failure(aws.create({ certificates, fetch, retries: 0 }))).toMatchObject({
        code: 'ERR_KMS_RESPONSE',
        nextStep: expect.stringContaining('Enable the key'),
      });
    },
  );

  it('of a post-quantum algorithm is not supported', async () => {
    const { certificates } = await testKey('EC-256');
    // SubjectPublicKeyInfo with id-ml-dsa-65.
    const spki = Buffer.from('301530 0b0609608648016503040312 03060001020304 05'.replaceAll(' ', ''), 'hex');
    const { fetch } = fakeFetch(() =>
      Response.json({
        KeyId: arn('aws', 'eu-west-1'),
        PublicKey: base64(spki),
        KeyUsage: 'SIGN_VERIFY',
        SigningAlgorithms: ['ML_DSA_SHAKE_256'],
      }),
    );
    expect(await failure(aws.create({ certificates, fetch, retries: 0 }))).toMatchObject({
      code: 'ERR_ALGORITHM_UNSUPPORTED',
    });
  });
});

describe('Vault', () => {
  it('is sent the request again after a replica that is behind', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const key = await testKey('EC-256');
    const { fetch, requests } = fakeFetch((request, index) =>
      index % 2 === 0
        ? Response.json({ errors: ['required index state not present'] }, { status: 412 })
        : honest(vault, key)(request, index),
    );
    const signer = await vault.create({ certificates: key.certificates, fetch });
    expect(await signer.sign(MESSAGE)).toHaveLength(64);
    expect(requests).toHaveLength(4);
  });

  it('is the only service whose 412 is treated as temporary', async () => {
    const key = await testKey('EC-256');
    const { fetch, requests } = fakeFetch(() => new Response('', { status: 412 }));
    await failure(google.create({ certificates: key.certificates, fetch }));
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['transit/', 'transit'],
    ['/transit', 'transit'],
    ['/teams/a/transit/', 'teams/a/transit'],
  ])('takes a mount as it lists it: %s', async (mount, path) => {
    const key = await testKey('EC-256');
    const { fetch, requests } = fakeFetch(honest(vault, key));
    const address = 'https://vault.example.com:8200';
    await createVaultSigner({
      address,
      token: 'hvs.x',
      keyName: 'release',
      mount,
      fetch,
      certificates: key.certificates,
    });
    expect(requests[0]?.url.pathname).toBe(`/v1/${path}/keys/release`);
  });
});

describe.each(SERVICES)('a request to %s', (_, service) => {
  it('does no harm if the runtime sends it twice', async () => {
    const key = await testKey('EC-256');
    const { fetch, requests } = fakeFetch(honest(service, key));
    const twice: typeof globalThis.fetch = async (input, init) => {
      await fetch(input, init);
      return fetch(input, init);
    };
    const signer = await service.create({ certificates: key.certificates, fetch: twice });
    expect(await signer.sign(MESSAGE)).toHaveLength(64);
    expect(requests).toHaveLength(4);
  });
});
