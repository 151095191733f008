import type { Descriptor } from '../../encoding/descriptor.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { rethrowIfAborted, throwIfAborted } from '../../net/abort.ts';
import { sameContent } from '../../oci/content.ts';
import { entries, type ImageIndex, parseIndex, parseReferrer } from '../../oci/documents.ts';
import { isIndexType, isManifestType } from '../../oci/media-types.ts';
import type { OperationOptions } from '../../oci/repository.ts';
import { readManifest } from './blobs.ts';
import { tagOf } from './index-json.ts';

/** The manifests that one scan reads: more than an index of 4 MiB can name. */
const MAX_DOCUMENTS = 100_000;
const MAX_DEPTH = 8;

/** An entry of the index of a layout, or of an index that it leads to. */
export interface FoundEntry {
  entry: Descriptor;
  /** The bytes of the manifest, checked; or the reason why they cannot be read. */
  content: Uint8Array | NotationError;
  /** Whether an index with a given tag lists it. */
  listed: boolean;
}

/** Options of {@link scan}. */
export interface ScanOptions extends OperationOptions {
  /** Selects the manifests that are returned; all by default. Indexes are always read, to find what they list. */
  wants?: (entry: Descriptor) => boolean;
  /** The tag of the index whose entries count as `listed`. */
  tag?: string;
}

/**
 * Finds the manifests that the index of a layout leads to, nested indexes included. A manifest that cannot be read does
 * not keep the others from being found.
 * @throws NotationError `ERR_LIMIT_EXCEEDED`, `ERR_ABORTED`
 */
export async function* scan(
  layout: string,
  root: ImageIndex,
  { wants = () => true, tag, ...options }: ScanOptions,
): AsyncGenerator<FoundEntry> {
  const seen = new Set<string>();
  yield* walk(root, false, MAX_DEPTH);

  async function* walk(index: ImageIndex, listed: boolean, depth: number): AsyncGenerator<FoundEntry> {
    for (const entry of entries(index)) {
      const nested = depth > 0 && isIndexType(entry.mediaType);
      const key = `${entry.digest} ${entry.mediaType} ${entry.size} ${listed}`;
      if (!(nested || (isManifestType(entry.mediaType) && wants(entry))) || seen.has(key)) continue;
      seen.add(key);
      throwIfAborted(options.signal);
      if (seen.size > MAX_DOCUMENTS) throw tooMany();
      const content = await readOrReason(layout, entry, options);
      if (wants(entry)) yield { entry, content, listed };
      const inner = nested ? indexOf(content) : undefined;
      if (inner) yield* walk(inner, tag !== undefined && tagOf(entry) === tag, depth - 1);
    }
  }
}

/** Finds the referrers of a manifest: the manifests of one artifact type whose own subject is that manifest. */
export async function* scanReferrers(
  found: AsyncIterable<FoundEntry>,
  subject: Descriptor,
  artifactType: string,
): AsyncGenerator<Descriptor> {
  const given = new Set<string>();
  for await (const { entry, content, listed } of found) {
    const referrer = referrerOf(entry, content, subject);
    // A listed referrer that cannot be read is returned too, so that the caller can report the reason.
    const candidate = referrer ?? (listed && content instanceof NotationError ? entry : undefined);
    if (candidate?.artifactType !== artifactType || given.has(candidate.digest)) continue;
    given.add(candidate.digest);
    yield candidate;
  }
}

function referrerOf(
  entry: Descriptor,
  content: FoundEntry['content'],
  subject: Descriptor,
): Descriptor | undefined {
  if (content instanceof NotationError) return undefined;
  try {
    const manifest = parseReferrer(content, entry);
    return manifest.subject && sameContent(manifest.subject, subject) ? manifest.referrer : undefined;
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}

function indexOf(content: FoundEntry['content']): ImageIndex | undefined {
  if (content instanceof NotationError) return undefined;
  try {
    return parseIndex(content, 'nested index');
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}

function tooMany(): NotationError {
  return new NotationError('ERR_LIMIT_EXCEEDED', `the image layout has more than ${MAX_DOCUMENTS} manifests`);
}

async function readOrReason(
  layout: string,
  entry: Descriptor,
  options: OperationOptions,
): Promise<Uint8Array | NotationError> {
  try {
    return await readManifest(layout, entry, options);
  } catch (error) {
    rethrowIfAborted(error, options.signal);
    if (isNotationError(error)) return error;
    throw error;
  }
}
