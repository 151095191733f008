import { describe, expect, it, vi } from 'vitest';
import type { CredentialSource } from '../../src/oci/index.ts';
import { acrCredentials, type ExchangeOptions, ecrCredentials } from '../../src/registries/index.ts';
import { everythingOf, failure, respond, serve, thrown } from './support.ts';

const ACCOUNT = '012345678910';
const ECR = `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`;
const ACR = 'acme.azurecr.io';
const SECRET = 'do-not-tell-this-secret-to-anybody';
const aws = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: SECRET };

const soon = (seconds: number) => Date.now() / 1000 + seconds;
const ecrResponse = (password = 'pass', expiresAt: unknown = soon(43_200)) => ({
  authorizationData: [
    { authorizationToken: btoa(`AWS:${password}`), expiresAt, proxyEndpoint: `https://${ECR}` },
  ],
});
const jwt = (exp: unknown) => `h.${Buffer.from(JSON.stringify({ aud: ACR, exp })).toString('base64url')}.s`;

const helpers: {
  name: string;
  host: string;
  good: (seconds: number) => unknown;
  make: (options: ExchangeOptions) => CredentialSource;
}[] = [
  {
    name: 'Amazon ECR',
    host: ECR,
    good: (seconds) => ecrResponse('pass', soon(seconds)),
    make: (options) => ecrCredentials({ credentials: aws, ...options }),
  },
  {
    name: 'the Azure Container Registry',
    host: ACR,
    good: (seconds) => ({ refresh_token: jwt(soon(seconds)) }),
    make: (options) => acrCredentials({ host: ACR, entraToken: SECRET, ...options }),
  },
];

describe.each(helpers)('the helper for $name', ({ host, good, make }) => {
  it('sends one request for concurrent callers, and none while the token is valid', async () => {
    const { fetch, seen } = await serve((response) => respond(response, 200, good(3600)));
    const find = make({ fetch });
    const [a, b] = await Promise.all([find(host), find(host)]);
    expect(a).toEqual(b);
    expect(await find(host)).toEqual(a);
    expect(seen).toHaveLength(1);
  });

  it('requests another token a minute before the expiry', async () => {
    const { fetch, seen } = await serve((response) => respond(response, 200, good(59)));
    const find = make({ fetch });
    await find(host);
    await find(host);
    expect(seen).toHaveLength(2);
  });

  it('sends another request after a failure', async () => {
    let status = 503;
    const { fetch } = await serve((response) => respond(response, status, good(3600)));
    const find = make({ fetch });
    expect(await failure(find(host))).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    status = 200;
    expect(await find(host)).toBeDefined();
  });

  it('sends no request for another host', async () => {
    const { fetch, seen } = await serve((response) => respond(response, 200, good(3600)));
    const find = make({ fetch });
    const others = ['evil.example', `evil.example.${host}`, `${host}:8443`, `x${host}`, `${host}\n`, ''];
    for (const other of others) expect(await find(other), other).toBeUndefined();
    expect(seen).toEqual([]);
  });

  it('does not follow a redirect with its secret', async () => {
    const other = await serve((response) => respond(response, 200, good(3600)));
    const { fetch } = await serve((response) =>
      response.writeHead(307, { location: `${other.origin}/` }).end(),
    );
    expect(await failure(make({ fetch })(host))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: expect.stringContaining('responded with 307'),
    });
    expect(other.seen).toEqual([]);
  });

  it('gives up a response that does not end within the timeout', async () => {
    const { fetch } = await serve((response) => response.writeHead(200).write('{'));
    expect(await failure(make({ fetch, timeout: 50 })(host))).toMatchObject({ code: 'ERR_TIMEOUT' });
  });

  it('is stopped by its signal', async () => {
    const controller = new AbortController();
    const { fetch } = await serve(() => controller.abort());
    expect(await failure(make({ fetch, signal: controller.signal })(host))).toMatchObject({
      code: 'ERR_ABORTED',
    });
  });

  it('does not read an endless response', async () => {
    const { fetch } = await serve((response) => respond(response, 200, `"${'x'.repeat(300_000)}"`));
    expect(await failure(make({ fetch })(host))).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
  });

  it.each([
    ['no JSON', 'not JSON'],
    ['of another shape', '{}'],
    ['null', 'null'],
    ['without a token', '{"authorizationData":[],"refresh_token":""}'],
    ['with a token of another type', '{"authorizationData":[{"authorizationToken":1}],"refresh_token":1}'],
    [
      'with a token that would end a header',
      '{"authorizationData":[{"authorizationToken":"QVdTOgo="}],"refresh_token":"a\\nb"}',
    ],
    ['with a token of no user', '{"authorizationData":[{"authorizationToken":"OnA="}],"refresh_token":" "}'],
  ])('rejects a response that is %s', async (_, body) => {
    const { fetch } = await serve((response) => respond(response, 200, body));
    expect(await failure(make({ fetch })(host))).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
  });

  it('shows no secret that a refusal repeats', async () => {
    const errors = [{ code: SECRET, message: SECRET }];
    for (const body of [{ __type: SECRET, message: SECRET }, { errors }, SECRET]) {
      const { fetch } = await serve((response) => respond(response, 403, body));
      const error = await failure(make({ fetch })(host));
      expect(error.code).toBe('ERR_REGISTRY_UNAUTHORIZED');
      expect(everythingOf(error)).not.toContain(SECRET);
    }
  });

  it('shows no token of a response that cannot be read', async () => {
    const { fetch } = await serve((response) => respond(response, 200, `token-secret`));
    expect(everythingOf(await failure(make({ fetch })(host)))).not.toContain('token-secret');
  });

  it('reports an unreachable service without the message of fetch', async () => {
    const fetch = () => Promise.reject(new Error(`failed with ${SECRET}`));
    const error = await failure(make({ fetch })(host));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNREACHABLE' });
    expect(everythingOf(error)).not.toContain(SECRET);
  });

  it.each([0, -1, Number.NaN, Infinity, 2 ** 31])('rejects the timeout %s', async (timeout) => {
    expect(await thrown(() => make({ timeout }))).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
  });
});

