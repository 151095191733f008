import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRegistry, deleteSignature, parseReference, sign } from '../../src/index.ts';
import { createImageLayout } from '../../src/node/index.ts';
import { pushImage, REPOSITORY, rejection } from '../support/artifact.ts';
import { json as answer } from '../support/registry-server.ts';
import { atFirstDeletion, deletingRegistry, digestsOf, signedWithoutApi, signer } from './deleting.ts';
import { INDEX, json } from './indexes.ts';

async function openLayout() {
  const directory = await mkdtemp(join(tmpdir(), 'delete-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return { directory, registry: createImageLayout(directory) };
}

describe('an interrupted deletion', () => {
  it.each([429, 500, 502, 503, 504])('is repeated after %i', async (status) => {
    const { server, registry, reference, signature } = await signedWithoutApi();
    const deletions = atFirstDeletion(server, (response) => response.writeHead(status).end());
    await deleteSignature(reference, { registry, digest: signature.digest });
    expect([deletions(), await digestsOf(registry, reference)]).toEqual([2, []]);
  });

  it.each([
    ['the response to the first request is lost', (response: ServerResponse) => response.destroy()],
    [
      'the response to the first request is still 503',
      (response: ServerResponse) => response.writeHead(503).end(),
    ],
    [
      'the response to the first request breaks off',
      (response: ServerResponse) => {
        response.writeHead(202, { 'content-length': 10 }).flushHeaders();
        setTimeout(() => response.destroy(), 50);
      },
    ],
  ])('succeeds if %s and the second one finds nothing', async (_, lose) => {
    const { server, registry, reference, signature } = await signedWithoutApi();
    const deletions = atFirstDeletion(server, (response) => {
      server.repository('team/app').manifests.delete(signature.digest);
      lose(response);
    });
    await deleteSignature(reference, { registry, digest: signature.digest });
    expect([deletions(), await digestsOf(registry, reference)]).toEqual([2, []]);
  });

  it('removes the entry that an earlier deletion left in the index', async () => {
    const { server, registry, reference, signature } = await signedWithoutApi();
    const other = await sign(reference, { signer, registry, format: 'cose' });
    const { intercept } = server.switches;
    server.switches.intercept = (request, response) => {
      if (request.method !== 'PUT') return intercept?.(request, response) ?? false;
      answer(response, 403, {});
      return true;
    };
    const { digest } = signature;
    expect(await rejection(deleteSignature(reference, { registry, digest }))).toMatchObject({
      message: expect.stringContaining('is still in the index of referrers'),
    });
    server.switches.intercept = intercept;
    expect(await digestsOf(registry, reference)).toEqual([digest, other.signature.digest]);
    await deleteSignature(reference, { registry, digest });
    expect(await digestsOf(registry, reference)).toEqual([other.signature.digest]);
    expect(await rejection(deleteSignature(reference, { registry, digest }))).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('MANIFEST_UNKNOWN'),
    });
  });

  it('reports a registry whose referrers API still lists a deleted signature', async () => {
    const server = await deletingRegistry({ referrersApi: true });
    const registry = createRegistry();
    const { reference } = await pushImage(registry, `${server.host}/team/app`);
    const { digest } = (await sign(reference, { signer, registry })).signature;
    const { intercept } = server.switches;
    server.switches.intercept = (request, response) => {
      if (!request.path.endsWith(`manifests/${digest}`)) return intercept?.(request, response) ?? false;
      answer(response, 404, {});
      return true;
    };
    expect(await rejection(deleteSignature(reference, { registry, digest }))).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining(digest),
    });
  });

  it('removes the entry of a signature that is gone from an image layout', async () => {
    const { registry, directory } = await openLayout();
    const { reference, digest } = await pushImage(registry);
    const { signature } = await sign(reference, { signer, registry });
    const tag = digest.replace(':', '-');
    const entry = { ...signature, artifactType: 'application/vnd.cncf.notary.signature' };
    const index = json({ schemaVersion: 2, mediaType: INDEX, manifests: [entry] });
    const repository = registry.repository(parseReference(REPOSITORY));
    await repository.pushManifest(INDEX, index, { tag });
    await rm(join(directory, 'blobs/sha256', signature.digest.slice(7)));
    expect(await digestsOf(registry, reference)).toEqual([signature.digest]);
    await deleteSignature(reference, { registry, digest: signature.digest });
    expect(await digestsOf(registry, reference)).toEqual([]);
    expect(await readFile(join(directory, 'index.json'), 'utf8')).not.toContain(signature.digest);
  });

  it('leaves no signature of an image layout behind in another index that lists it', async () => {
    const { registry } = await openLayout();
    const { reference } = await pushImage(registry);
    const { signature } = await sign(reference, { signer, registry });
    const repository = registry.repository(parseReference(REPOSITORY));
    const nested = json({ schemaVersion: 2, mediaType: INDEX, manifests: [signature] });
    const before = await repository.pushManifest(INDEX, nested, { tag: 'nested' });
    await deleteSignature(reference, { registry, digest: signature.digest });
    expect(await digestsOf(registry, reference)).toEqual([]);
    expect(await rejection(repository.resolve(signature.digest))).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('no blob'),
    });
    // Its digest may be signed itself.
    expect(await repository.resolve('nested')).toEqual(before);
    expect(await repository.fetchManifest(before)).toEqual(nested);
  });
});
