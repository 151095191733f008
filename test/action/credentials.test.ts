import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { registryOptionsOf } from '../../src/action/credentials.ts';
import type { JobIdentity } from '../../src/action/identity/identity.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import type { CredentialSource } from '../../src/oci/index.ts';

const none = { credentials: undefined, username: undefined, password: undefined, 'insecure-registry': false };
const identity: JobIdentity = {
  aws: async () => ({ accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' }),
  azure: async (scope) => `entra-token-for:${scope}`,
  google: async () => 'google-token',
};

/** Finds the credential that the input gives for a registry, and what was masked. */
async function find(credentials: string, registry: string, own: JobIdentity = {}) {
  vi.stubEnv('DOCKER_CONFIG', '/nowhere');
  const masked: string[] = [];
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const surroundings = { ...streams, env: { GITHUB_ACTOR: 'ci-bot' }, signal: new AbortController().signal };
  const options = await registryOptionsOf({ ...none, credentials }, [], {
    terminal: createTerminal(surroundings, false),
    identity: own,
    mask: (secret) => void masked.push(secret),
  });
  return { credential: await (options.credentials as CredentialSource)(registry), masked };
}

describe('the input credentials', () => {
  it.each([
    ['github: { token: ghs_1 }', 'ghcr.io', { username: 'ci-bot', password: 'ghs_1' }],
    ['docker-hub: { username: me, token: dckr_1 }', 'docker.io', { username: 'me', password: 'dckr_1' }],
    ['quay: { namespace: team, robot: ci, token: q1 }', 'quay.io', { username: 'team+ci', password: 'q1' }],
    [
      'harbor: { host: harbor.example.com, project: team, robot: ci, secret: h1 }',
      'harbor.example.com',
      { username: 'robot$team+ci', password: 'h1' },
    ],
    [
      'google: { accessToken: ya29.x }',
      'europe-docker.pkg.dev',
      { username: 'oauth2accesstoken', password: 'ya29.x' },
    ],
    [
      'hosts: { registry.example.com: { username: ci, password: p1 } }',
      'registry.example.com',
      { username: 'ci', password: 'p1' },
    ],
  ])('%s is the credential of %s, and its secret is masked', async (input, registry, credential) => {
    const found = await find(input, registry);
    expect(found).toEqual({ credential, masked: [credential.password] });
    expect((await find(input, 'other.example.com')).credential).toBeUndefined();
  });

  it('exchanges the identity of the job for the token of a Google registry', async () => {
    const { credential } = await find('google: {}', 'gcr.io', identity);
    expect(credential).toEqual({ username: 'oauth2accesstoken', password: 'google-token' });
  });

  it('exchanges the identity of the job for the token of an Azure registry', async () => {
    const forms: string[] = [];
    vi.stubGlobal('fetch', async (_: unknown, init: RequestInit) => {
      forms.push(String(init.body));
      return Response.json({ refresh_token: 'refresh-token' });
    });
    const { credential } = await find('acr: { host: acme.azurecr.io }', 'acme.azurecr.io', identity);
    expect(credential).toEqual({ identityToken: 'refresh-token' });
    expect(new URLSearchParams(forms[0]).get('access_token')).toBe(
      'entra-token-for:https://containerregistry.azure.net/.default',
    );
  });

  it('exchanges the identity of the job for the token of a registry of Amazon', async () => {
    const seen: Headers[] = [];
    vi.stubGlobal('fetch', async (_: unknown, init: RequestInit) => {
      seen.push(new Headers(init.headers));
      const authorizationToken = Buffer.from('AWS:password').toString('base64');
      return Response.json({ authorizationData: [{ authorizationToken, expiresAt: 2 ** 31 }] });
    });
    const host = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
    expect((await find('ecr: {}', host, identity)).credential).toEqual({
      username: 'AWS',
      password: 'password',
    });
    expect(seen[0]?.get('x-amz-security-token')).toBe('session');
  });

  it.each([
    ['google: {}', 'google_provider'],
    ['acr: { host: acme.azurecr.io }', 'azure_tenant and azure_client'],
    ['github: { token: x, user: y }', 'malformed'],
    ['github: { token: 7 }', 'malformed'],
    ['- github', 'malformed'],
    ['{ github: &a { token: x }, quay: *a }', 'not valid YAML'],
    ['github: { token: "secret-value', 'not valid YAML'],
  ])('%s is rejected without a secret in the message', async (input, message) => {
    const failure = await find(input, 'ghcr.io').catch((error: Error) => error);
    expect(failure).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(message),
    });
    expect((failure as Error).message).not.toContain('secret-value');
  });
});
