import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createRegistry, sign, signBlob, verify, verifyBlob } from '../../src/index.ts';
import {
  addCertificates,
  addSigningKey,
  changeNotationSettings,
  createPluginManager,
  fromNotationConfig,
  listSigningKeys,
  removeCertificate,
  removeNamedStore,
  removeSigningKey,
  setDefaultSigningKey,
  writeBlobTrustPolicy,
  writeTrustPolicy,
} from '../../src/node/index.ts';
import { pushImage } from '../support/artifact.ts';
import { NotationCli } from './support/notation-cli.ts';
import { run } from './support/run.ts';
import { policy, statementFor } from './support/verdict.ts';

const PLUGIN = 'com.example.files';
const { tagRegistry } = inject('hosts');
/** notation uses plain HTTP for this host by default. */
const localRegistry = tagRegistry.replace('127.0.0.1', 'localhost');
const pair = inject('chains')['EC-256']['leaf + root'];

let cli: NotationCli;
let directory: string;

beforeEach(async () => {
  cli = await NotationCli.create();
  directory = await mkdtemp(join(tmpdir(), 'interop-config-'));
});

afterEach(async () => {
  await cli.dispose();
  await rm(directory, { recursive: true });
});

async function succeed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cli.run(...args);
  if (code !== 0) throw new Error(`notation ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function put(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

/** A new image; all requests to the registry use 127.0.0.1, which is always plain HTTP here. */
async function push(host: string): Promise<string> {
  const name = `config/${crypto.randomUUID()}`;
  const { digest } = await pushImage(createRegistry(), `${tagRegistry}/${name}`);
  return `${host}/${name}@${digest}`;
}

function plugins() {
  return createPluginManager({ directory: join(libexec(), 'plugins') });
}

function libexec(): string {
  return join(dirname(cli.configDirectory), 'libexec');
}

/** A plugin that signs with a key in a file, whose name it is given in its configuration. */
async function installPlugin(): Promise<void> {
  const path = join(libexec(), 'plugins', PLUGIN);
  await mkdir(path, { recursive: true });
  const program = join(path, `notation-${PLUGIN}`);
  await writeFile(program, `#!${process.execPath}\n${PLUGIN_SOURCE}`);
  await chmod(program, 0o755);
}

const PLUGIN_SOURCE = `
const { readFileSync } = require('node:fs');
const { sign, X509Certificate } = require('node:crypto');
const { keyId, pluginConfig = {}, payload } = JSON.parse(readFileSync(0, 'utf8') || '{}');
const chain = () =>
  readFileSync(pluginConfig.certificates, 'utf8')
    .match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)
    .map((pem) => new X509Certificate(pem).raw.toString('base64'));
const responses = {
  'get-plugin-metadata': () => ({
    name: '${PLUGIN}',
    description: 'signs with keys in files',
    version: '1.0.0',
    url: 'https://example.com',
    supportedContractVersions: ['1.0'],
    capabilities: ['SIGNATURE_GENERATOR.RAW'],
  }),
  'describe-key': () => ({ keyId, keySpec: 'EC-256' }),
  'generate-signature': () => ({
    keyId,
    signature: sign('sha256', Buffer.from(payload, 'base64'), {
      key: readFileSync(keyId),
      dsaEncoding: 'ieee-p1363',
    }).toString('base64'),
    signingAlgorithm: 'ECDSA-SHA-256',
    certificateChain: chain(),
  }),
};
process.stdout.write(JSON.stringify(responses[process.argv[2]]()));
`;

