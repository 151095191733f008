import { describe, expect, it } from 'vitest';
import { type AzureClientCredentials, createAzureKeyVaultSigner } from '../../src/kms/azure/index.ts';
import { everythingOf, failure } from '../oci/support.ts';
import { fakeFetch, type Handler, honest, MESSAGE, services, testKey } from './support.ts';

const { azure } = services;

describe('the credentials of an application', () => {
  const credentials = {
    tenantId: 'contoso.onmicrosoft.com',
    clientId: 'app',
    clientSecret: 'a~b+c/d=secret-of-app',
  };
  const isToken = (path: string) => path.endsWith('/oauth2/v2.0/token');

  async function connect(
    onToken: Handler,
    {
      vault = 'https://acme.vault.azure.net',
      onVault,
      ...change
    }: Partial<AzureClientCredentials> & { vault?: string; onVault?: Handler } = {},
  ) {
    const key = await testKey('EC-256');
    let tokens = 0;
    const { fetch, requests } = fakeFetch((request, index) =>
      isToken(request.url.pathname)
        ? onToken(request, tokens++)
        : (onVault ?? honest(azure, key))(request, index),
    );
    const clientCredentials = { ...credentials, ...change };
    const work = createAzureKeyVaultSigner({
      keyId: `${vault}/keys/release`,
      clientCredentials,
      certificates: key.certificates,
      fetch,
      retries: 0,
    });
    return { work, requests };
  }
  // Microsoft identity platform, "OAuth 2.0 client credentials flow": the successful response.
  const given = (token = 'eyJ0eXAi', expires_in: unknown = 3599) =>
    Response.json({ token_type: 'Bearer', expires_in, access_token: token });

  it('charge the request for a token to the operation that needs it', async () => {
    const { work } = await connect(() => given('eyJ0eXAi', 0));
    const signer = await work;
    const charged: Record<string, number> = {};
    const budget = {
      charge: (resource: string, amount: number) => {
        charged[resource] = (charged[resource] ?? 0) + amount;
      },
    };
    await signer.sign(MESSAGE, { budget });
    expect(charged.requests).toBe(2);
    expect(charged.bytes).toBeGreaterThan(JSON.stringify({ access_token: 'eyJ0eXAi' }).length);
  });

  it('get a token with the documented request, and the token is kept', async () => {
    const { work, requests } = await connect(() => given());
    await (await work).sign(MESSAGE);
    expect(requests.map(({ url }) => url.pathname)).toEqual([
      '/contoso.onmicrosoft.com/oauth2/v2.0/token',
      '/keys/release',
      expect.stringMatching(/\/sign$/),
    ]);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: new URL('https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token'),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials&client_id=app&client_secret=a%7Eb%2Bc%2Fd%3Dsecret-of-app&scope=https%3A%2F%2Fvault.azure.net%2F.default',
    });
    expect(requests[1]?.headers.authorization).toBe('Bearer eyJ0eXAi');
  });

  it.each([
    ['acme.managedhsm.azure.net', 'login.microsoftonline.com', 'https://managedhsm.azure.net/.default'],
    ['acme.vault.azure.cn', 'login.chinacloudapi.cn', 'https://vault.azure.cn/.default'],
    ['acme.vault.usgovcloudapi.net', 'login.microsoftonline.us', 'https://vault.usgovcloudapi.net/.default'],
  ])('are those of the cloud of the vault: %s', async (host, authority, scope) => {
    const { work, requests } = await connect(() => given(), { vault: `https://${host}` });
    await work;
    expect(requests[0]?.url.host).toBe(authority);
    expect(new URLSearchParams(requests[0]?.body).get('scope')).toBe(scope);
  });

  it('are sent to the given authority', async () => {
    const { work, requests } = await connect(() => given(), {
      authority: 'https://login.example.com/base/',
      scope: 'other',
    });
    await work;
    expect(requests[0]?.url.href).toBe(
      'https://login.example.com/base/contoso.onmicrosoft.com/oauth2/v2.0/token',
    );
    expect(new URLSearchParams(requests[0]?.body).get('scope')).toBe('other');
  });

  it('get another token if the vault refuses the first', async () => {
    const key = await testKey('EC-256');
    const { work, requests } = await connect((_request, index) => given(`token-${index}`), {
      onVault: (request, index) =>
        request.headers.authorization === 'Bearer token-0'
          ? new Response('', { status: 401 })
          : honest(azure, key)(request, index),
    });
    await work;
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      'Bearer token-0',
      undefined,
      'Bearer token-1',
    ]);
  });

  it.each([30, '30', 0, -5])('get another token before one expires: %j seconds', async (seconds) => {
    const { work, requests } = await connect((_request, index) => given(`token-${index}`, seconds));
    await (await work).sign(MESSAGE);
    expect(requests.filter(({ url }) => isToken(url.pathname))).toHaveLength(2);
  });

  it('are not shown by the error of a refusal', async () => {
    const { work } = await connect(({ body }) =>
      Response.json(
        {
          error: 'invalid_client',
          error_description: `AADSTS7000215: Invalid client secret provided: ${body} ${credentials.clientSecret}`,
        },
        { status: 401 },
      ),
    );
    const error = await failure(work);
    expect(error).toMatchObject({ code: 'ERR_KMS_UNAUTHORIZED' });
    expect(error.message).toContain('Microsoft Entra responded with 401, invalid_client: AADSTS7000215');
    expect(everythingOf(error)).not.toContain('secret-of-app');
  });

  it.each([
    ['no token', {}],
    ['a token for no header', { access_token: 'two words', expires_in: 3599 }],
    ['no end', { access_token: 'eyJ0' }],
  ])('cannot be used if the response has %s', async (_, response) => {
    const { work } = await connect(() => Response.json(response));
    const error = await failure(work);
    expect(error).toMatchObject({ code: 'ERR_KMS_RESPONSE' });
    expect(error.message).toContain('response of Microsoft Entra');
  });

  it.each([
    { tenantId: '../x' },
    { tenantId: '' },
    { clientId: '' },
    { clientSecret: 'two words' },
    { authority: 'http://login.example.com' },
  ])('are rejected: %o', async (change) => {
    const { work, requests } = await connect(() => given(), change);
    expect(await failure(work)).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect(requests).toHaveLength(0);
  });

  it.each([
    ['with a token', { token: 'x', clientCredentials: credentials }],
    ['without either', {}],
  ])('are rejected %s', async (_, tokens) => {
    const keyId = 'https://acme.vault.azure.net/keys/release';
    const error = await failure(createAzureKeyVaultSigner({ keyId, certificates: '', ...tokens }));
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect(error.message).toContain('token or clientCredentials must be given');
  });
});
