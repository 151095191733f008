import { createIncrementalHash } from '../crypto/incremental-hash.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { parseDigest } from '../encoding/digest.ts';
import { parseDocument } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { checkContent, checkSize } from '../oci/content.ts';
import { contentSchema } from '../oci/documents.ts';
import type { OperationOptions, Repository } from '../oci/repository.ts';

/** The most blobs of one manifest: no image has as many layers. */
const MAX_BLOBS = 1000;

/** The source and the target of a copy. */
export interface Route {
  from: Repository;
  to: Repository;
  /** The name of the source repository if it is in the same registry, so that blobs need not be sent. */
  mountFrom?: string | undefined;
}

const manifestSchema = /* @__PURE__ */ lazy(() =>
  s.object({
    config: s.nullish(contentSchema()),
    layers: s.nullish(s.array(contentSchema())),
    blobs: s.nullish(s.array(contentSchema())),
  }),
);

/**
 * Lists the blobs of a manifest, each once: config and layers, or those of the retired artifact manifest.
 * @throws NotationError `ERR_MANIFEST_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export function blobsOf(manifest: Uint8Array): Descriptor[] {
  const { config, layers, blobs } = parseDocument(
    manifestSchema(),
    manifest,
    'manifest',
    'ERR_MANIFEST_INVALID',
  );
  const all = [...(config ? [config] : []), ...(layers ?? []), ...(blobs ?? [])];
  if (all.length > MAX_BLOBS) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `a manifest has more than ${MAX_BLOBS} blobs`);
  }
  return [...new Map(all.map((blob) => [blob.digest, blob])).values()];
}

/** Reads a manifest. Its digest and size are checked here as well: the repository may be the caller's own. */
export async function readManifest(
  from: Repository,
  descriptor: Descriptor,
  options: OperationOptions,
): Promise<Uint8Array> {
  checkPushable(descriptor);
  return checkContent(await from.fetchManifest(descriptor, options), descriptor);
}

/** Called with the number of bytes of a blob that a target on the network has. Exceptions that it throws are ignored. */
export type OnCopied = (progress: { blob: Descriptor; sent: number; total: number }) => void;

/**
 * Copies a blob. Buffers a part of it only if both repositories stream blobs.
 * @throws NotationError `ERR_LIMIT_EXCEEDED` before the blob is read, `ERR_CONTENT_MISMATCH`, `ERR_NOT_FOUND` and those of
 * both connections
 */
export async function copyBlob(
  { from, to, mountFrom }: Route,
  blob: Descriptor,
  {
    onProgress: report,
    ...options
  }: OperationOptions & { maxBytes: number; onProgress?: OnCopied | undefined },
): Promise<void> {
  checkPushable(blob);
  checkSize(blob, options.maxBytes);
  const { signal, budget } = options;
  const onProgress = report && ((progress: { sent: number; total: number }) => report({ blob, ...progress }));
  const push = { signal, budget, mountFrom, onProgress };
  const stream = from.fetchBlobStream?.bind(from);
  if (stream && to.pushBlobStream) {
    const open = async () => {
      const hash = await createIncrementalHash('sha256');
      return stream(blob, { ...options, createHash: () => hash });
    };
    return checkStored(await to.pushBlobStream(blob, open, push), blob);
  }
  const bytes = await checkContent(await from.fetchBlob(blob, options), blob);
  checkStored(await to.pushBlob(blob.mediaType, bytes, push), blob);
}

/** Stores a manifest byte for byte. */
export async function pushManifest(
  to: Repository,
  descriptor: Descriptor,
  bytes: Uint8Array,
  options: OperationOptions & { tag?: string | undefined },
): Promise<void> {
  checkStored(await to.pushManifest(descriptor.mediaType, bytes, options), descriptor);
}

/** Checks the algorithm of a digest: repositories store content under its SHA-256 digest only. */
function checkPushable({ digest }: Descriptor): void {
  if (parseDigest(digest).algorithm === 'sha256') return;
  throw new NotationError(
    'ERR_DESCRIPTOR_INVALID',
    `only sha256 digests can be copied, not ${quote(digest)}`,
  );
}

function checkStored(stored: Descriptor, { digest }: Descriptor): void {
  if (stored.digest === digest) return;
  throw new NotationError('ERR_CONTENT_MISMATCH', `${digest} was stored as ${quote(stored.digest)}`);
}
