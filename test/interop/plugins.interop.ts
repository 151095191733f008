import { createHash } from 'node:crypto';
import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createEnvelope, createPayload, type ExtendedAttribute } from '../../src/envelope/index.ts';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  evaluate,
  inspect,
  parseReference,
  parseTrustPolicy,
  sign,
  verify,
} from '../../src/index.ts';
import { createPluginManager, type PluginManager } from '../../src/node/index.ts';
import { createPluginSigner } from '../../src/plugin/index.ts';
import { derOf } from './support/openssl.ts';
import {
  PACKAGES,
  type PluginSettings,
  packPlugin,
  pluginDirectory,
  putPlugin,
  requestsOf,
} from './support/plugin-files.ts';
import { pushSignature } from './support/signatures.ts';
import { useSigningCli } from './support/signing-cli.ts';
import { createStore, type Store, type StoredArtifact } from './support/stores.ts';
import { asForged } from './support/test-pki.ts';
import { policy } from './support/verdict.ts';

const RAW = 'SIGNATURE_GENERATOR.RAW';
const ENVELOPE = 'SIGNATURE_GENERATOR.ENVELOPE';
const IDENTITY = 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY';
const REVOCATION = 'SIGNATURE_VERIFIER.REVOCATION_CHECK';
const VERIFIER = 'com.example.verifier';

const registry = createRegistry();
const signing = useSigningCli();
const { key, succeed } = signing;
const chains = inject('chains');
const keys = {
  ec: key,
  ec521: chains['EC-521']['leaf + root'],
  rsa: chains['RSA-2048']['leaf + intermediate + root'],
};
const trusted = createTrustStore({ 'ca:acme': [keys.ec.root, keys.ec521.root, keys.rsa.root].join('') });

let store: Store;
let plugins: PluginManager;
let log: string;

beforeAll(async () => {
  store = await createStore('a registry without the referrers API', inject('hosts'));
  log = await mkdtemp(join(signing.directory, 'log-'));
  plugins = createPluginManager({ directory: pluginDirectory(signing.cli) });
  await signing.cli.addCertificates('ca:acme', keys.ec.root, keys.ec521.root, keys.rsa.root);
  await putPlugin(signing.cli, { name: 'raw', capabilities: [RAW], keys, log });
  await putPlugin(signing.cli, { name: 'envelope', capabilities: [ENVELOPE], keys, log });
  await putPlugin(signing.cli, {
    name: VERIFIER,
    version: '1.2.0',
    capabilities: [IDENTITY, REVOCATION],
    log,
  });
  for (const name of ['raw', 'envelope'] as const) {
    for (const id of Object.keys(keys)) {
      await succeed(
        'key',
        'add',
        '--plugin',
        name,
        '--id',
        id,
        '--plugin-config',
        'region=here',
        `${name}-${id}`,
      );
    }
  }
});

afterAll(async () => {
  await store.dispose();
});

async function pluginOf(name: string) {
  const plugin = await plugins.get(name);
  if (!plugin) throw new Error(`the plugin ${name} is not there`);
  return plugin;
}

function trustHere({ scope, reference }: StoredArtifact, statement: Record<string, unknown> = {}) {
  const document = JSON.stringify(policy(scope, statement));
  return {
    reference,
    options: { registry, trustStore: trusted, trustPolicy: parseTrustPolicy(document), plugins },
  };
}

