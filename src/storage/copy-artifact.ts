import type { Descriptor } from '../encoding/descriptor.ts';
import { type ErrorCode, isNotationError, NotationError } from '../errors/index.ts';
import { sameContent } from '../oci/content.ts';
import { isIndexType } from '../oci/media-types.ts';
import type { OperationOptions, Repository } from '../oci/repository.ts';
import { blobsOf, copyBlob, type OnCopied, pushManifest, type Route, readManifest } from './contents.ts';
import { MAX_DEPTH, MAX_MANIFESTS, parsePlatforms, tooDeep, tooMany } from './platforms.ts';

/** Layers that are available at their own URL only, and not from registries. */
const FOREIGN = /\.nondistributable\.|\.foreign\./;

/** Options of {@link copyArtifact}. */
export interface CopyArtifactOptions extends OperationOptions {
  /** The tag at the target, if any. */
  tag: string | undefined;
  /** The most bytes of one blob. */
  maxBlobBytes: number;
  /** The most bytes of all blobs together. */
  maxArtifactBytes: number;
  onProgress?: OnCopied | undefined;
}

/**
 * Copies an artifact: blobs first, then manifests, and an index last, so that no client sees an incomplete artifact. A
 * manifest that the target has is assumed to be complete there.
 * @returns Whether it was copied; otherwise the target had it.
 * @throws NotationError `ERR_LIMIT_EXCEEDED`, `ERR_MANIFEST_INVALID`, `ERR_CONTENT_MISMATCH`, `ERR_NOT_FOUND`,
 * `ERR_DESCRIPTOR_INVALID` and those of both connections
 */
export async function copyArtifact(
  route: Route,
  artifact: Descriptor,
  { tag, maxBlobBytes, maxArtifactBytes, onProgress, signal, budget }: CopyArtifactOptions,
): Promise<boolean> {
  const options = { signal, budget };
  const seen = new Set<string>();
  let bytesLeft = maxArtifactBytes;
  return copy(artifact, MAX_DEPTH, tag);

  async function copy(manifest: Descriptor, depth: number, tag?: string): Promise<boolean> {
    const present = await isStored(route.to, manifest, options);
    if (present && tag === undefined) return false;
    const bytes = await readManifest(route.from, manifest, options);
    if (!present) await copyChildren(manifest, bytes, depth);
    await pushManifest(route.to, manifest, bytes, { tag, ...options });
    return !present;
  }

  async function copyChildren(manifest: Descriptor, bytes: Uint8Array, depth: number): Promise<void> {
    if (!isIndexType(manifest.mediaType)) return copyBlobs(bytes);
    if (depth === 0) throw tooDeep();
    for (const { descriptor } of parsePlatforms(bytes, manifest.digest)) {
      if (seen.has(descriptor.digest)) continue;
      if (seen.size === MAX_MANIFESTS) throw tooMany();
      seen.add(descriptor.digest);
      await copy(descriptor, depth - 1);
    }
  }

  /** One after another: some repositories buffer each as a whole. */
  async function copyBlobs(manifest: Uint8Array): Promise<void> {
    for (const blob of blobsOf(manifest)) {
      if (FOREIGN.test(blob.mediaType)) continue;
      bytesLeft -= blob.size;
      if (bytesLeft < 0) {
        throw new NotationError(
          'ERR_LIMIT_EXCEEDED',
          `the artifact has more than ${maxArtifactBytes} bytes: raise maxArtifactBytes if you trust it`,
        );
      }
      await copyBlob(route, blob, { maxBytes: maxBlobBytes, onProgress, ...options });
    }
  }
}

/**
 * Reports whether a repository has a manifest.
 * @throws NotationError `ERR_CONTENT_MISMATCH` if the repository states another size or type, and those of the connection
 */
export async function isStored(
  repository: Repository,
  manifest: Descriptor,
  options: OperationOptions,
): Promise<boolean> {
  // A directory that is to become an image layout is still empty.
  const missing: readonly ErrorCode[] = ['ERR_NOT_FOUND', 'ERR_LAYOUT_INVALID'];
  try {
    const found = await repository.resolve(manifest.digest, options);
    if (sameContent(found, manifest)) return true;
    const message = `${repository.name} has ${manifest.digest} with another size or type`;
    throw new NotationError('ERR_CONTENT_MISMATCH', message);
  } catch (error) {
    if (isNotationError(error) && missing.includes(error.code)) return false;
    throw error;
  }
}
