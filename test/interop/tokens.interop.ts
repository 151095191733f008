import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  evaluate,
  parseTrustPolicy,
  sign,
} from '../../src/index.ts';
import type { Credential } from '../../src/oci/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { policyDocument, pushImage, rejection } from '../support/artifact.ts';
import { NotationCli } from './support/notation-cli.ts';
import { type RunningRegistry, startDockerRegistry } from './support/registries.ts';
import { TokenServer, type TokenUser } from './support/token-server.ts';

const USER: TokenUser = {
  username: 'robot',
  password: 'correct horse',
  refreshToken: 'refresh-of-robot',
  allowed: { 'team/app': 'pull,push', 'team/other': 'pull,push', 'team/fixed': 'pull' },
};
const { username, password } = USER;
let directory: string;
let tokens: TokenServer;
let server: RunningRegistry;
let certificate: TestCertificate;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interop-tokens-'));
  tokens = await TokenServer.start(USER);
  const auth = await tokens.configuration(join(directory, 'tokens.pem'));
  server = await startDockerRegistry({ auth });
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
});

afterAll(async () => {
  await Promise.all([server.stop(), tokens.stop()]);
  await rm(directory, { recursive: true });
});

beforeEach(() => {
  tokens.seen.length = 0;
});

const registryFor = (credential: Credential) =>
  createRegistry({ credentials: { [server.host]: credential } });

async function signed(name: string, credential: Credential) {
  const registry = registryFor(credential);
  const { reference } = await pushImage(registry, `${server.host}/${name}`);
  await sign(reference, { signer: await createSigner(certificate), registry });
  return reference;
}

describe('docker-registry with a token server', () => {
  it.each([
    ['a password, by GET', { username, password }, 'GET'],
    ['an identity token, by POST', { identityToken: USER.refreshToken }, 'POST'],
  ] as const)('accepts a login and serves signatures with %s', async (_, credential, method) => {
    const reference = await signed('team/app', credential);
    const report = await evaluate(reference, {
      registry: registryFor(credential),
      trustPolicy: parseTrustPolicy(policyDocument({ registryScopes: [`${server.host}/team/app`] })),
      trustStore: createTrustStore({ 'ca:acme': certificate.root }),
    });
    expect(report).toMatchObject({ outcome: 'verified' });
    expect(new Set(tokens.seen.map((request) => request.method))).toEqual(new Set([method]));
  });

  it('gets one request for a token to push and one to pull, however many requests there are', async () => {
    const reference = await signed('team/other', { username, password });
    expect(tokens.seen.map(({ scopes }) => scopes.join(' '))).toEqual(['repository:team/other:pull,push']);
    tokens.seen.length = 0;
    const registry = registryFor({ username, password });
    const terms = {
      registry,
      trustPolicy: parseTrustPolicy(policyDocument({ registryScopes: [`${server.host}/team/other`] })),
      trustStore: createTrustStore({ 'ca:acme': certificate.root }),
    };
    await Promise.all([evaluate(reference, terms), evaluate(reference, terms), evaluate(reference, terms)]);
    expect(tokens.seen.map(({ scopes }) => scopes.join(' '))).toEqual(['repository:team/other:pull']);
  });

  it('refuses a push by a user who may only pull', async () => {
    const error = await rejection(signed('team/fixed', { username, password }));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
  });

  it('refuses a wrong password, and the error does not contain it', async () => {
    const error = await rejection(signed('team/app', { username, password: 'battery staple' }));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
    expect(String(error) + JSON.stringify(error)).not.toContain('battery');
  });

  it('lets the CLI verify what was signed here', async () => {
    const reference = await signed('team/app', { username, password });
    const cli = await NotationCli.create();
    try {
      await cli.setTrustPolicy(policyDocument({ registryScopes: [`${server.host}/team/app`] }));
      await cli.addCertificates('ca:acme', certificate.root);
      const flags = ['--insecure-registry', '-u', username, '-p', password];
      const { code, stderr } = await cli.run('verify', ...flags, reference);
      expect({ code }, stderr).toEqual({ code: 0 });
    } finally {
      await cli.dispose();
    }
  });
});