describe.each(['jws', 'cose'] as const)('a plugin that generates signatures, in the format %s', (format) => {
  it.each(['ec', 'ec521', 'rsa'])(
    'signs here with the key %s, and notation verifies the signature',
    async (keyId) => {
      const artifact = await store.push(`plugins/raw-here-${format}-${keyId}`);
      const signer = await createPluginSigner({ plugin: await pluginOf('raw'), keyId });
      await sign(artifact.reference, { signer, registry, format, userMetadata: { build: '7' } });
      expect(await artifact.verify(signing.cli, '--user-metadata', 'build=7')).toMatchObject({ code: 0 });
    },
  );

  it.each(['ec', 'ec521', 'rsa'])(
    'signs in notation with the key %s, and the signature verifies here',
    async (keyId) => {
      const artifact = await store.push(`plugins/raw-there-${format}-${keyId}`);
      expect(await artifact.sign(signing.cli, `raw-${keyId}`, '--signature-format', format)).toMatchObject({
        code: 0,
      });
      const { reference, options } = trustHere(artifact);
      expect(await verify(reference, options)).toMatchObject({ outcome: 'verified' });
    },
  );
});

describe('a plugin that generates envelopes', () => {
  it.each(['ec', 'ec521', 'rsa'])(
    'signs here with the key %s, and notation verifies the signature',
    async (keyId) => {
      const artifact = await store.push(`plugins/envelope-here-${keyId}`);
      const signer = await createPluginSigner({ plugin: await pluginOf('envelope'), keyId });
      await sign(artifact.reference, { signer, registry, format: 'jws', expiresIn: 3600 });
      expect(await artifact.verify(signing.cli)).toMatchObject({ code: 0 });
      const [signature] = await inspect(artifact.reference, { registry });
      expect(signature).toMatchObject({ unsignedAttributes: { signingAgent: 'envelope/1.0.0' } });
    },
  );

  it.each(['ec', 'ec521', 'rsa'])(
    'signs in notation with the key %s, and the signature verifies here',
    async (keyId) => {
      const artifact = await store.push(`plugins/envelope-there-${keyId}`);
      expect(await artifact.sign(signing.cli, `envelope-${keyId}`, '--expiry', '1h')).toMatchObject({
        code: 0,
      });
      const { reference, options } = trustHere(artifact);
      expect(await verify(reference, options)).toMatchObject({ outcome: 'verified' });
    },
  );
});

describe('the requests of both sides', () => {
  it.each(['describe-key', 'generate-signature', 'generate-envelope'])(
    'have the same members: %s',
    async (command) => {
      const isOurs = ({ pluginConfig }: Record<string, unknown>) =>
        JSON.stringify(pluginConfig) === '{"region":"ours"}';
      const artifact = await store.push(`plugins/requests-${command}`);
      const plugin = command === 'generate-envelope' ? 'envelope' : 'raw';
      const pluginConfig = { region: 'ours' };
      const signer = await createPluginSigner({ plugin: await pluginOf(plugin), keyId: 'ec', pluginConfig });
      await sign(artifact.reference, { signer, registry, format: 'jws', expiresIn: 3600 });
      await artifact.sign(signing.cli, `${plugin}-ec`, '--expiry', '1h');
      const requests = (await requestsOf(log, command)).filter(({ keyId }) => keyId === 'ec');
      const wide = (request: Record<string, unknown>) =>
        request.expiryDurationInSeconds !== undefined || command !== 'generate-envelope';
      const ours = requests.find((request) => isOurs(request) && wide(request));
      const theirs = requests.find(
        (request) => JSON.stringify(request.pluginConfig) === '{"region":"here"}' && wide(request),
      );
      expect(Object.keys(ours ?? {}).sort()).toEqual(Object.keys(theirs ?? { none: true }).sort());
      const { payload: _, pluginConfig: __, ...rest } = theirs ?? {};
      expect(ours).toMatchObject(rest);
    },
  );

  it('report the failure of a plugin in its own words', async () => {
    const made = createPluginSigner({ plugin: await pluginOf('raw'), keyId: 'none' });
    await expect(made).rejects.toMatchObject({
      code: 'ERR_PLUGIN_FAILED',
      message: expect.stringMatching(/VALIDATION_ERROR: there is no key none$/),
    });
    await succeed('key', 'add', '--plugin', 'raw', '--id', 'none', 'raw-none');
    const artifact = await store.push('plugins/failure');
    expect(await artifact.sign(signing.cli, 'raw-none')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no key none'),
    });
  });
});

