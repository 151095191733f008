import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  copySignatures,
  createMemoryRegistry,
  createRegistry,
  createSigner,
  type Descriptor,
  inspect,
  listSignatures,
  parseReference,
  type Registry,
  type Signer,
  sign,
} from '../../src/index.ts';
import { createImageLayout } from '../../src/node/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { pushImage, REPOSITORY, rejection } from '../support/artifact.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';
import { absent, altered, json, MANIFEST, pushIndex, pushManifest, pushMultiPlatform } from './indexes.ts';

const TARGET = 'mirror.example.com/copies/app';

let signer: Signer;
let from: Registry;
let to: Registry;
let reference: string;
let digest: string;

beforeAll(async () => {
  signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
});

beforeEach(async () => {
  ({ registry: from, reference, digest } = await pushImage());
  to = createMemoryRegistry();
});

async function digestsOf(registry: Registry, name: string, of = digest): Promise<string[]> {
  const digests: string[] = [];
  for await (const signature of listSignatures(`${name}@${of}`, { registry })) digests.push(signature.digest);
  return digests;
}

const digestsIn = (entries: readonly { signature: Descriptor }[]) =>
  entries.map(({ signature }) => signature.digest);

describe('copySignatures', () => {
  it('copies every signature to the target, with its digest', async () => {
    await pushImage(to, TARGET);
    const first = await sign(reference, { signer, registry: from });
    const second = await sign(reference, { signer, registry: from, format: 'cose', manifestForm: 'config' });
    const result = await copySignatures(from, to, reference, { target: TARGET });
    expect(result).toMatchObject({ artifact: { digest }, artifactCopied: false, existing: [], failed: [] });
    expect(digestsIn(result.copied)).toEqual([first.signature.digest, second.signature.digest]);
    expect(await digestsOf(to, TARGET)).toEqual(digestsIn(result.copied));
    expect(await inspect(`${TARGET}@${digest}`, { registry: to })).toEqual(
      await inspect(reference, { registry: from }),
    );
  });

  it('copies only signatures', async () => {
    await pushImage(to, TARGET);
    const repository = from.repository(parseReference(REPOSITORY));
    const subject = await repository.resolve(digest);
    const sbom = await repository.pushManifest(
      MANIFEST,
      json({ schemaVersion: 2, config: { mediaType: 'text/sbom' }, layers: [], subject }),
    );
    expect(await copySignatures(from, to, reference, { target: TARGET })).toMatchObject({ copied: [] });
    const copy = to.repository(parseReference(TARGET));
    expect(await rejection(copy.resolve(sbom.digest))).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('mirror.example.com/copies/app'),
    });
  });

  it('does not copy a signature that the target has', async () => {
    await pushImage(to, TARGET);
    await sign(reference, { signer, registry: from });
    const { copied } = await copySignatures(from, to, reference, { target: TARGET });
    const quiet = altered(to, () => ({
      pushBlob: () => Promise.reject(new Error('pushed')),
      pushManifest: () => Promise.reject(new Error('pushed')),
    }));
    expect(await copySignatures(from, quiet, reference, { target: TARGET })).toMatchObject({
      copied: [],
      existing: copied,
      failed: [],
    });
  });

  it('resolves a tag once, at the source', async () => {
    await pushImage(to);
    await sign(reference, { signer, registry: from });
    expect((await copySignatures(from, to, `${REPOSITORY}:v1`)).copied).toHaveLength(1);
  });

  it('requires the artifact at the target, and explains how to copy it', async () => {
    await sign(reference, { signer, registry: from });
    expect(await rejection(copySignatures(from, to, reference))).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('artifact: true'),
    });
  });

  it('copies no more signatures than limits.signatures, and reports that there are more', async () => {
    await pushImage(to);
    for (const format of ['jws', 'cose'] as const) await sign(reference, { signer, registry: from, format });
    const result = await copySignatures(from, to, reference, { limits: { signatures: 1 } });
    expect(result).toMatchObject({ copied: [{ subject: digest }], more: true });
    expect(await copySignatures(from, to, reference, { limits: { signatures: 2 } })).toMatchObject({
      more: false,
    });
  });

  it('returns plain data', async () => {
    await pushImage(to);
    await sign(reference, { signer, registry: from });
    const result = await copySignatures(from, to, reference);
    expect(JSON.parse(JSON.stringify(structuredClone(result)))).toEqual(result);
  });

  it('stops when the signal is aborted', async () => {
    await pushImage(to);
    await sign(reference, { signer, registry: from });
    const controller = new AbortController();
    const stopping = altered(from, (repository) => ({
      fetchBlob(...given) {
        controller.abort();
        return repository.fetchBlob(...given);
      },
    }));
    const { signal } = controller;
    expect(await rejection(copySignatures(stopping, to, reference, { signal }))).toMatchObject({
      code: 'ERR_ABORTED',
      message: expect.stringContaining('aborted'),
    });
    expect(await digestsOf(to, REPOSITORY)).toEqual([]);
  });

  it.each([
    ['a target of another digest', { target: `${TARGET}@${absent().digest}` }, 'target names sha256:'],
    ['no bytes for a blob', { maxBlobBytes: 0 }, 'maxBlobBytes must be'],
    ['no signatures', { limits: { signatures: 0 } }, 'limits.signatures must be'],
    ['another value for platforms', { platforms: 'linux/arm64' as 'all' }, 'platforms must be "all"'],
  ])('rejects %s', async (_, options, reason) => {
    await pushImage(to, TARGET);
    expect(await rejection(copySignatures(from, to, reference, options))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(reason),
    });
  });
});