describe('configuration by the CLI', () => {
  it('is used to sign and verify here, and the CLI verifies those signatures', async () => {
    await succeed('cert', 'generate-test', '--default', 'acme.example');
    await succeed(
      'policy',
      'import',
      await put('policy.json', JSON.stringify(policy('*', { trustStores: ['ca:acme.example'] }))),
    );
    const config = await fromNotationConfig({ configDirectory: cli.configDirectory });
    const signedHere = await push(localRegistry);
    await sign(signedHere, { ...config, signer: await config.signer() });
    expect(await succeed('verify', signedHere)).toContain('Successfully verified');
    const signedByCli = await push(localRegistry);
    await succeed('sign', signedByCli);
    expect(await verify(signedByCli, config)).toMatchObject({ outcome: 'verified' });
  });

  it('lets notarykit verify against certificates that the CLI added', async () => {
    await succeed('cert', 'add', '--type', 'ca', '--store', 'acme', await put('root.crt', pair.root));
    await succeed('policy', 'import', await put('policy.json', JSON.stringify(policy('*'))));
    await cli.addKey('acme', pair);
    const reference = await push(localRegistry);
    await succeed('sign', '--key', 'acme', reference);
    const config = await fromNotationConfig({ configDirectory: cli.configDirectory });
    expect(await verify(reference, config)).toMatchObject({ outcome: 'verified' });
    await succeed('cert', 'delete', '--type', 'ca', '--store', 'acme', '--yes', '--all');
    await expect(verify(reference, config)).rejects.toMatchObject({ code: 'ERR_VERIFICATION_FAILED' });
  });

  it('lets notarykit sign with the key of a plugin', async () => {
    await installPlugin();
    const keyPath = await put('acme.key', pair.privateKey);
    const config = `certificates=${await put('acme.crt', pair.certificates)}`;
    const flags = ['--plugin', PLUGIN, '--id', keyPath, '--plugin-config', config, '--default'];
    await succeed('key', 'add', ...flags, 'remote');
    await succeed('cert', 'add', '--type', 'ca', '--store', 'acme', await put('root.crt', pair.root));
    await succeed('policy', 'import', await put('policy.json', JSON.stringify(policy('*'))));
    const here = await fromNotationConfig({ configDirectory: cli.configDirectory, plugins: plugins() });
    const reference = await push(localRegistry);
    await sign(reference, { ...here, signer: await here.signer() });
    expect(await succeed('verify', reference)).toContain('Successfully verified');
    expect(await verify(reference, here)).toMatchObject({ outcome: 'verified' });
  });

  it('is used here even with insecure registries and a format', async () => {
    await succeed('cert', 'generate-test', '--default', 'acme.example');
    await succeed(
      'policy',
      'import',
      await put('policy.json', JSON.stringify(policy('*', { trustStores: ['ca:acme.example'] }))),
    );
    const settings = { insecureRegistries: [tagRegistry], signatureFormat: 'cose' };
    await writeFile(join(cli.configDirectory, 'config.json'), JSON.stringify(settings));
    const config = await fromNotationConfig({ configDirectory: cli.configDirectory });
    const byCli = await push(tagRegistry);
    const here = await push(tagRegistry);
    await succeed('sign', byCli);
    await sign(here, { ...config, signer: await config.signer() });
    for (const reference of [byCli, here]) {
      const { signatures } = await verify(reference, config);
      expect(signatures.map(({ mediaType }) => mediaType)).toEqual(['application/cose']);
      expect(await succeed('verify', reference)).toContain('Successfully verified');
    }
  });
});

describe('configuration by notarykit', () => {
  async function setUp(): Promise<void> {
    const { configDirectory } = cli;
    const keyPath = await put('acme.key', pair.privateKey);
    const certPath = await put('acme.crt', pair.certificates);
    await addSigningKey({ name: 'acme', keyPath, certPath }, { configDirectory, default: true });
    await addCertificates('ca', 'acme', { 'acme root.crt': pair.root }, { configDirectory });
    await writeTrustPolicy(policy('*'), { configDirectory });
    await changeNotationSettings(
      (settings) => ({ ...settings, insecureRegistries: [tagRegistry], signatureFormat: 'cose' }),
      { configDirectory },
    );
  }

  it('is listed and shown by the CLI', async () => {
    await setUp();
    expect(await succeed('key', 'ls')).toMatch(/^\* acme +\S+acme\.key +\S+acme\.crt/m);
    expect(await succeed('cert', 'ls')).toMatch(/^ca +acme +acme root\.crt/m);
    expect(JSON.parse(await succeed('policy', 'show'))).toEqual(policy('*'));
  });

  it('is used by the CLI to sign and verify', async () => {
    await setUp();
    const reference = await push(tagRegistry);
    await succeed('sign', reference);
    expect(await succeed('verify', reference)).toContain('Successfully verified');
    const config = await fromNotationConfig({ configDirectory: cli.configDirectory });
    const { signatures } = await verify(reference, config);
    expect(signatures[0]?.mediaType).toBe('application/cose');
  });

  it('lets the CLI sign with the key of a plugin', async () => {
    await setUp();
    await installPlugin();
    const id = join(directory, 'acme.key');
    const pluginConfig = { certificates: join(directory, 'acme.crt') };
    const options = { configDirectory: cli.configDirectory, plugins: plugins() };
    await addSigningKey({ name: 'remote', id, pluginName: PLUGIN, pluginConfig }, options);
    const reference = await push(tagRegistry);
    await succeed('sign', '--key', 'remote', reference);
    expect(await succeed('verify', reference)).toContain('Successfully verified');
  });

  it('is no longer trusted by the CLI once it is removed', async () => {
    await setUp();
    const reference = await push(tagRegistry);
    await succeed('sign', reference);
    await removeCertificate('ca', 'acme', 'acme root.crt', { configDirectory: cli.configDirectory });
    expect((await cli.run('verify', reference)).code).not.toBe(0);
    await removeSigningKey('acme', { configDirectory: cli.configDirectory });
    expect((await cli.run('sign', reference)).stderr).toContain('default signing key not set');
  });

  it('lets the second major version verify blobs', async () => {
    await setUp();
    const { configDirectory } = cli;
    const statement = { ...statementFor('*'), registryScopes: undefined, globalPolicy: true };
    const document = { version: '1.0', trustPolicies: [statement] };
    await writeBlobTrustPolicy(document, { configDirectory });
    const config = await fromNotationConfig({ configDirectory });
    const { signature } = await signBlob(new Blob(['1.0']), { ...config, signer: await config.signer() });
    const trusting = { ...config, trustPolicy: config.blobTrustPolicy };
    expect(await verifyBlob(new Blob(['1.0']), signature, trusting)).toMatchObject({ outcome: 'verified' });
    const signatureFile = join(directory, 'blob.cose.sig');
    await writeFile(signatureFile, signature);
    const verifying = ['verify', '--signature', signatureFile, '--format', 'cose', await put('blob', '1.0')];
    const { code, stderr } = await run('notation-blob', verifying, { NOTATION_CONFIG: configDirectory });
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });
});

