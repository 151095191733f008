import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  copySignatures,
  createRegistry,
  createSigner,
  createTrustStore,
  type Descriptor,
  deleteSignature,
  listSignatures,
  parseReference,
  parseTrustPolicy,
  type Registry,
  sign,
  verify,
} from '../../src/index.ts';
import { createImageLayout } from '../../src/node/index.ts';
import { NotationCli } from './support/notation-cli.ts';
import { createStore, type Store, type StoreName } from './support/stores.ts';
import { policy } from './support/verdict.ts';

const KEY = 'acme';
const INSECURE = '--insecure-registry';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

const hosts = inject('hosts');
const key = inject('chains')['EC-256']['leaf + root'];
const registry = createRegistry();

let folder: string;
let cli: NotationCli;
let docker: Store;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interop-copy-'));
  cli = await NotationCli.create();
  await cli.addKey(KEY, key);
  await cli.addCertificates('ca:acme', key.root);
  await cli.setTrustPolicy(policy('*'));
  docker = await createStore('a registry without the referrers API', hosts);
});

afterAll(async () => {
  await docker.dispose();
  await cli.dispose();
  await rm(folder, { recursive: true, force: true });
});

async function succeed(...args: readonly string[]): Promise<string> {
  const outcome = await cli.run(...args);
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  return outcome.stdout;
}

async function digestsOf(reference: string, from: Registry): Promise<string[]> {
  const digests: string[] = [];
  for await (const { digest } of listSignatures(reference, { registry: from })) digests.push(digest);
  return digests;
}

describe('signatures copied from docker-registry', () => {
  it.each(['by the CLI', 'here'])(
    'that were made %s are verified by the CLI at a registry with the referrers API',
    async (maker) => {
      const slug = maker.replaceAll(' ', '-').toLowerCase();
      const artifact = await docker.push(`copy/api/${slug}`);
      if (maker === 'here') await sign(artifact.reference, { signer: await createSigner(key), registry });
      else expect(await artifact.sign(cli, KEY)).toMatchObject({ code: 0 });
      const digest = artifact.reference.split('@')[1];
      const target = `${hosts.apiRegistry}/copies/${slug}`;
      const result = await copySignatures(registry, registry, artifact.reference, { target, artifact: true });
      expect(result).toMatchObject({ artifactCopied: true, copied: [{ subject: digest }], failed: [] });
      const reference = `${target}@${digest}`;
      expect(await succeed('verify', INSECURE, reference)).toContain('Successfully verified');
      expect(await succeed('list', INSECURE, reference)).toContain(result.copied[0]?.signature.digest);
      expect(await digestsOf(reference, registry)).toEqual(await digestsOf(artifact.reference, registry));
    },
  );

  it('in the older manifest form are verified by the CLI in an image layout', async () => {
    const artifact = await docker.push('copy/layout');
    const signer = await createSigner(key);
    await sign(artifact.reference, { signer, registry, manifestForm: 'config' });
    await sign(artifact.reference, { signer, registry, manifestForm: 'config', format: 'cose' });
    const path = join(folder, 'layout');
    const target = 'layout.example.com/copy';
    const layout = createImageLayout(path);
    const options = { target, artifact: true };
    expect((await copySignatures(registry, layout, artifact.reference, options)).copied).toHaveLength(2);
    const digest = artifact.reference.split('@')[1];
    const flags = ['--oci-layout', `${path}@${digest}`];
    expect(await succeed('verify', '--scope', target, ...flags)).toContain('Successfully verified');
    for (const signature of await digestsOf(artifact.reference, registry)) {
      expect(await succeed('list', ...flags)).toContain(signature);
    }
  });

  it('are found at the target where it has no referrers API', async () => {
    const artifact = await docker.push('copy/tag');
    expect(await artifact.sign(cli, KEY)).toMatchObject({ code: 0 });
    const target = `${hosts.tagRegistry}/copies/tag`;
    await copySignatures(registry, registry, artifact.reference, { target, artifact: true });
    const reference = `${target}@${artifact.reference.split('@')[1]}`;
    expect(await succeed('verify', INSECURE, reference)).toContain('Successfully verified');
  });
});

