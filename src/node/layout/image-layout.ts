import { posix } from 'node:path';
import { digestOf } from '../../crypto/digest.ts';
import { readBytes } from '../../encoding/bytes.ts';
import type { Descriptor } from '../../encoding/descriptor.ts';
import { isDigest } from '../../encoding/digest.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { throwIfAborted, untilAborted } from '../../net/abort.ts';
import { declaredMediaType, describeManifest, entries, parseReferrer } from '../../oci/documents.ts';
import { isManifestType } from '../../oci/media-types.ts';
import { createQueue } from '../../oci/queue.ts';
import { checkReference, repositoryName } from '../../oci/reference.ts';
import {
  type OperationOptions,
  type Registry,
  type Repository,
  readBlobOptions,
  readReferrersOptions,
} from '../../oci/repository.ts';
import { checkTag, checkTarget, referrersTag } from '../../oci/target.ts';
import { streamBlob, writeBlobStream } from './blob-stream.ts';
import { blobPath, readBlob, readManifest, readManifestByDigest, writeBlob } from './blobs.ts';
import { deleteManifest } from './delete-manifest.ts';
import { checkLayout, ensureLayout, readIndex, tagOf, updateIndex, withEntry } from './index-json.ts';
import { layoutInvalid, makeLayoutDirectory } from './layout-files.ts';
import { scan, scanReferrers } from './scan.ts';

/**
 * Opens an OCI image layout on disk, as `notation --oci-layout`, `oras` and `skopeo` read and write it.
 *
 * A layout is one store: every registry and repository that a reference names is this layout, and the `name` of the
 * repository is that of the reference, for the registry scopes of a trust policy. Tags are the annotation
 * `org.opencontainers.image.ref.name` of entries of `index.json`. The referrers of a manifest are found by their own
 * `subject`, among the manifests that `index.json` leads to, nested indexes included; that covers the index under the
 * fallback tag `sha256-<hex>`.
 *
 * A digest names the content of the layout under it, whether or not an index lists it: the specification of image layouts
 * allows blobs that nothing refers to, and `oras` resolves them too. A deleted manifest is therefore removed from the
 * disk as well: an index of several platforms may still list it, and cannot be changed without another digest.
 *
 * The first push makes a missing or empty directory a layout. Files are replaced in one step, and a lock file keeps
 * writers in other processes from losing each other's entries of `index.json`. `oras` and `notation` do not know the
 * lock: they may overwrite what is written while they run. Reading takes no lock and writes nothing.
 *
 * @param path - The directory, absolute or relative to the working directory. Links in it are followed unless they lead
 * out of it.
 * @returns A registry that finds every repository in the layout. Its operations reject with `ERR_LAYOUT_INVALID` for a
 * directory that cannot be read as a layout or written, and with `ERR_REFERENCE_INVALID`, `ERR_NOT_FOUND`,
 * `ERR_CONTENT_MISMATCH`, `ERR_LIMIT_EXCEEDED`, `ERR_MANIFEST_INVALID`, `ERR_DESCRIPTOR_INVALID`, `ERR_TIMEOUT` (for
 * the lock, after 30 s) and `ERR_ABORTED`.
 * @throws NotationError `ERR_ARGUMENT_INVALID` if the path is empty or contains a null character.
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
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export function createImageLayout(path: string): Registry {
  if (!path || path.includes('\0')) {
    throw argumentInvalid(
      'the path of an image layout must be a string without null characters, and not empty',
    );
  }
  const queue = createQueue();
  const enqueue: Enqueue = (signal, task) => {
    const turn = queue(path, async () => {
      throwIfAborted(signal);
      await task();
    });
    return untilAborted(turn, signal, `the change of the image layout ${quote(path)}`);
  };
  return {
    repository(reference) {
      checkReference(reference);
      return layoutRepository(repositoryName(reference), path, enqueue);
    },
  };
}

/** Runs the writes of this process one after another, so that they do not contend for the lock file. */
type Enqueue = (signal: AbortSignal | undefined, task: () => Promise<void>) => Promise<void>;