describe('copySignatures from a repository that is not honest', () => {
  let signatures: string[];

  beforeEach(async () => {
    await pushImage(to);
    signatures = [];
    for (const format of ['jws', 'cose'] as const) {
      signatures.push((await sign(reference, { signer, registry: from, format })).signature.digest);
    }
  });

  it('copies the others if the bytes of a manifest are tampered with', async () => {
    const lying = altered(from, (repository) => ({
      async fetchManifest(descriptor, ...rest) {
        const bytes = await repository.fetchManifest(descriptor, ...rest);
        return descriptor.digest === signatures[0] ? bytes.fill(32, -1) : bytes;
      },
    }));
    const { copied, failed } = await copySignatures(lying, to, reference);
    expect(digestsIn(copied)).toEqual([signatures[1]]);
    expect(failed).toMatchObject([
      { signature: { digest: signatures[0] }, reason: { code: 'ERR_CONTENT_MISMATCH' } },
    ]);
  });

  it.each([
    ['tampered with', (bytes: Uint8Array) => bytes.fill(0, 0, 1)],
    ['cut short', (bytes: Uint8Array) => bytes.slice(1)],
  ])('copies no envelope that is %s', async (_, tamper) => {
    const lying = altered(from, (repository) => ({
      fetchBlob: async (...given) => tamper(await repository.fetchBlob(...given)),
    }));
    const { copied, failed } = await copySignatures(lying, to, reference);
    expect([copied, failed.map(({ reason }) => reason.code)]).toEqual([
      [],
      ['ERR_CONTENT_MISMATCH', 'ERR_CONTENT_MISMATCH'],
    ]);
    expect(await digestsOf(to, REPOSITORY)).toEqual([]);
  });

  it('copies no signature of another artifact', async () => {
    const repository = from.repository(parseReference(REPOSITORY));
    const other = await pushManifest(repository, 'other');
    const foreign = await sign(`${REPOSITORY}@${other.digest}`, { signer, registry: from });
    const lying = altered(from, () => ({
      async *referrers() {
        yield foreign.signature;
      },
    }));
    const { copied, failed } = await copySignatures(lying, to, reference);
    expect([copied, failed]).toMatchObject([[], [{ reason: { code: 'ERR_MANIFEST_INVALID' } }]]);
  });

  it('reports why the target does not accept a signature', async () => {
    const full = altered(to, () => ({ pushBlob: () => Promise.reject(new Error('full')) }));
    const { failed } = await copySignatures(from, full, reference);
    expect(failed).toMatchObject([{ reason: { message: expect.stringContaining('full') } }, {}]);
  });

  it('reports a target that stores something else', async () => {
    const lying = altered(to, () => ({ pushManifest: async () => absent() }));
    const { copied, failed } = await copySignatures(from, lying, reference);
    expect([copied, failed.map(({ reason }) => reason.code)]).toEqual([
      [],
      ['ERR_CONTENT_MISMATCH', 'ERR_CONTENT_MISMATCH'],
    ]);
  });
});