const STORES: readonly StoreName[] = [
  'a registry without the referrers API',
  'a registry with the referrers API',
  'an image layout',
];

describe.each(STORES)('a signature that is deleted in %s', (name) => {
  it('is listed by the CLI no more, and the other one is verified still', async () => {
    const store = await createStore(name, hosts);
    try {
      const artifact = await store.push(`copy/deleted/${STORES.indexOf(name)}`);
      expect(await artifact.sign(cli, KEY)).toMatchObject({ code: 0 });
      const [byCli = ''] = await digestsOf(artifact.reference, artifact.registry);
      const signer = await createSigner(key);
      const here = await sign(artifact.reference, {
        signer,
        registry: artifact.registry,
        manifestForm: 'config',
      });
      const list = artifact.layout
        ? ['list', '--oci-layout', `${artifact.layout}@${artifact.reference.split('@')[1]}`]
        : ['list', INSECURE, artifact.reference];
      expect(await succeed(...list)).toContain(byCli);
      await deleteSignature(artifact.reference, { registry: artifact.registry, digest: byCli });
      const listed = await succeed(...list);
      expect(listed).toContain(here.signature.digest);
      expect(listed).not.toContain(byCli);
      expect(await artifact.verify(cli)).toMatchObject({ code: 0 });
      await deleteSignature(artifact.reference, {
        registry: artifact.registry,
        digest: here.signature.digest,
      });
      expect(await succeed(...list)).not.toContain(here.signature.digest);
      expect(await artifact.verify(cli)).not.toMatchObject({ code: 0 });
    } finally {
      await store.dispose();
    }
  });
});

/** Pushes an index of two images, each another one. */
async function pushIndex(name: string): Promise<{ index: Descriptor; manifests: Descriptor[] }> {
  const repository = registry.repository(parseReference(name));
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const manifests: Descriptor[] = [];
  for (const architecture of ['amd64', 'arm64']) {
    const platform = { os: 'linux', architecture };
    const config = await repository.pushBlob('application/vnd.oci.image.config.v1+json', json(platform));
    const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers: [config] };
    manifests.push(await repository.pushManifest(MANIFEST, json(manifest)));
  }
  const entries = manifests.map((manifest, i) => ({
    ...manifest,
    platform: { os: 'linux', architecture: i === 0 ? 'amd64' : 'arm64' },
  }));
  const content = json({ schemaVersion: 2, mediaType: INDEX, manifests: entries });
  return { index: await repository.pushManifest(INDEX, content), manifests };
}

describe.each([
  ['without the referrers API', hosts.tagRegistry],
  ['with the referrers API', hosts.apiRegistry],
])('an index of two platforms in a registry %s', (_, host) => {
  const name = `${host}/copy/platforms`;

  it('that was signed here is verified by the CLI, and each of its manifests', async () => {
    const { index, manifests } = await pushIndex(`${name}/here`);
    const signer = await createSigner(key);
    await sign(`${name}/here@${index.digest}`, { signer, registry, platforms: 'all' });
    for (const { digest } of [index, ...manifests]) {
      expect(await succeed('verify', INSECURE, `${name}/here@${digest}`)).toContain('Successfully verified');
    }
  });

  it('of which each manifest was signed by the CLI is verified here', async () => {
    const { index, manifests } = await pushIndex(`${name}/by-cli`);
    const reference = `${name}/by-cli@${index.digest}`;
    const options = {
      registry,
      trustPolicy: parseTrustPolicy(policy('*')),
      trustStore: createTrustStore({ 'ca:acme': key.root }),
      platforms: 'all' as const,
    };
    const signing = ['sign', '--key', KEY, INSECURE];
    const flags = host === hosts.apiRegistry ? ['--force-referrers-tag=false'] : [];
    await succeed(...signing, ...flags, reference);
    await expect(verify(reference, options)).rejects.toMatchObject({ code: 'ERR_VERIFICATION_FAILED' });
    for (const { digest } of manifests) await succeed(...signing, ...flags, `${name}/by-cli@${digest}`);
    expect(await verify(reference, options)).toMatchObject({
      outcome: 'verified',
      platforms: [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }],
    });
  });
});