describe('the helper for Amazon ECR', () => {
  it('sends the request of the models of the AWS SDKs, signed for the region of the registry', async () => {
    const { fetch, seen } = await serve((response) => respond(response, 200, ecrResponse()));
    const find = ecrCredentials({ credentials: { ...aws, sessionToken: 'session' }, fetch });
    expect(await find(ECR)).toEqual({ username: 'AWS', password: 'pass' });
    expect(seen[0]).toMatchObject({
      body: '{}',
      headers: {
        'x-meant-for': 'https://api.ecr.eu-west-1.amazonaws.com',
        'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
        'x-amz-security-token': 'session',
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-west-1\/ecr\/aws4_request, /,
        ),
      },
    });
  });

  it('keeps a token for each region, and requests those of China under .com.cn', async () => {
    const { fetch, seen } = await serve((response) => respond(response, 200, ecrResponse()));
    const find = ecrCredentials({ credentials: aws, fetch });
    await find(ECR);
    await find(`999999999999.dkr.ecr.eu-west-1.amazonaws.com`);
    await find(`${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn`);
    expect(seen.map(({ headers }) => headers['x-meant-for'])).toEqual([
      'https://api.ecr.eu-west-1.amazonaws.com',
      'https://api.ecr.cn-north-1.amazonaws.com.cn',
    ]);
  });

  it('has credentials for the given region and account only', async () => {
    const { fetch } = await serve((response) => respond(response, 200, ecrResponse()));
    const find = ecrCredentials({ credentials: aws, region: 'eu-west-1', registryId: ACCOUNT, fetch });
    expect(await find(ECR)).toBeDefined();
    expect(await find(`${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`)).toBeUndefined();
    expect(await find('999999999999.dkr.ecr.eu-west-1.amazonaws.com')).toBeUndefined();
  });

  it('sends the request to the given endpoint', async () => {
    const { origin, seen } = await serve((response) => respond(response, 200, ecrResponse()));
    const find = ecrCredentials({ credentials: () => aws, region: 'eu-west-1', endpoint: origin });
    expect(await find(ECR)).toBeDefined();
    expect(seen).toHaveLength(1);
  });

  it('keeps no token longer than twelve hours, even if the response claims more', async () => {
    const { fetch, seen } = await serve((response) => respond(response, 200, ecrResponse('pass', 1e12)));
    const find = ecrCredentials({ credentials: aws, fetch });
    await find(ECR);
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 12 * 3600 * 1000);
    await find(ECR);
    now.mockRestore();
    expect(seen).toHaveLength(2);
  });

  it('reports the name of a failure', async () => {
    const body = { __type: 'UnrecognizedClientException', message: 'The security token is invalid.' };
    const { fetch } = await serve((response) => respond(response, 400, body));
    expect(await failure(ecrCredentials({ credentials: aws, fetch })(ECR))).toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
      message: 'Amazon ECR responded with 400 (UnrecognizedClientException) to the request for a token',
    });
  });

  it.each([
    ['region', { region: 'evil.example/' }],
    ['registryId', { registryId: '1' }],
    ['endpoint needs the region', { endpoint: 'https://vpce.example' }],
    ['https:', { region: 'eu-west-1', endpoint: 'http://vpce.example' }],
    ['https:', { region: 'eu-west-1', endpoint: 'https://a:b@vpce.example' }],
  ])('rejects what cannot be right: %s', async (name, options) => {
    expect(await thrown(() => ecrCredentials({ credentials: aws, ...options }))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(name),
    });
  });
});