describe('copySignatures with the artifact', () => {
  it('copies an image with its config and layers, and tags it', async () => {
    await sign(reference, { signer, registry: from });
    const result = await copySignatures(from, to, reference, { artifact: true, target: `${TARGET}:new` });
    expect(result).toMatchObject({ artifactCopied: true, copied: [{ subject: digest }] });
    const copy = to.repository(parseReference(TARGET));
    expect((await copy.resolve('new')).digest).toBe(digest);
    const { config, layers } = JSON.parse(
      new TextDecoder().decode(await copy.fetchManifest(await copy.resolve(digest))),
    );
    for (const blob of [config, ...layers]) await copy.fetchBlob(blob, { maxBytes: 1000 });
  });

  it('reports that the target had the artifact', async () => {
    await pushImage(to);
    expect(await copySignatures(from, to, reference, { artifact: true })).toMatchObject({
      artifactCopied: false,
    });
  });

  it('copies an index with its manifests, and their signatures on request', async () => {
    const { registry, index, amd64, arm64, reference } = await pushMultiPlatform();
    const signed = await sign(reference, { signer, registry, platforms: 'all' });
    const result = await copySignatures(registry, to, reference, { artifact: true, platforms: 'all' });
    expect(result.copied.map(({ subject }) => subject)).toEqual([index.digest, amd64.digest, arm64.digest]);
    for (const { artifact, signature } of [signed, ...(signed.platforms ?? [])]) {
      expect(await digestsOf(to, REPOSITORY, artifact.digest)).toEqual([signature.digest]);
    }
  });

  it('skips layers that no registry stores', async () => {
    const repository = from.repository(parseReference(REPOSITORY));
    const layer = { ...absent(), mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar' };
    const { digest } = await repository.pushManifest(
      MANIFEST,
      json({ schemaVersion: 2, mediaType: MANIFEST, layers: [layer] }),
    );
    await copySignatures(from, to, `${REPOSITORY}@${digest}`, { artifact: true });
  });

  it.each([
    ['a layer above the limit', { maxBlobBytes: 4 }, 'more than the 4 '],
    ['more than the limit in all', { maxArtifactBytes: 40 }, 'more than 40 bytes'],
  ])('rejects %s before it is read', async (_, options, reason) => {
    const work = copySignatures(from, to, reference, { artifact: true, ...options });
    expect(await rejection(work)).toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: expect.stringContaining(reason),
    });
    const copy = to.repository(parseReference(REPOSITORY));
    expect(await rejection(copy.resolve(digest))).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining(digest),
    });
  });

  it.each([
    [
      'lists 10,000 manifests',
      Array.from({ length: 10_000 }, (_, i) => absent(i)),
      'ERR_LIMIT_EXCEEDED',
      'more than 100 manifests',
    ],
    ['lists a manifest that is missing', [absent()], 'ERR_NOT_FOUND', absent().digest],
    ['has a malformed entry', [{ digest: 'sha256:0' }], 'ERR_MANIFEST_INVALID', 'an entry is malformed'],
    [
      'lists something other than manifests',
      [{ ...absent(), mediaType: 'text/plain' }],
      'ERR_MANIFEST_INVALID',
      'not a manifest',
    ],
  ])('rejects an index that %s', async (_, manifests, code, reason) => {
    const { digest } = await pushIndex(from.repository(parseReference(REPOSITORY)), manifests);
    const work = copySignatures(from, to, `${REPOSITORY}@${digest}`, { artifact: true });
    expect(await rejection(work)).toMatchObject({ code, message: expect.stringContaining(reason) });
  });

  it('rejects an index that lies about the size of a manifest', async () => {
    const repository = from.repository(parseReference(REPOSITORY));
    const manifest = await pushManifest(repository, 'one');
    const { digest } = await pushIndex(repository, [{ ...manifest, size: manifest.size + 1 }]);
    const work = copySignatures(from, to, `${REPOSITORY}@${digest}`, { artifact: true });
    expect(await rejection(work)).toMatchObject({
      code: 'ERR_CONTENT_MISMATCH',
      message: expect.stringContaining('395 bytes'),
    });
  });
});

