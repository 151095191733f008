import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  acrCredentials,
  ecrCredentials,
  githubCredentials,
  googleCredentials,
  quayCredentials,
} from '../../src/registries/index.ts';
import { failure, respond, serve, thrown } from './support.ts';

const ACCOUNT = '012345678910';
const aws = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret-of-the-account' };
const token = { authorizationData: [{ authorizationToken: btoa('AWS:pass'), expiresAt: 4e9 }] };
const PAIR = { username: 'AWS', password: 'pass' };

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('the hosts of Amazon ECR', () => {
  it.each([
    ['dkr.ecr.eu-west-1.amazonaws.com', 'api.ecr.eu-west-1.amazonaws.com'],
    ['dkr.ecr.us-gov-west-1.amazonaws.com', 'api.ecr.us-gov-west-1.amazonaws.com'],
    ['dkr.ecr.cn-north-1.amazonaws.com.cn', 'api.ecr.cn-north-1.amazonaws.com.cn'],
    ['dkr.ecr.eusc-de-east-1.amazonaws.eu', 'api.ecr.eusc-de-east-1.amazonaws.eu'],
    ['dkr.ecr.us-iso-east-1.c2s.ic.gov', 'api.ecr.us-iso-east-1.c2s.ic.gov'],
    ['dkr.ecr.us-isob-east-1.sc2s.sgov.gov', 'api.ecr.us-isob-east-1.sc2s.sgov.gov'],
    ['dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk', 'api.ecr.eu-isoe-west-1.cloud.adc-e.uk'],
    ['dkr.ecr.us-isof-south-1.csp.hci.ic.gov', 'api.ecr.us-isof-south-1.csp.hci.ic.gov'],
    ['dkr.ecr-fips.us-east-1.amazonaws.com', 'ecr-fips.us-east-1.amazonaws.com'],
    ['dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'ecr-fips.us-gov-west-1.amazonaws.com'],
    ['dkr-ecr.eu-west-1.on.aws', 'ecr.eu-west-1.api.aws'],
    ['dkr-ecr-fips.us-east-1.on.aws', 'ecr-fips.us-east-1.api.aws'],
    ['dkr-ecr.cn-north-1.on.amazonwebservices.com.cn', 'ecr.cn-north-1.api.amazonwebservices.com.cn'],
  ])('get a token of the API of their partition: %s', async (host, api) => {
    const { fetch, seen } = await serve((response) => respond(response, 200, token));
    expect(await ecrCredentials({ credentials: aws, fetch })(`${ACCOUNT}.${host}`)).toEqual(PAIR);
    expect(seen.map(({ headers }) => headers['x-meant-for'])).toEqual([`https://${api}`]);
  });

  it.each([
    'dkr.ecr.xx-new-1.amazonaws.example',
    'dkr.ecr.cn-north-1.amazonaws.com',
    'dkr.ecr.eu-west-1.amazonaws.com.cn',
    'dkr.ecr.eu-west-1.amazonaws.com.evil.example',
    'dkr.ecr.eu-west-1.on.aws',
    'dkr-ecr.eu-west-1.amazonaws.com',
  ])('of no known partition are rejected, and nothing is sent: %s', async (host) => {
    const { fetch, seen } = await serve((response) => respond(response, 200, token));
    const error = await failure(ecrCredentials({ credentials: aws, fetch })(`${ACCOUNT}.${host}`));
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT_INVALID', message: expect.stringContaining('hosts') });
    expect(seen).toEqual([]);
  });

  it('of a region or account other than the given one are left to other sources, whatever their partition', async () => {
    const find = ecrCredentials({ credentials: aws, region: 'eu-west-1', registryId: ACCOUNT });
    expect(await find(`${ACCOUNT}.dkr.ecr.xx-new-1.amazonaws.example`)).toBeUndefined();
    expect(await find('999999999999.dkr.ecr.eu-west-1.amazonaws.example')).toBeUndefined();
  });

  it('of an unknown partition are those in hosts, and no others', async () => {
    const host = `${ACCOUNT}.dkr.ecr.xx-new-1.amazonaws.example`;
    const { origin, seen } = await serve((response) => respond(response, 200, token));
    const find = ecrCredentials({ credentials: aws, region: 'xx-new-1', endpoint: origin, hosts: [host] });
    expect(await find(host)).toEqual(PAIR);
    expect(seen[0]?.headers.authorization).toContain('/xx-new-1/ecr/aws4_request');
    expect(await failure(find(`${ACCOUNT}.dkr.ecr.xx-new-1.evil.example`))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });

  it('need a region and an endpoint if they are given', async () => {
    expect(
      await thrown(() => ecrCredentials({ credentials: aws, hosts: ['registry.example.com'] })),
    ).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });
});

/** A service whose clock is ahead, and which rejects requests that are five minutes off. */
function clockOf(ahead: number, code = 'InvalidSignatureException') {
  return serve((response, { headers }) => {
    const [, ...parts] = /^(....)(..)(..T..)(..)(..Z)$/.exec(String(headers['x-amz-date'])) ?? [];
    const [year, month, day, minute, second] = parts;
    const signed = Date.parse(`${year}-${month}-${day}:${minute}:${second}`);
    const now = Date.now() + ahead;
    response.setHeader('date', new Date(now).toUTCString());
    if (Math.abs(now - signed) < 5 * 60_000) respond(response, 200, token);
    else respond(response, 400, { __type: code, message: 'Signature expired' });
  });
}

describe('a clock that is off', () => {
  it.each([-20, 20, 14 * 60])(
    'is corrected by the Date of the response, once: %i minutes',
    async (minutes) => {
      const { fetch, seen } = await clockOf(minutes * 60_000);
      const find = ecrCredentials({ credentials: aws, fetch });
      expect(await find(`${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`)).toEqual(PAIR);
      expect(seen).toHaveLength(2);
      expect(await find(`${ACCOUNT}.dkr.ecr.eu-west-2.amazonaws.com`)).toEqual(PAIR);
      expect(seen).toHaveLength(3);
    },
  );

  it('is named by the error if it is off by more than a day', async () => {
    const { fetch, seen } = await clockOf(25 * 3_600_000, 'RequestExpired');
    const find = ecrCredentials({ credentials: aws, fetch });
    expect(await failure(find(`${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`))).toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
      nextStep: expect.stringContaining('clock of this machine'),
    });
    expect(seen).toHaveLength(1);
  });
});