describe('a signature that names a verification plugin', () => {
  const named: ExtendedAttribute = {
    key: 'io.cncf.notary.verificationPlugin',
    value: VERIFIER,
    critical: true,
  };
  const atLeast = (value: string): ExtendedAttribute => ({
    key: 'io.cncf.notary.verificationPluginMinVersion',
    value,
    critical: true,
  });
  const attribute = (name: string, value: unknown, critical = true): ExtendedAttribute => ({
    key: name,
    value,
    critical,
  });
  const leaf = derOf(key.certificates);
  const identity = `com.example.thumbprint:sha256:${createHash('sha256').update(leaf).digest('hex')}`;
  let count = 0;

  /** Pushes a signature and gets the verdicts of both sides. */
  async function verdictOf(
    format: 'jws' | 'cose',
    extended: readonly ExtendedAttribute[],
    statement: Record<string, unknown>,
  ) {
    const artifact = await store.push(`plugins/verified-${format}-${++count}`);
    const repository = registry.repository(parseReference(artifact.reference));
    const descriptor = await repository.resolve(artifact.reference.split('@')[1] ?? '');
    const mediaType = format === 'jws' ? 'application/jose+json' : 'application/cose';
    const bytes = await createEnvelope(
      {
        mediaType,
        payload: createPayload(descriptor),
        signingScheme: 'notary.x509',
        signingTime: new Date(Math.floor(Date.now() / 1000) * 1000),
        extended,
      },
      await createSigner(key),
    );
    const target = { artifact: descriptor, repository, scope: artifact.scope };
    await pushSignature(target, { bytes, mediaType }, { chain: asForged(key, 'EC-256') });
    await signing.cli.setTrustPolicy(policy(artifact.scope, statement));
    const theirs = await artifact.verify(signing.cli);
    const { reference, options } = trustHere(artifact, statement);
    const ours = await evaluate(reference, options);
    return { theirs, ours };
  }

  afterAll(async () => {
    await signing.cli.setTrustPolicy(policy('*'));
  });

  const trust = { trustedIdentities: [identity] };
  const CASES: [string, ExtendedAttribute[], Record<string, unknown>, boolean][] = [
    ['is trusted when the plugin trusts it', [named], trust, true],
    ['is trusted when the plugin is new enough', [named, atLeast('1.2.0-rc.1')], trust, true],
    ['is rejected when the plugin is too old', [named, atLeast('1.3.0')], trust, false],
    ['is rejected when the version is not a semantic version', [named, atLeast('v1')], trust, false],
    [
      'is rejected when the plugin does not trust it',
      [named],
      { trustedIdentities: ['com.example.thumbprint:other'] },
      false,
    ],
    [
      'is trusted when the plugin processes its attributes',
      [named, attribute('com.example.a', 'b')],
      trust,
      true,
    ],
    ['is rejected when the plugin leaves one out', [named, attribute('org.example.a', 'b')], trust, false],
    [
      'is rejected when the plugin says it is revoked',
      [named, attribute('com.example.revoked', 'yes')],
      trust,
      false,
    ],
    [
      'is trusted when revocation is only logged',
      [named, attribute('com.example.revoked', 'yes')],
      { ...trust, signatureVerification: { level: 'permissive' } },
      true,
    ],
    ['is rejected when there is no such plugin', [{ ...named, value: 'com.example.none' }], trust, false],
    ['is rejected when the plugin cannot verify', [{ ...named, value: 'raw' }], trust, false],
  ];

  describe.each(['jws', 'cose'] as const)('in the format %s', (format) => {
    it.each(CASES)('%s, by both sides', async (_, extended, statement, accepted) => {
      const { theirs, ours } = await verdictOf(format, extended, statement);
      expect({ theirs: theirs.code === 0, ours: ours.outcome === 'verified' }, theirs.stderr).toEqual({
        theirs: accepted,
        ours: accepted,
      });
    });
  });
});