describe('the files', () => {
  it('are those that the CLI writes, one step after another', async () => {
    await installPlugin();
    const configDirectory = join(directory, 'notation');
    const options = { configDirectory, plugins: plugins() };
    const rootFile = await put('root.crt', pair.root);
    const policyFile = await put('policy.json', JSON.stringify(policy('*'), null, 1));
    const keyFiles = {
      keyPath: join(cli.configDirectory, 'localkeys', 'acme.example.key'),
      certPath: join(cli.configDirectory, 'localkeys', 'acme.example.crt'),
    };
    const pluginConfig = { certificates: await put('acme.crt', pair.certificates) };
    const id = await put('acme.key', pair.privateKey);

    const addByCli = ['key', 'add', '--plugin', PLUGIN, '--id', id];
    const configFlag = ['--plugin-config', `certificates=${pluginConfig.certificates}`];
    const steps: [cli: string[], here: () => Promise<void>][] = [
      [
        ['cert', 'generate-test', '--default', 'acme.example'],
        async () => {
          await addSigningKey({ name: 'acme.example', ...keyFiles }, { ...options, default: true });
          const certificate = await readFile(keyFiles.certPath);
          await addCertificates('ca', 'acme.example', { 'acme.example.crt': certificate }, options);
        },
      ],
      [
        [...addByCli, ...configFlag, 'remote'],
        () => addSigningKey({ name: 'remote', id, pluginName: PLUGIN, pluginConfig }, options),
      ],
      [['key', 'update', '--default', 'remote'], () => setDefaultSigningKey('remote', options)],
      [
        ['cert', 'add', '--type', 'tsa', '--store', 'clock', rootFile],
        () => addCertificates('tsa', 'clock', { 'root.crt': pair.root }, options),
      ],
      [
        ['policy', 'import', '--force', policyFile],
        async () => writeTrustPolicy(await readFile(policyFile), options),
      ],
      [['key', 'delete', 'remote'], () => removeSigningKey('remote', options)],
      [
        ['cert', 'delete', '--type', 'ca', '--store', 'acme.example', '--yes', '--all'],
        () => removeNamedStore('ca', 'acme.example', options),
      ],
    ];
    for (const [args, here] of steps) {
      await succeed(...args);
      await here();
      expect(await filesOf(configDirectory)).toEqual(await filesOf(cli.configDirectory));
      expect(await listSigningKeys({ configDirectory })).toEqual(
        await listSigningKeys({ configDirectory: cli.configDirectory }),
      );
    }
  });
});

/** Every file but those of keys, with its permissions, content and the permissions of its directory. */
async function filesOf(directory: string): Promise<Record<string, unknown>> {
  const files: Record<string, unknown> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(directory, path);
    if (name.startsWith('localkeys')) continue;
    const mode = ((await stat(path)).mode & 0o777).toString(8);
    files[name] = entry.isFile() ? { mode, content: await readFile(path, 'utf8') } : { mode };
  }
  return files;
}