describe('copySignatures between stores of all kinds', () => {
  const servers: RegistryServer[] = [];
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'copy-'));
  });

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await rm(directory, { recursive: true, force: true });
  });

  it('does not send blobs that the target has in another repository of the same registry', async () => {
    const server = await startRegistry();
    servers.push(server);
    const remote = createRegistry();
    const image = await pushImage(remote, `${server.host}/team/app`);
    await sign(image.reference, { signer, registry: remote });
    server.requests.length = 0;
    const target = `${server.host}/copies/app`;
    const { copied } = await copySignatures(remote, remote, image.reference, { target, artifact: true });
    expect(copied).toHaveLength(1);
    const uploads = server.requests.filter(({ path }) => path.includes('uploads'));
    expect(uploads.map(({ method, url }) => [method, url.searchParams.get('from')])).toEqual(
      new Array(4).fill(['POST', 'team/app']),
    );
    expect(server.requests.filter(({ path, method }) => method === 'GET' && path.includes('blobs/'))).toEqual(
      [],
    );
  });

  it('buffers no more than parts of a blob from a registry to a layout and back', async () => {
    const server = await startRegistry();
    servers.push(server);
    const remote = createRegistry({ chunkSize: 1000 });
    const repository = remote.repository(parseReference(`${server.host}/team/large`));
    const layer = await repository.pushBlob('application/octet-stream', new Uint8Array(10_000));
    const manifest = json({ schemaVersion: 2, mediaType: MANIFEST, layers: [layer] });
    const { digest } = await repository.pushManifest(MANIFEST, manifest);
    const layout = createImageLayout(join(directory, 'large'));
    server.requests.length = 0;
    const options = { artifact: true, target: REPOSITORY };
    await copySignatures(remote, layout, `${server.host}/team/large@${digest}`, options);
    const reads = server.requests.filter(({ path }) => path.includes(layer.digest));
    expect(reads.map(({ headers }) => headers.range)).toHaveLength(10);
    const target = `${server.host}/team/back`;
    await copySignatures(layout, remote, `${REPOSITORY}@${digest}`, { artifact: true, target });
    const bodies = server.requests.filter(({ path }) => path.includes('team/back/blobs/uploads'));
    expect(Math.max(...bodies.map(({ body }) => body.length))).toBe(1000);
    expect(server.repository('team/back').blobs.get(layer.digest)).toHaveLength(10_000);
  });

  it('reports how much of each layer the target has, and ignores exceptions of the listener', async () => {
    const server = await startRegistry();
    servers.push(server);
    const remote = createRegistry({ chunkSize: 4 });
    const { reference, registry } = await pushImage();
    const told: [string, number, number][] = [];
    const target = `${server.host}/team/told`;
    const { artifactCopied } = await copySignatures(registry, remote, reference, {
      artifact: true,
      target,
      onProgress({ blob, sent, total }) {
        told.push([blob.mediaType, sent, total]);
        throw new Error('the listener is broken');
      },
    });
    expect(artifactCopied).toBe(true);
    const layer = told.filter(([mediaType]) => mediaType === 'application/vnd.oci.image.layer.v1.tar');
    expect(layer.map(([, sent]) => sent)).toEqual([4, 5, 5]);
    expect(new Set(layer.map(([, , total]) => total))).toEqual(new Set([5]));
  });

  it.each([true, false])('reaches a registry (referrers API: %s) and a layout', async (referrersApi) => {
    await sign(reference, { signer, registry: from, manifestForm: 'config' });
    const server = await startRegistry({ referrersApi });
    servers.push(server);
    const remote = createRegistry();
    const target = `${server.host}/copies/app`;
    const first = await copySignatures(from, remote, reference, { target, artifact: true });
    const layout = createImageLayout(join(directory, String(referrersApi)));
    const second = await copySignatures(remote, layout, `${target}@${digest}`, { artifact: true });
    expect(digestsIn(second.copied)).toEqual(digestsIn(first.copied));
    expect(await digestsOf(layout, target)).toEqual(digestsIn(first.copied));
  });
});
