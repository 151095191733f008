import { digestOf } from '../crypto/digest.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { isDigest, parseDigest } from '../encoding/digest.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { throwIfAborted, untilAborted } from '../net/abort.ts';
import { checkContent, checkSize } from '../oci/content.ts';
import { declaredMediaType, describeManifest, entries, parseReferrer } from '../oci/documents.ts';
import { isManifestType } from '../oci/media-types.ts';
import { createQueue } from '../oci/queue.ts';
import { checkReference, checkTag, checkTarget, referrersTag, repositoryName } from '../oci/reference.ts';
import {
  limits,
  type OperationOptions,
  type Registry,
  type Repository,
  readBlobOptions,
  readReferrersOptions,
} from '../oci/repository.ts';
import { streamBlob, writeBlobStream } from './layout-blob-stream.ts';
import { deleteManifest } from './layout-delete.ts';
import { makeFolder, readFileOf, removeFileOf, writeFileOf } from './layout-files.ts';
import { checkLayout, ensureLayout, readIndex, tagOf, updateIndex, withEntry } from './layout-index.ts';
import { scan, scanReferrers } from './layout-scan.ts';

/**
 * An OCI image layout on disk, as `notation --oci-layout`, `oras` and `skopeo` read and write it.
 *
 * A layout is one store: whatever registry and repository a reference names, it is this layout, and the `name` of the
 * repository is that of the reference, for the registry scopes of a trust policy. Tags are the annotation
 * `org.opencontainers.image.ref.name` of entries of `index.json`. The referrers of a manifest are found among the
 * manifests that `index.json` leads to, nested indexes included, by their own `subject`; that covers the index under
 * the fallback tag `sha256-<hex>`.
 *
 * A digest names what the layout holds under it, whether or not an index lists it: the specification of image layouts
 * has blobs that nothing refers to, and `oras` resolves them too. What is deleted is therefore removed, not just listed
 * no more: an index of several platforms may list it still, and cannot be changed without another digest.
 *
 * The first push makes a folder that is missing or empty a layout. Files are replaced in one step, and a lock file
 * keeps writers in other processes from losing each other's entries of `index.json`. Reading takes no lock and writes
 * nothing.
 *
 * @param path - The folder, absolute or relative to the working directory. Links in it are followed unless they lead
 * out of it.
 * @returns Where the repository is found. Its operations reject with `ERR_LAYOUT_INVALID` for a folder that cannot be
 * read as a layout or written, and with `ERR_REFERENCE_INVALID`, `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`,
 * `ERR_LIMIT_EXCEEDED`, `ERR_MANIFEST_INVALID`, `ERR_DESCRIPTOR_INVALID`, `ERR_TIMEOUT` (for the lock, after 30 s) and
 * `ERR_ABORTED`.
 * @throws NotationError `ERR_ARGUMENT_INVALID` when the path is empty.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { createImageLayout } from 'notarykit/node';
 * import { parseReference } from 'notarykit/oci';
 *
 * const layout = createImageLayout(await mkdtemp(join(tmpdir(), 'layout-')));
 * const repository = layout.repository(parseReference('registry.example.com/team/app:v1'));
 * const manifest = new TextEncoder().encode('{"schemaVersion":2,"config":{"mediaType":"text/plain"},"layers":[]}');
 * await repository.pushManifest('application/vnd.oci.image.manifest.v1+json', manifest, { tag: 'v1' });
 * const { size } = await repository.resolve('v1');
 * console.log(size === manifest.length); // true
 * ```
 *
 * @see OCI image specification 1.1, "Image Layout Specification"
 */
export function createImageLayout(path: string): Registry {
  if (!path || path.includes('\0')) {
    throw new NotationError('ERR_ARGUMENT_INVALID', 'the path of an image layout is empty or malformed');
  }
  const queue = createQueue();
  const enqueue: Enqueue = (signal, task) => {
    const turn = queue(path, async () => {
      throwIfAborted(signal);
      await task();
    });
    return untilAborted(turn, signal);
  };
  return {
    repository(reference) {
      checkReference(reference);
      return layoutRepository(repositoryName(reference), path, enqueue);
    },
  };
}

/** Runs writes of this process one after another, so that they do not contend for the lock file. */
type Enqueue = (signal: AbortSignal | undefined, task: () => Promise<void>) => Promise<void>;

