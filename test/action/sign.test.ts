import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testKey } from '../cli/machine.ts';
import { type SeenRequest, services, type TestKey, VERSION_NAME } from '../kms/support.ts';
import { createDigestKey, keyService, startCloud } from './cloud.ts';
import { startJob } from './workflow.ts';

describe('the action that signs', () => {
  it('gives what it signed as output and as summary', async () => {
    const { step, push, keyInputs } = await startJob();
    const image = await push();
    const { code, outputs, summary } = await step('sign', {
      ...keyInputs,
      signature_format: 'cose',
      user_metadata: 'build=7\ncommit=9f8e',
      target_artifact_reference: image,
    });
    expect(code).toBe(0);
    const [signed] = JSON.parse(outputs.signatures ?? '');
    expect(signed).toEqual({
      reference: image,
      digest: image.split('@')[1],
      signature: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(summary).toContain(signed.signature);
  });

  it('signs the metadata that a verification may require', async () => {
    const { step, push, keyInputs, trustInputs } = await startJob();
    const image = await push();
    await step('sign', { ...keyInputs, user_metadata: 'build=7', target_artifact_reference: image });
    const inputs = { ...trustInputs, target_artifact_reference: image };
    expect(await step('verify', { ...inputs, user_metadata: 'build=7' })).toMatchObject({ code: 0 });
    expect(await step('verify', { ...inputs, user_metadata: 'build=8' })).toMatchObject({ code: 1 });
  });

  it('says what it has signed when a later image fails', async () => {
    const { step, push, keyInputs, registry } = await startJob();
    const image = await push();
    const list = `${image}\n${registry.host}/team/nothing:v1`;
    const { code, outputs, log } = await step('sign', { ...keyInputs, target_artifact_reference: list });
    expect(code).toBe(1);
    expect(JSON.parse(outputs.signatures ?? '')).toMatchObject([{ reference: image }]);
    expect(log).toMatch(/^::error::.*\[ERR_NOT_FOUND\]/m);
  });

  it('warns of a tag, which may name another image later', async () => {
    const { step, push, keyInputs } = await startJob();
    const [name] = (await push()).split('@');
    const { code, log } = await step('sign', { ...keyInputs, target_artifact_reference: `${name}:v1` });
    expect(code).toBe(0);
    expect(log).toMatch(/^::warning::the tag "v1" may name another artifact later/m);
  });

  it.each([
    [{}, 'give images to sign'],
    [{ blobs: 'x', plugin_url: 'https://x.example' }, 'matches no file'],
    [{ target_artifact_reference: 'x.example/a:v1', key_file: 'a.p12', vault_key: 'b' }, 'name one key'],
    [
      { target_artifact_reference: 'x.example/a:v1', azure_client: 'b' },
      'azure_tenant and azure_client must be',
    ],
    [{ target_artifact_reference: 'x.example/a:v1', plugin_url: 'https://x.example' }, 'plugin_checksum'],
  ])('fails for the inputs %j', async (inputs, message) => {
    const { step } = await startJob();
    const { code, log } = await step('sign', inputs);
    expect(code).toBe(1);
    expect(log).toContain(message);
  });
});

it('lists the signature under the referrers tag, too, if force_referrers_tag is true', async () => {
  const { step, push, keyInputs, registry } = await startJob();
  const image = await push();
  const tag = image.split('@')[1]?.replace(':', '-') ?? '';
  const inputs = { ...keyInputs, target_artifact_reference: image };
  await step('sign', { ...inputs, allow_referrers_api: 'true' });
  expect(registry.repository('team/app').tags.has(tag)).toBe(false);
  await step('sign', { ...inputs, force_referrers_tag: 'true' });
  expect(registry.repository('team/app').tags.has(tag)).toBe(true);
});

describe('with a plugin', () => {
  const plugin = { plugin_name: 'azure-kv', key_id: 'https://acme.vault.azure.net/keys/release' };

  /** Starts a job, and a server with the plugin. */
  async function startWithPlugin() {
    const job = await startJob();
    const program = (await readFile('test/docs/azure-kv-plugin.cjs', 'utf8')).replace(
      /JSON\.parse\(readFileSync\(join\(__dirname.*\)\);/,
      `${JSON.stringify(await testKey())};`,
    );
    const cloud = await startCloud(() => new Response(program));
    const options = { ...cloud.options, env: { ...cloud.options.env, NOTATION_CONFIG: job.config } };
    const plugin_checksum = createHash('sha256').update(program).digest('hex');
    const download = { plugin_url: 'https://plugins.example/notation-azure-kv', plugin_checksum };
    const target_artifact_reference = await job.push();
    return { ...job, cloud, options, download, target_artifact_reference };
  }

  it('signs as notation-action does: installs it from a URL, once', async () => {
    const { step, options, download, trustInputs, cloud, target_artifact_reference } =
      await startWithPlugin();
    const inputs = { ...plugin, ...download, target_artifact_reference, signature_format: 'jws' };
    expect(await step('sign', inputs, options)).toMatchObject({ code: 0 });
    expect(await step('sign', inputs, options)).toMatchObject({ code: 0 });
    expect(cloud.requests.map(({ url }) => url.href)).toEqual([download.plugin_url]);
    expect(await step('verify', { ...trustInputs, target_artifact_reference })).toMatchObject({ code: 0 });
  });

  it('installs nothing with another checksum', async () => {
    const { step, options, download, config, target_artifact_reference } = await startWithPlugin();
    const inputs = { ...plugin, ...download, plugin_checksum: '0'.repeat(64), target_artifact_reference };
    expect(await step('sign', inputs, options)).toMatchObject({ code: 1 });
    expect(existsSync(join(config, 'plugins/azure-kv'))).toBe(false);
  });
});

/** What a service that trusts the identity of the job is sent. */
interface Federation {
  inputs: Record<string, string>;
  env?: Record<string, string>;
  /** Exchanges tokens, for whom the token of the job was made out; `undefined` for the requests to the key. */
  exchange(request: SeenRequest): Response | undefined;
  audience: string;
  service: keyof typeof services;
  /** Whether a request to the key carries what was exchanged. */
  isAuthorized(request: SeenRequest): boolean;
}

const form = ({ body }: SeenRequest) => Object.fromEntries(new URLSearchParams(body));
const ROLE = 'arn:aws:iam::111122223333:role/release';
const PROVIDER = 'projects/123/locations/global/workloadIdentityPools/ci/providers/github';
const ACCOUNT = 'release@acme.iam.gserviceaccount.com';

const FEDERATIONS: [name: string, federation: Federation][] = [
  [
    'AWS KMS',
    {
      service: 'aws',
      inputs: {
        aws_key: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
        aws_role: ROLE,
      },
      env: { AWS_REGION: 'eu-west-1', GITHUB_RUN_ID: '42' },
      audience: 'sts.amazonaws.com',
      exchange(request) {
        if (request.url.host !== 'sts.eu-west-1.amazonaws.com') return undefined;
        expect(form(request)).toEqual({
          Action: 'AssumeRoleWithWebIdentity',
          Version: '2011-06-15',
          RoleArn: ROLE,
          RoleSessionName: 'notarykit-42',
          WebIdentityToken: 'identity-for:sts.amazonaws.com',
        });
        return new Response(`<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <AccessKeyId>ASIAEXAMPLE</AccessKeyId>
      <SecretAccessKey>exchanged/secret</SecretAccessKey>
      <SessionToken>exchanged-token</SessionToken>
      <Expiration>2038-01-01T00:00:00Z</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`);
      },
      isAuthorized: ({ headers }) =>
        headers['x-amz-security-token'] === 'exchanged-token' &&
        headers.authorization?.includes('Credential=ASIAEXAMPLE/') === true,
    },
  ],
  [
    'Azure Key Vault',
    {
      service: 'azure',
      inputs: {
        azure_key: 'https://acme.vault.azure.net/keys/release',
        azure_tenant: 'acme.onmicrosoft.com',
        azure_client: 'c11e',
      },
      audience: 'api://AzureADTokenExchange',
      exchange(request) {
        if (request.url.host !== 'login.microsoftonline.com') return undefined;
        expect(request.url.pathname).toBe('/acme.onmicrosoft.com/oauth2/v2.0/token');
        expect(form(request)).toEqual({
          grant_type: 'client_credentials',
          client_id: 'c11e',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: 'identity-for:api://AzureADTokenExchange',
          scope: 'https://vault.azure.net/.default',
        });
        return Response.json({ access_token: 'exchanged-token', expires_in: 3600 });
      },
      isAuthorized: ({ headers }) => headers.authorization === 'Bearer exchanged-token',
    },
  ],
  [
    'Google Cloud KMS',
    {
      service: 'google',
      inputs: { google_key: VERSION_NAME, google_provider: PROVIDER, google_account: ACCOUNT },
      audience: `https://iam.googleapis.com/${PROVIDER}`,
      exchange(request) {
        if (request.url.host === 'sts.googleapis.com') {
          expect(form(request)).toMatchObject({
            grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
            audience: `//iam.googleapis.com/${PROVIDER}`,
            subject_token: `identity-for:https://iam.googleapis.com/${PROVIDER}`,
          });
          return Response.json({ access_token: 'federated-token', expires_in: 3600 });
        }
        if (request.url.host !== 'iamcredentials.googleapis.com') return undefined;
        expect(decodeURIComponent(request.url.pathname)).toBe(
          `/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`,
        );
        expect(request.headers.authorization).toBe('Bearer federated-token');
        return Response.json({ accessToken: 'exchanged-token', expireTime: '2038-01-01T00:00:00Z' });
      },
      isAuthorized: ({ headers }) => headers.authorization === 'Bearer exchanged-token',
    },
  ],
  [
    'HashiCorp Vault',
    {
      service: 'vault',
      inputs: { vault_key: 'release', vault_role: 'ci', vault_auth: 'github' },
      env: { VAULT_ADDR: 'https://vault.example.com:8200' },
      audience: 'https://github.com/acme',
      exchange(request) {
        if (!request.url.pathname.startsWith('/v1/auth/')) return undefined;
        expect(request.url.pathname).toBe('/v1/auth/github/login');
        expect(JSON.parse(request.body)).toEqual({ role: 'ci', jwt: 'identity-for:https://github.com/acme' });
        return Response.json({ auth: { client_token: 'exchanged-token' } });
      },
      isAuthorized: ({ headers }) => headers['x-vault-token'] === 'exchanged-token',
    },
  ],
];

describe.each(FEDERATIONS)('with a key in %s and the identity of the job', (_, federation) => {
  const { inputs, env, exchange, service, isAuthorized, audience } = federation;

  async function startSigning(answer: (key: TestKey, request: SeenRequest) => Response) {
    const job = await startJob();
    const { key, root, certificates } = await createDigestKey();
    await writeFile(join(job.config, 'truststore/x509/ca/acme/acme.crt'), root);
    const cert_file = await job.write('service.crt', certificates);
    const cloud = await startCloud((request) => answer(key, request));
    const image = await job.push();
    const options = { ...cloud.options, env: { ...cloud.options.env, ...env } };
    const sign = () => job.step('sign', { ...inputs, cert_file, target_artifact_reference: image }, options);
    return { ...job, cloud, image, sign };
  }

  it('exchanges the identity token, and signs what the other action verifies', async () => {
    const { sign, step, trustInputs, image, cloud } = await startSigning((key, request) => {
      const exchanged = exchange(request);
      if (exchanged) return exchanged;
      return isAuthorized(request)
        ? keyService(services[service], key, request)
        : new Response('{}', { status: 403 });
    });
    const { code, log } = await sign();
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(await step('verify', { ...trustInputs, target_artifact_reference: image })).toMatchObject({
      code: 0,
    });
    const issued = cloud.requests.filter(({ url }) => url.host === 'actions.example');
    expect(issued.map(({ url }) => url.searchParams.get('audience') ?? 'https://github.com/acme')).toEqual([
      audience,
    ]);
    expect(log).toContain(`::add-mask::identity-for:${audience}\n`);
    expect(log).toContain('::add-mask::exchanged-token\n');
    expect(log.replace(/^::add-mask::.*$/gm, '')).not.toMatch(/exchanged|identity-for/);
  });

  it('fails if the service refuses the identity, and shows no token', async () => {
    const { sign } = await startSigning((_, request) => new Response(`no: ${request.body}`, { status: 403 }));
    const { code, log } = await sign();
    expect(code).toBe(1);
    expect(log).toContain('[ERR_KMS_UNAUTHORIZED]');
    expect(log.replace(/^::add-mask::.*$/gm, '')).not.toContain('identity-for');
  });
});

it('fails without the permission to request an identity token, and names it', async () => {
  const { step, push, keyInputs } = await startJob();
  const { cert_file = '' } = keyInputs;
  const inputs = { vault_key: 'release', vault_role: 'ci', cert_file };
  const { code, log } = await step('sign', { ...inputs, target_artifact_reference: await push() });
  expect(code).toBe(1);
  expect(log).toContain('id-token: write');
});