describe('the requests to verify of both sides', () => {
  it('say the same, except for what the specification requires', async () => {
    const requests = await requestsOf(log, 'verify-signature');
    const partsOf = (request: Record<string, unknown>) => {
      const signature = request.signature as { criticalAttributes: Record<string, unknown> };
      const { criticalAttributes, ...rest } = signature;
      const { verificationPlugin, verificationPluginMinVersion, expiry, ...critical } = criticalAttributes;
      const { contractVersion, trustPolicy } = request;
      return {
        ours: verificationPlugin !== undefined,
        different: { verificationPlugin, verificationPluginMinVersion, expiry },
        same: JSON.stringify([contractVersion, critical, rest, trustPolicy]),
      };
    };
    const parts = requests.map(partsOf).filter(({ same }) => same.includes('com.example.a'));
    const [ours, theirs] = [true, false].map((own) => parts.filter((part) => part.ours === own));
    expect(ours?.length).toBeGreaterThan(1);
    expect(new Set(ours?.map(({ same }) => same))).toEqual(new Set(theirs?.map(({ same }) => same)));
    // notarykit sends what the signature has; the CLI omits the name, and sends the year 1 for a missing expiry.
    expect(ours?.[0]?.different).toEqual({ verificationPlugin: VERIFIER });
    expect(theirs?.[0]?.different).toEqual({ expiry: '0001-01-01T00:00:00Z' });
  });
});

describe('a plugin that is installed', () => {
  const settings = (name: string, version?: string): PluginSettings => ({
    name,
    ...(version !== undefined && { version }),
    capabilities: [RAW],
    keys: { ec: key },
  });

  it.each(PACKAGES)('by notation from a %s is listed and run here', async (form) => {
    const name = `theirs-${form.replace('.', '-')}`;
    await succeed('plugin', 'install', '--file', await packPlugin(signing.directory, form, settings(name)));
    expect(await plugins.list()).toContainEqual({
      name,
      metadata: expect.objectContaining({ name, version: '1.0.0', capabilities: [RAW] }),
    });
    await plugins.uninstall(name);
    expect(await succeed('plugin', 'ls')).not.toContain(name);
  });

  it.each(PACKAGES)('here from a %s is listed and run by notation', async (form) => {
    const name = `ours-${form.replace('.', '-')}`;
    await plugins.install(await packPlugin(signing.directory, form, settings(name)));
    expect(await succeed('plugin', 'ls')).toMatch(new RegExp(`^${name} .* 1\\.0\\.0 .*<nil>`, 'm'));
    await succeed('key', 'add', '--plugin', name, '--id', 'ec', `${name}-key`);
    const artifact = await store.push(`plugins/installed-${name}`);
    expect(await artifact.sign(signing.cli, `${name}-key`)).toMatchObject({ code: 0 });
    await succeed('plugin', 'uninstall', '--yes', name);
    expect(await plugins.get(name)).toBeUndefined();
  });

  it.each([
    ['1.0.1', true],
    ['1.0.0', false],
    ['0.9.0', false],
    ['1.0.1-rc.1', true],
  ])('is replaced by the version %s: %s, by both sides', async (version, replaced) => {
    for (const side of ['ours', 'theirs'] as const) {
      const name = `versions-${side}-${version}`;
      await putPlugin(signing.cli, settings(name));
      const file = await packPlugin(signing.directory, 'zip', settings(name, version));
      const done =
        side === 'ours'
          ? await plugins.install(file).then(
              () => true,
              () => false,
            )
          : (await signing.cli.run('plugin', 'install', '--file', file)).code === 0;
      expect({ side, done }).toEqual({ side, done: replaced });
    }
  });

  it('is looked up in the same directory', async () => {
    expect(await readdir(pluginDirectory(signing.cli))).toContain('raw');
  });
});
