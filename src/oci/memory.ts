import { digestOf } from '../crypto/digest.ts';
import { readBytes } from '../encoding/bytes.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { isDigest, parseDigest } from '../encoding/digest.ts';
import { NotationError } from '../errors/index.ts';
import { throwIfAborted } from '../net/abort.ts';
import { checkContent, checkSize, sameContent } from './content.ts';
import { describeManifest, type ReferrerManifest } from './documents.ts';
import { checkReference, checkRegistryHost, repositoryName } from './reference.ts';
import { type ListableRegistry, limits, readBlobOptions, readReferrersOptions } from './repository.ts';
import { checkTag, checkTarget } from './target.ts';

/** A manifest in a repository in memory. */
interface StoredManifest extends ReferrerManifest {
  descriptor: Descriptor;
  bytes: Uint8Array;
}

/**
 * Makes a registry in memory, for tests and for artifacts that never reach a registry. Each repository is a store of its
 * own, empty at first; the same name returns the same store. Pushed content is copied, and checked like that of a
 * registry on the network.
 *
 * @returns The registry. The operations of its repositories reject with `ERR_REFERENCE_INVALID`,
 * `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`, `ERR_LIMIT_EXCEEDED`, `ERR_MANIFEST_INVALID`, `ERR_DESCRIPTOR_INVALID` and
 * `ERR_ABORTED`.
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, parseReference } from 'notarykit/oci';
 *
 * const registry = createMemoryRegistry();
 * const repository = registry.repository(parseReference('registry.example.com/team/app:v1'));
 * const manifest = new TextEncoder().encode('{"schemaVersion":2,"config":{"mediaType":"text/plain"},"layers":[]}');
 * await repository.pushManifest('application/vnd.oci.image.manifest.v1+json', manifest, { tag: 'v1' });
 * const { digest } = await repository.resolve('v1');
 * console.log(digest.startsWith('sha256:')); // true
 * ```
 *
 * @see OCI distribution specification 1.1
 */
export function createMemoryRegistry(): ListableRegistry {
  const repositories = new Map<string, ListedRepository>();
  return {
    repository(reference) {
      checkReference(reference);
      const name = repositoryName(reference);
      const repository = repositories.get(name) ?? memoryRepository(name);
      repositories.set(name, repository);
      return repository;
    },
    async *repositories(registry, { signal } = {}) {
      checkRegistryHost(registry);
      const prefix = `${registry}/`;
      for (const name of [...repositories.keys()]) {
        throwIfAborted(signal);
        if (name.startsWith(prefix)) yield name.slice(prefix.length);
      }
    },
  };
}

type ListedRepository = ReturnType<ListableRegistry['repository']>;

function memoryRepository(name: string): ListedRepository {
  const blobs = new Map<string, Uint8Array>();
  const manifests = new Map<string, StoredManifest>();
  const tags = new Map<string, string>();

  function find<T>(stored: ReadonlyMap<string, T>, digest: string, what: string): T {
    const found = stored.get(digest);
    if (found) return found;
    throw new NotationError('ERR_NOT_FOUND', `${name} has no ${what} ${digest}`);
  }

  return {
    name,

    async resolve(target, { signal } = {}) {
      throwIfAborted(signal);
      checkTarget(target);
      const digest = isDigest(target) ? target : find(tags, target, 'tag');
      return { ...find(manifests, digest, 'manifest').descriptor };
    },

    async fetchManifest(descriptor, { signal, budget } = {}) {
      throwIfAborted(signal);
      parseDigest(descriptor.digest);
      checkSize(descriptor, limits.manifest);
      budget?.charge('bytes', descriptor.size);
      throwIfAborted(signal);
      const stored = find(manifests, descriptor.digest, 'manifest');
      if (stored.descriptor.mediaType !== descriptor.mediaType) {
        throw new NotationError('ERR_CONTENT_MISMATCH', `${descriptor.digest} has another media type`);
      }
      return checkContent(stored.bytes.slice(), descriptor);
    },

    async fetchBlob(descriptor, options) {
      const { maxBytes, signal, budget } = readBlobOptions(options);
      throwIfAborted(signal);
      parseDigest(descriptor.digest);
      checkSize(descriptor, maxBytes);
      budget?.charge('bytes', descriptor.size);
      throwIfAborted(signal);
      return checkContent(find(blobs, descriptor.digest, 'blob').slice(), descriptor);
    },

    async pushBlob(mediaType, bytes, { signal } = {}) {
      throwIfAborted(signal);
      const copy = readBytes(bytes, 'the blob').slice();
      const digest = await digestOf(copy);
      throwIfAborted(signal);
      blobs.set(digest, copy);
      return { mediaType, digest, size: copy.length };
    },

    async pushManifest(mediaType, bytes, { tag, signal } = {}) {
      throwIfAborted(signal);
      if (tag !== undefined) checkTag(tag);
      const manifest = await describeManifest(mediaType, readBytes(bytes, 'the manifest').slice());
      const { descriptor } = manifest;
      throwIfAborted(signal);
      manifests.set(descriptor.digest, manifest);
      if (tag !== undefined) tags.set(tag, descriptor.digest);
      return { ...descriptor };
    },

    async deleteManifest({ digest }, { signal } = {}) {
      throwIfAborted(signal);
      parseDigest(digest);
      find(manifests, digest, 'manifest');
      manifests.delete(digest);
      for (const [tag, tagged] of tags) if (tagged === digest) tags.delete(tag);
    },

    async *tags({ signal } = {}) {
      for (const tag of [...tags.keys()].sort()) {
        throwIfAborted(signal);
        yield tag;
      }
    },

    async *referrers(subject, options) {
      const { artifactType, signal } = readReferrersOptions(options);
      parseDigest(subject.digest);
      for (const manifest of [...manifests.values()]) {
        throwIfAborted(signal);
        const refers = manifest.subject && sameContent(manifest.subject, subject);
        if (refers && manifest.referrer.artifactType === artifactType)
          yield structuredClone(manifest.referrer);
      }
    },
  };
}