function layoutRepository(name: string, layout: string, enqueue: Enqueue): Repository {
  return {
    name,
    async resolve(target, options = {}) {
      throwIfAborted(options.signal);
      checkTarget(target);
      return isDigest(target) ? resolveDigest(layout, target, options) : resolveTag(layout, target, options);
    },

    async fetchManifest(descriptor, options = {}) {
      throwIfAborted(options.signal);
      await checkLayout(layout);
      return readManifest(layout, descriptor, options);
    },

    async fetchBlob(descriptor, options) {
      const { maxBytes, signal } = readBlobOptions(options);
      throwIfAborted(signal);
      await checkLayout(layout);
      return readBlob(layout, descriptor, maxBytes, options);
    },

    fetchBlobStream: (descriptor, options) => streamBlob(layout, descriptor, options),

    async pushBlobStream({ mediaType, digest, size }, open, { signal } = {}) {
      throwIfAborted(signal);
      const path = blobPath(digest);
      await enqueue(signal, () => ensureLayout(layout, signal));
      await makeLayoutDirectory(layout, posix.dirname(path));
      await writeBlobStream(layout, { mediaType, digest, size }, open, signal);
      return { mediaType, digest, size };
    },

    async pushBlob(mediaType, given, { signal } = {}) {
      throwIfAborted(signal);
      const bytes = readBytes(given, 'the blob');
      await enqueue(signal, () => ensureLayout(layout, signal));
      const digest = await digestOf(bytes);
      throwIfAborted(signal);
      const descriptor = { mediaType, digest, size: bytes.length };
      await writeBlob(layout, descriptor, bytes);
      return descriptor;
    },

    pushManifest: (mediaType, bytes, options = {}) =>
      pushManifest(layout, enqueue, mediaType, bytes, options),

    async deleteManifest(descriptor, { subject, signal } = {}) {
      throwIfAborted(signal);
      await checkLayout(layout);
      await enqueue(signal, () => deleteManifest(layout, descriptor, subject, signal));
    },

    async *referrers(subject, options) {
      const { artifactType, signal, budget } = readReferrersOptions(options);
      throwIfAborted(signal);
      const tag = referrersTag(subject.digest);
      const index = await readIndex(layout);
      const found = scan(layout, index, { signal, budget, tag });
      yield* scanReferrers(found, subject, artifactType);
    },
  };
}

async function resolveTag(layout: string, tag: string, options: OperationOptions): Promise<Descriptor> {
  const tagged = [...entries(await readIndex(layout))].filter((entry) => tagOf(entry) === tag);
  const [entry] = tagged;
  if (!entry) throw new NotationError('ERR_NOT_FOUND', `the image layout has no tag ${tag}`);
  if (tagged.some(({ digest }) => digest !== entry.digest)) {
    throw layoutInvalid(`it has several manifests under the tag ${tag}; name one by its digest`);
  }
  const { mediaType, digest, size } = entry;
  return checkManifest({ mediaType, digest, size }, await readManifest(layout, entry, options));
}

async function resolveDigest(
  layout: string,
  digest: string,
  { signal, budget }: OperationOptions,
): Promise<Descriptor> {
  const index = await readIndex(layout);
  const bytes = await readManifestByDigest(layout, digest);
  budget?.charge('bytes', bytes.length);
  throwIfAborted(signal);
  const declared = mediaTypeOf(bytes);
  if (declared && isManifestType(declared)) return { mediaType: declared, digest, size: bytes.length };
  // A manifest need not declare its media type; then the index that lists it does.
  const wants = (entry: Descriptor) => entry.digest === digest && entry.size === bytes.length;
  for await (const { entry } of scan(layout, index, { signal, budget, wants })) {
    return checkManifest({ mediaType: entry.mediaType, digest, size: bytes.length }, bytes);
  }
  throw new NotationError('ERR_NOT_FOUND', `the image layout has no manifest ${digest}, only a blob`);
}

/** Checks that a manifest declares the media type of its descriptor, or none. */
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
  layout: string,
  enqueue: Enqueue,
  mediaType: string,
  given: Uint8Array,
  { tag, signal }: OperationOptions & { tag?: string | undefined },
): Promise<Descriptor> {
  throwIfAborted(signal);
  if (tag !== undefined) checkTag(tag);
  const { descriptor, bytes, subject, referrer } = await describeManifest(mediaType, given);
  await enqueue(signal, async () => {
    await ensureLayout(layout, signal);
    await writeBlob(layout, descriptor, bytes);
    await updateIndex(layout, (index) => withEntry(index, subject ? referrer : descriptor, tag), signal);
  });
  return descriptor;
}