describe('the helper for the Azure Container Registry', () => {
  it('exchanges the token of Entra at the registry itself', async () => {
    const token = jwt(soon(3600));
    const { fetch, seen } = await serve((response) => respond(response, 200, { refresh_token: token }));
    const find = acrCredentials({
      host: ACR,
      entraToken: async () => 'entra',
      tenant: 'acme.example',
      fetch,
    });
    expect(await find(ACR)).toEqual({ identityToken: token });
    expect(seen[0]).toMatchObject({ url: '/oauth2/exchange', headers: { 'x-meant-for': `https://${ACR}` } });
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.body))).toEqual({
      grant_type: 'access_token',
      service: ACR,
      tenant: 'acme.example',
      access_token: 'entra',
    });
  });

  it.each(['opaque', 'a.b.c', jwt('soon'), jwt(undefined)])(
    'keeps no token of unknown end: %s',
    async (token) => {
      const { fetch, seen } = await serve((response) => respond(response, 200, { refresh_token: token }));
      const find = acrCredentials({ host: ACR, entraToken: 'entra', fetch });
      await find(ACR);
      await find(ACR);
      expect(seen).toHaveLength(2);
    },
  );

  it('rejects a registry that returns the token of Entra', async () => {
    const { fetch } = await serve((response) => respond(response, 200, { refresh_token: SECRET }));
    const error = await failure(acrCredentials({ host: ACR, entraToken: SECRET, fetch })(ACR));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    expect(everythingOf(error)).not.toContain(SECRET);
  });

  it('reports the code of a refusal', async () => {
    const body = { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required', detail: [] }] };
    const { fetch } = await serve((response) => respond(response, 401, body));
    expect(await failure(acrCredentials({ host: ACR, entraToken: 'x', fetch })(ACR))).toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
      message: 'the Azure Container Registry responded with 401 (UNAUTHORIZED) to the request for a token',
    });
  });

  it.each([
    'azurecr.io',
    'acme.azurecr.io.evil.example',
    'acme.azurecr.io:8443',
    'evil.example',
    'https://acme.azurecr.io',
  ])('rejects the host %s', async (host) => {
    expect(await thrown(() => acrCredentials({ host, entraToken: 'x' }))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });
});
