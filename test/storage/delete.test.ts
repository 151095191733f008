import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createMemoryRegistry,
  createRegistry,
  deleteSignature,
  parseReference,
  type Registry,
  sign,
} from '../../src/index.ts';
import { createImageLayout } from '../../src/node/index.ts';
import { pushImage, REPOSITORY, rejection } from '../support/artifact.ts';
import { json as answer } from '../support/registry-server.ts';
import { deletingRegistry, digestsOf, signer } from './deleting.ts';
import { absent, altered, INDEX, json, pushManifest } from './indexes.ts';

interface Place {
  registry: Registry;
  name: string;
}

const places: Record<string, () => Promise<Place>> = {
  'in memory': async () => ({ registry: createMemoryRegistry(), name: REPOSITORY }),
  'an image layout': async () => {
    const directory = await mkdtemp(join(tmpdir(), 'delete-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    return { registry: createImageLayout(directory), name: REPOSITORY };
  },
  'a registry with the referrers API': async () => {
    const { host } = await deletingRegistry({ referrersApi: true });
    return { registry: createRegistry(), name: `${host}/team/app` };
  },
  'a registry without the referrers API': async () => {
    const { host } = await deletingRegistry({ referrersApi: false });
    return { registry: createRegistry(), name: `${host}/team/app` };
  },
};

describe.each(Object.entries(places))('deleteSignature, %s,', (_, place) => {
  it('deletes the one signature and no other', async () => {
    const { registry, name } = await place();
    const { reference } = await pushImage(registry, name);
    const first = await sign(reference, { signer, registry, manifestForm: 'config' });
    const second = await sign(reference, { signer, registry, format: 'cose', manifestForm: 'config' });
    await deleteSignature(reference, { registry, digest: first.signature.digest });
    expect(await digestsOf(registry, reference)).toEqual([second.signature.digest]);
    await deleteSignature(reference, { registry, digest: second.signature.digest });
    expect(await digestsOf(registry, reference)).toEqual([]);
  });

  it('fails the second time, because it is gone', async () => {
    const { registry, name } = await place();
    const { reference } = await pushImage(registry, name);
    const { signature } = await sign(reference, { signer, registry });
    await deleteSignature(reference, { registry, digest: signature.digest });
    const again = deleteSignature(reference, { registry, digest: signature.digest });
    expect(await rejection(again)).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining(signature.digest),
    });
  });

  it('deletes only signatures of the artifact', async () => {
    const { registry, name } = await place();
    const { reference, digest } = await pushImage(registry, name);
    const other = await pushManifest(registry.repository(parseReference(name)), 'other');
    const { signature } = await sign(`${name}@${other.digest}`, { signer, registry });
    const codes = [digest, signature.digest, absent().digest, 'latest'].map(async (digest) =>
      rejection(deleteSignature(reference, { registry, digest })),
    );
    expect(await Promise.all(codes)).toMatchObject([
      { code: 'ERR_MANIFEST_INVALID', message: expect.stringContaining('the signature manifest is') },
      {
        code: 'ERR_ARTIFACT_MISMATCH',
        message: expect.stringContaining(`is a signature of ${other.digest}`),
      },
      { code: 'ERR_NOT_FOUND', message: expect.stringContaining(absent().digest) },
      { code: 'ERR_DESCRIPTOR_INVALID', message: '"latest" is not a digest' },
    ]);
    expect(await digestsOf(registry, `${name}@${other.digest}`)).toEqual([signature.digest]);
  });
});