function layoutRepository(name: string, folder: string, enqueue: Enqueue): Repository {
  return {
    name,
    async resolve(target, { signal } = {}) {
      throwIfAborted(signal);
      checkTarget(target);
      return isDigest(target) ? resolveDigest(folder, target, signal) : resolveTag(folder, target);
    },

    async fetchManifest(descriptor, { signal } = {}) {
      throwIfAborted(signal);
      await checkLayout(folder);
      return readManifest(folder, descriptor);
    },

    async fetchBlob(descriptor, options) {
      const { maxBytes, signal } = readBlobOptions(options);
      throwIfAborted(signal);
      await checkLayout(folder);
      return readBlob(folder, descriptor, maxBytes);
    },

    fetchBlobStream: (descriptor, options) =>
      streamBlob(folder, blobPath(descriptor.digest), descriptor, options),

    async pushBlobStream({ mediaType, digest, size }, open, { signal } = {}) {
      throwIfAborted(signal);
      const path = blobPath(digest);
      await enqueue(signal, () => ensureLayout(folder, signal));
      await makeFolder(folder, path.slice(0, path.lastIndexOf('/')));
      await writeBlobStream(folder, path, { mediaType, digest, size }, open, signal);
      return { mediaType, digest, size };
    },

    async pushBlob(mediaType, bytes, { signal } = {}) {
      throwIfAborted(signal);
      await enqueue(signal, () => ensureLayout(folder, signal));
      const digest = await digestOf(bytes);
      throwIfAborted(signal);
      const descriptor = { mediaType, digest, size: bytes.length };
      await writeBlob(folder, descriptor, bytes);
      return descriptor;
    },

    pushManifest: (mediaType, bytes, options = {}) =>
      pushManifest(folder, enqueue, mediaType, bytes, options),

    async deleteManifest(descriptor, { subject, signal } = {}) {
      throwIfAborted(signal);
      await checkLayout(folder);
      const read = (entry: Descriptor) => readManifest(folder, entry);
      const write = (entry: Descriptor, bytes: Uint8Array) => writeBlob(folder, entry, bytes);
      const remove = () => removeFileOf(folder, blobPath(descriptor.digest));
      await enqueue(signal, () =>
        deleteManifest(folder, descriptor, subject, { read, write, remove, signal }),
      );
    },

    async *referrers(subject, options) {
      const { artifactType, signal } = readReferrersOptions(options);
      throwIfAborted(signal);
      const tag = referrersTag(subject.digest);
      const index = await readIndex(folder);
      const found = scan(index, (entry) => readManifest(folder, entry), { signal, tag });
      yield* scanReferrers(found, subject, artifactType);
    },
  };
}

async function resolveTag(folder: string, tag: string): Promise<Descriptor> {
  const tagged = [...entries(await readIndex(folder))].filter((entry) => tagOf(entry) === tag);
  const [entry] = tagged;
  if (!entry) throw new NotationError('ERR_NOT_FOUND', `the image layout has no tag ${tag}`);
  if (tagged.some(({ digest }) => digest !== entry.digest)) {
    const message = `the image layout has several manifests under the tag ${tag}; name one by its digest`;
    throw new NotationError('ERR_LAYOUT_INVALID', message);
  }
  const { mediaType, digest, size } = entry;
  return checkManifest({ mediaType, digest, size }, await readManifest(folder, entry));
}

async function resolveDigest(
  folder: string,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const index = await readIndex(folder);
  const bytes = await readUnsized(folder, digest);
  const declared = mediaTypeOf(bytes);
  if (declared && isManifestType(declared)) return { mediaType: declared, digest, size: bytes.length };
  // Manifests need not declare a media type: then it is the one that an index gives.
  const wants = (entry: Descriptor) => entry.digest === digest && entry.size === bytes.length;
  for await (const { entry } of scan(index, (entry) => readManifest(folder, entry), { signal, wants })) {
    return checkManifest({ mediaType: entry.mediaType, digest, size: bytes.length }, bytes);
  }
  throw new NotationError('ERR_NOT_FOUND', `the image layout has no manifest ${digest}, only a blob`);
}

/** A manifest must not be taken for one of another type than it declares. */
function checkManifest(descriptor: Descriptor, bytes: Uint8Array): Descriptor {
  if (!isManifestType(descriptor.mediaType)) {
    throw new NotationError('ERR_NOT_FOUND', `the image layout has no manifest ${descriptor.digest}`);
  }
  parseReferrer(bytes, descriptor);
  return descriptor;
}

function mediaTypeOf(bytes: Uint8Array): string | undefined {
  try {
    return declaredMediaType(bytes);
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}

async function pushManifest(
  folder: string,
  enqueue: Enqueue,
  mediaType: string,
  bytes: Uint8Array,
  { tag, signal }: OperationOptions & { tag?: string | undefined },
): Promise<Descriptor> {
  throwIfAborted(signal);
  if (tag !== undefined) checkTag(tag);
  const { descriptor, subject, referrer } = await describeManifest(mediaType, bytes);
  await enqueue(signal, async () => {
    await ensureLayout(folder, signal);
    await writeBlob(folder, descriptor, bytes);
    await updateIndex(folder, (index) => withEntry(index, subject ? referrer : descriptor, tag), signal);
  });
  return descriptor;
}

function readManifest(folder: string, descriptor: Descriptor): Promise<Uint8Array> {
  return readBlob(folder, descriptor, limits.manifest);
}

async function readBlob(folder: string, descriptor: Descriptor, maxBytes: number): Promise<Uint8Array> {
  const path = blobPath(descriptor.digest);
  checkSize(descriptor, maxBytes);
  const file = await readFileOf(folder, path, maxBytes);
  if (file) return checkContent(file.bytes, descriptor);
  throw new NotationError('ERR_NOT_FOUND', `the image layout has no blob ${descriptor.digest}`);
}

async function readUnsized(folder: string, digest: string): Promise<Uint8Array> {
  const file = await readFileOf(folder, blobPath(digest), limits.manifest);
  if (file) return checkContent(file.bytes, { digest, size: file.bytes.length });
  throw new NotationError('ERR_NOT_FOUND', `the image layout has no blob ${digest}`);
}

/** A blob that is there already is left alone if it is sound, and replaced if it is not. */
async function writeBlob(folder: string, descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
  try {
    await readBlob(folder, descriptor, bytes.length);
  } catch (error) {
    if (!isNotationError(error)) throw error;
    if (error.code === 'ERR_LAYOUT_INVALID') throw error;
    await writeFileOf(folder, blobPath(descriptor.digest), bytes);
  }
}

/** Safe on any file system: the digest is checked to be a known algorithm and hexadecimal. */
function blobPath(digest: string): string {
  const { algorithm, hex } = parseDigest(digest);
  return `blobs/${algorithm}/${hex}`;
}
