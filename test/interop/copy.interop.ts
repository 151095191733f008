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
import { INSECURE, KEY, useSigningCli } from './support/signing-cli.ts';
import { createStore, FURTHER_REGISTRIES, registryOf, STORE_NAMES, type Store } from './support/stores.ts';
import { policy } from './support/verdict.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

const hosts = inject('hosts');
const registry = createRegistry();
const signing = useSigningCli();
const { key, succeed } = signing;

let docker: Store;

beforeAll(async () => {
  docker = await createStore('a registry without the referrers API', hosts);
});

afterAll(async () => {
  await docker.dispose();
});

async function digestsOf(reference: string, from: Registry): Promise<string[]> {
  const digests: string[] = [];
  for await (const { digest } of listSignatures(reference, { registry: from })) digests.push(digest);
  return digests;
}

describe('signatures copied from docker-registry', () => {
  it.each([
    ['by the CLI', 'a registry with the referrers API'],
    ['here', 'a registry with the referrers API'],
    ['by the CLI', 'olareg'],
    ['here', 'the registry of crane'],
  ] as const)('that were made %s are verified by the CLI at %s', async (maker, place) => {
    const slug = `${maker}-at-${place}`.replaceAll(' ', '-').toLowerCase();
    const artifact = await docker.push(`copy/from/${slug}`);
    if (maker === 'here') await sign(artifact.reference, { signer: await createSigner(key), registry });
    else expect(await artifact.sign(signing.cli, KEY)).toMatchObject({ code: 0 });
    const digest = artifact.reference.split('@')[1];
    const target = `${registryOf(place, hosts).host}/copies/${slug}`;
    const result = await copySignatures(registry, registry, artifact.reference, { target, artifact: true });
    expect(result).toMatchObject({ artifactCopied: true, copied: [{ subject: digest }], failed: [] });
    const reference = `${target}@${digest}`;
    expect(await succeed('verify', INSECURE, reference)).toContain('Successfully verified');
    expect(await succeed('list', INSECURE, reference)).toContain(result.copied[0]?.signature.digest);
    expect(await digestsOf(reference, registry)).toEqual(await digestsOf(artifact.reference, registry));
  });

  it('in the older manifest form are verified by the CLI in an image layout', async () => {
    const artifact = await docker.push('copy/layout');
    const signer = await createSigner(key);
    await sign(artifact.reference, { signer, registry, manifestForm: 'config' });
    await sign(artifact.reference, { signer, registry, manifestForm: 'config', format: 'cose' });
    const path = join(signing.directory, 'layout');
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

  it('are found at a target without the referrers API', async () => {
    const artifact = await docker.push('copy/tag');
    expect(await artifact.sign(signing.cli, KEY)).toMatchObject({ code: 0 });
    const target = `${hosts.tagRegistry}/copies/tag`;
    await copySignatures(registry, registry, artifact.reference, { target, artifact: true });
    const reference = `${target}@${artifact.reference.split('@')[1]}`;
    expect(await succeed('verify', INSECURE, reference)).toContain('Successfully verified');
  });
});

const STORES = [...STORE_NAMES, ...FURTHER_REGISTRIES];

describe.each(STORES)('a signature that is deleted in %s', (name) => {
  it('is no longer listed by the CLI, and the other one is still verified', async () => {
    const store = await createStore(name, hosts);
    try {
      const artifact = await store.push(`copy/deleted/${STORES.indexOf(name)}`);
      expect(await artifact.sign(signing.cli, KEY)).toMatchObject({ code: 0 });
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
      expect(await artifact.verify(signing.cli)).toMatchObject({ code: 0 });
      await deleteSignature(artifact.reference, {
        registry: artifact.registry,
        digest: here.signature.digest,
      });
      expect(await succeed(...list)).not.toContain(here.signature.digest);
      expect(await artifact.verify(signing.cli)).not.toMatchObject({ code: 0 });
    } finally {
      await store.dispose();
    }
  });
});

it('a signature that another index of a layout lists is gone for both sides once it is deleted', async () => {
  const store = await createStore('an image layout', hosts);
  try {
    const { reference, registry: layout, layout: path = '', scope } = await store.push('copy/nested');
    const signer = await createSigner(key);
    const signOnce = () => sign(reference, { signer, registry: layout, manifestForm: 'config' });
    const [first, second] = [await signOnce(), await signOnce()];
    const nested = { schemaVersion: 2, mediaType: INDEX, manifests: [first.signature, second.signature] };
    const bytes = new TextEncoder().encode(JSON.stringify(nested));
    await layout.repository(parseReference(scope)).pushManifest(INDEX, bytes, { tag: 'nested' });
    await deleteSignature(reference, { registry: layout, digest: first.signature.digest });
    const target = ['--oci-layout', `${path}@${reference.split('@')[1]}`];
    const listed = await succeed('list', ...target);
    expect(listed).toContain(second.signature.digest);
    expect(listed).not.toContain(first.signature.digest);
    expect(await digestsOf(reference, layout)).toEqual([second.signature.digest]);
    expect(await succeed('verify', '--scope', scope, ...target)).toContain('Successfully verified');
  } finally {
    await store.dispose();
  }
});

/** Pushes an index of two different images. */
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
  ['of crane', hosts.craneRegistry],
  ['of olareg', hosts.olareg],
])('an index of two platforms in a registry %s', (_, host) => {
  const name = `${host}/copy/platforms`;

  it('that was signed here is verified by the CLI, and so is each of its manifests', async () => {
    const { index, manifests } = await pushIndex(`${name}/here`);
    const signer = await createSigner(key);
    await sign(`${name}/here@${index.digest}`, { signer, registry, platforms: 'all' });
    for (const { digest } of [index, ...manifests]) {
      expect(await succeed('verify', INSECURE, `${name}/here@${digest}`)).toContain('Successfully verified');
    }
  });

  it('whose manifests were all signed by the CLI is verified here', async () => {
    const { index, manifests } = await pushIndex(`${name}/by-cli`);
    const reference = `${name}/by-cli@${index.digest}`;
    const options = {
      registry,
      trustPolicy: parseTrustPolicy(policy('*')),
      trustStore: createTrustStore({ 'ca:acme': key.root }),
      platforms: 'all' as const,
    };
    const command = ['sign', '--key', KEY, INSECURE];
    const api = host === hosts.apiRegistry || host === hosts.olareg;
    const flags = api ? ['--force-referrers-tag=false'] : [];
    await succeed(...command, ...flags, reference);
    await expect(verify(reference, options)).rejects.toMatchObject({ code: 'ERR_VERIFICATION_FAILED' });
    for (const { digest } of manifests) await succeed(...command, ...flags, `${name}/by-cli@${digest}`);
    expect(await verify(reference, options)).toMatchObject({
      outcome: 'verified',
      platforms: [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }],
    });
  });
});