describe('a request for a token', () => {
  const ECR = `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`;
  it.each([
    [503, {}],
    [429, {}],
    [408, {}],
    [400, { __type: 'com.amazonaws.ecr#ThrottlingException' }],
  ])('is repeated after a response that may pass: %i %j', async (status, body) => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    let count = 0;
    const { fetch, seen } = await serve((response) =>
      count++ === 0 ? respond(response, status, body) : respond(response, 200, token),
    );
    expect(await ecrCredentials({ credentials: aws, fetch })(ECR)).toEqual(PAIR);
    expect(seen).toHaveLength(2);
  });

  it('is repeated twice at most, and a limit x of the credentials', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { fetch, seen } = await serve((response) =>
      respond(response, 400, { __type: 'ThrottlingException' }),
    );
    expect(await failure(ecrCredentials({ credentials: aws, fetch })(ECR))).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
    });
    expect(seen).toHaveLength(3);
  });

  it('is not repeated after a refusal', async () => {
    const { fetch, seen } = await serve((response) => respond(response, 403, {}));
    const find = acrCredentials({ host: 'acme.azurecr.io', entraToken: 'token', fetch });
    expect(await failure(find('acme.azurecr.io'))).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
    expect(seen).toHaveLength(1);
  });

  it('does no harm if the runtime sends it twice', async () => {
    const { fetch, seen } = await serve((response) => respond(response, 200, token));
    const twice: typeof globalThis.fetch = async (input, init) => {
      await (await fetch(input, init)).text();
      return fetch(input, init);
    };
    expect(await ecrCredentials({ credentials: aws, fetch: twice })(ECR)).toEqual(PAIR);
    expect(seen).toHaveLength(2);
  });
});

describe('the hosts of other registries', () => {
  it.each(['gcr.io', 'us.gcr.io', 'eu.gcr.io', 'asia.gcr.io'])(
    'are those of the former Container Registry of Google, too: %s',
    async (host) => {
      expect(await googleCredentials({ accessToken: 'ya29.x' })(host)).toEqual({
        username: 'oauth2accesstoken',
        password: 'ya29.x',
      });
    },
  );

  it.each(['mirror.gcr.io', 'gcr.io.evil.example', 'xgcr.io', 'us.gcr.io:8443'])(
    'are not those that Google lends its name to: %s',
    async (host) => {
      expect(await googleCredentials({ accessToken: 'ya29.x' })(host)).toBeUndefined();
    },
  );

  it('are not those of another cloud of Google: its key is rejected', async () => {
    const serviceAccountKey = JSON.stringify({ type: 'service_account', universe_domain: 's3nsapis.fr' });
    expect(await thrown(() => googleCredentials({ serviceAccountKey }))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('"s3nsapis.fr"'),
    });
  });

  it.each(['containers.github.example.com', 'containers.acme.ghe.com'])(
    'are those of a GitHub Enterprise, and then not ghcr.io: %s',
    async (host) => {
      const find = githubCredentials({ host, username: 'me', token: 't' });
      expect(await find(host)).toEqual({ username: 'me', password: 't' });
      expect(await find('ghcr.io')).toBeUndefined();
    },
  );
});

describe('the name of a robot account of quay', () => {
  it.each(['deploy_', 'a__b', 'ci', `a${'b'.repeat(254)}`])(
    'is taken as quay creates it: %s',
    async (robot) => {
      const find = quayCredentials({ namespace: 'team', robot, token: 's' });
      expect(await find('quay.io')).toEqual({ username: `team+${robot}`, password: 's' });
    },
  );

  it.each(['_ci', 'Ci', 'team+ci', `a${'b'.repeat(255)}`, ''])('is rejected otherwise: %j', async (robot) => {
    expect(await thrown(() => quayCredentials({ namespace: 'team', robot, token: 's' }))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });
});