describe('deleteSignature', () => {
  it('removes the entry from the index under the fallback tag, and keeps those of others', async () => {
    const server = await deletingRegistry({ referrersApi: false });
    const registry = createRegistry();
    const { reference, digest } = await pushImage(registry, `${server.host}/team/app`);
    const { signature } = await sign(reference, { signer, registry });
    const tag = digest.replace(':', '-');
    const { tags, manifests } = server.repository('team/app');
    const index = JSON.parse(String(manifests.get(tags.get(tag) ?? '')?.bytes));
    const foreign = [{ ...absent(), artifactType: 'text/sbom' }, 'malformed'];
    server.put(
      'team/app',
      { ...index, manifests: [...foreign, ...index.manifests] },
      { mediaType: INDEX, tag },
    );
    await deleteSignature(reference, { registry, digest: signature.digest });
    const after = JSON.parse(String(manifests.get(tags.get(tag) ?? '')?.bytes));
    expect(after).toEqual({ ...index, manifests: foreign });
    expect(manifests.has(signature.digest)).toBe(false);
  });

  it.each([
    [405, 'ERR_DELETION_UNSUPPORTED'],
    [501, 'ERR_DELETION_UNSUPPORTED'],
    [400, 'ERR_DELETION_UNSUPPORTED'],
    [403, 'ERR_REGISTRY_UNAUTHORIZED'],
    [409, 'ERR_REGISTRY_RESPONSE'],
    [404, 'ERR_NOT_FOUND'],
  ])('changes nothing if the registry responds with %i: %s', async (status, code) => {
    const server = await deletingRegistry({
      referrersApi: false,
      intercept: ({ method }, response) => {
        if (method !== 'DELETE') return false;
        answer(response, status, { errors: [{ code: 'UNSUPPORTED' }] });
        return true;
      },
    });
    const registry = createRegistry();
    const { reference } = await pushImage(registry, `${server.host}/team/app`);
    const { signature } = await sign(reference, { signer, registry });
    const { digest } = signature;
    expect(await rejection(deleteSignature(reference, { registry, digest }))).toMatchObject({
      code,
      message: expect.stringContaining(server.host),
    });
    expect(await digestsOf(registry, reference)).toEqual([digest]);
  });

  it('removes the entry again if another writer restores it', async () => {
    const server = await deletingRegistry({ referrersApi: false });
    const registry = createRegistry();
    const { reference, digest } = await pushImage(registry, `${server.host}/team/app`);
    const { signature } = await sign(reference, { signer, registry });
    const tag = digest.replace(':', '-');
    const { tags, manifests } = server.repository('team/app');
    const before = tags.get(tag) ?? '';
    const { intercept } = server.switches;
    let writes = 0;
    server.switches.intercept = (request, response) => {
      const writing = request.method === 'PUT' && request.path.endsWith(tag) && ++writes === 1;
      // Just after the index was written, it is overwritten by a version that was read earlier.
      if (writing) response.once('finish', () => tags.set(tag, before));
      return intercept?.(request, response) ?? false;
    };
    await deleteSignature(reference, { registry, digest: signature.digest });
    expect(writes).toBe(2);
    expect(JSON.parse(String(manifests.get(tags.get(tag) ?? '')?.bytes))).toMatchObject({ manifests: [] });
  });

  it('reports that it was deleted although its entry could not be removed', async () => {
    const server = await deletingRegistry({ referrersApi: false });
    const registry = createRegistry();
    const { reference, digest } = await pushImage(registry, `${server.host}/team/app`);
    const { signature } = await sign(reference, { signer, registry });
    const { intercept } = server.switches;
    server.switches.intercept = (request, response) => {
      if (request.method !== 'PUT') return intercept?.(request, response) ?? false;
      answer(response, 403, {});
      return true;
    };
    expect(await rejection(deleteSignature(reference, { registry, digest: signature.digest }))).toMatchObject(
      {
        code: 'ERR_REGISTRY_UNAUTHORIZED',
        message: expect.stringContaining(`${signature.digest} was deleted, but`),
      },
    );
    expect(server.repository('team/app').tags.has(digest.replace(':', '-'))).toBe(true);
  });

  it('requests a token of its own to delete', async () => {
    const server = await deletingRegistry({});
    const { intercept } = server.switches;
    const registry = createRegistry({
      credentials: { [server.host]: { username: 'ci', password: 'secret' } },
    });
    const { reference } = await pushImage(registry, `${server.host}/team/app`);
    const { digest } = (await sign(reference, { signer, registry })).signature;
    server.switches.accounts = { scheme: 'bearer', username: 'ci', password: 'secret' };
    server.switches.intercept = (request, response) => {
      if (request.method !== 'DELETE') return false;
      const token = request.authorization?.replace('Bearer ', '') ?? '';
      if (server.tokens.get(token)?.includes('repository:team/app:delete')) {
        return intercept?.(request, response) ?? false;
      }
      response.setHeader('www-authenticate', `Bearer realm="http://${server.host}/token",service="registry"`);
      answer(response, 401, {});
      return true;
    };
    await deleteSignature(reference, { registry, digest });
    expect(await digestsOf(registry, reference)).toEqual([]);
  });

  it('rejects a repository of another kind that cannot delete', async () => {
    const { registry, reference } = await pushImage();
    const { digest } = (await sign(reference, { signer, registry })).signature;
    const fixed = altered(registry, () => ({ deleteManifest: undefined }) as object);
    expect(await rejection(deleteSignature(reference, { registry: fixed, digest }))).toMatchObject({
      code: 'ERR_DELETION_UNSUPPORTED',
      message: expect.stringContaining('registry.example.com/team/app does not support deletion'),
    });
  });

  it('removes the entry from the index under the fallback tag of an image layout', async () => {
    const { registry, name } = (await places['an image layout']?.()) ?? {
      registry: createMemoryRegistry(),
      name: '',
    };
    const { reference, digest } = await pushImage(registry, name);
    const { signature } = await sign(reference, { signer, registry });
    const index = json({ schemaVersion: 2, mediaType: INDEX, manifests: [signature] });
    const repository = registry.repository(parseReference(name));
    await repository.pushManifest(INDEX, index, { tag: digest.replace(':', '-') });
    await deleteSignature(reference, { registry, digest: signature.digest });
    expect(await digestsOf(registry, reference)).toEqual([]);
    const left = await repository.fetchManifest(await repository.resolve(digest.replace(':', '-')));
    expect(JSON.parse(new TextDecoder().decode(left))).toMatchObject({ manifests: [] });
  });
});
