import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { createRegistry } from '../../src/index.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';
import { AWS_USERS, AwsServer } from './support/kms-aws.ts';
import { AZURE_TOKENS, AzureServer } from './support/kms-azure.ts';
import { GOOGLE_TOKENS, GoogleServer } from './support/kms-google.ts';
import type { ServiceKey } from './support/kms-process.ts';
import { issue } from './support/kms-signing.ts';
import { VaultServer } from './support/kms-vault.ts';
import { NotationCli } from './support/notation-cli.ts';

const host = inject('hosts').tagRegistry;
let directory: string;
let vault: VaultServer;
let aws: AwsServer;
let azure: AzureServer;
let google: GoogleServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interop-command-keys-'));
  vault = await VaultServer.start();
  aws = await AwsServer.start();
  azure = await AzureServer.start();
  google = await GoogleServer.start();
});

afterAll(async () => {
  await Promise.all([vault, aws, azure, google].map((server) => server?.stop()));
  await rm(directory, { recursive: true });
});

interface Line {
  flags: readonly string[];
  env?: Readonly<Record<string, string>>;
  stdin?: string;
}

/** How each key service is named on the command line, with its secrets in the environment or on standard input. */
const SERVICES: [string, () => Promise<ServiceKey>, (key: ServiceKey) => Line][] = [
  [
    'HashiCorp Vault',
    () => vault.createKey('ecdsa-p256'),
    ({ id }) => ({
      flags: ['--vault-key', id],
      env: { VAULT_ADDR: vault.url, VAULT_TOKEN: VaultServer.rootToken },
    }),
  ],
  [
    'AWS KMS',
    () => aws.createKey('ECC_NIST_P256'),
    ({ id }) => ({
      flags: ['--aws-key', id, '--key-endpoint', aws.url],
      env: {
        AWS_ACCESS_KEY_ID: AWS_USERS.temporary.accessKeyId,
        AWS_SECRET_ACCESS_KEY: AWS_USERS.temporary.secretAccessKey,
        AWS_SESSION_TOKEN: AWS_USERS.temporary.sessionToken,
      },
    }),
  ],
  [
    'Azure Key Vault',
    () => azure.createKey({ kty: 'EC', crv: 'P-256' }),
    ({ id }) => ({ flags: ['--azure-key', id, '--token-file', '-'], stdin: `${AZURE_TOKENS.signer}\n` }),
  ],
  [
    'Google Cloud KMS',
    () => google.createKey('EC_SIGN_P256_SHA256'),
    ({ id }) => ({
      flags: ['--google-key', id, '--key-endpoint', google.url, '--token-file', '-'],
      stdin: GOOGLE_TOKENS.signer,
    }),
  ],
];

describe('notarykit sign with a key service', () => {
  it.each(SERVICES)('signs with a key of %s what notation verifies', async (name, createKey, lineOf) => {
    const key = await createKey();
    const { certificates, root } = await issue(key);
    const chain = join(directory, `${name}.crt`);
    await writeFile(chain, certificates);
    const repository = `${host}/command-keys/${crypto.randomUUID()}`;
    const { reference } = await pushImage(createRegistry(), repository);
    const { flags, env = {}, stdin: input = '' } = lineOf(key);
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    stdin.end(input);
    const { signal } = new AbortController();
    const surroundings = { stdin, stdout, stderr, env: { ...process.env, ...env }, signal };
    const code = await run(['sign', ...flags, '--cert-file', chain, reference], surroundings);
    expect({ code, errors: String(stderr.read() ?? '') }).toEqual({ code: 0, errors: '' });
    const cli = await NotationCli.create();
    onTestFinished(() => cli.dispose());
    await cli.setTrustPolicy(policyDocument({ registryScopes: [repository] }));
    await cli.addCertificates('ca:acme', root);
    expect(await cli.run('verify', '--insecure-registry', reference)).toMatchObject({ code: 0 });
  });
});
