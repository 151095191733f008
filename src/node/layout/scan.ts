import type { Descriptor } from '../../encoding/descriptor.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { throwIfAborted } from '../../net/abort.ts';
import { sameContent } from '../../oci/content.ts';
import { entries, type ImageIndex, parseIndex, parseReferrer } from '../../oci/documents.ts';
import { isIndexType, isManifestType } from '../../oci/media-types.ts';
import { tagOf } from './index-json.ts';

/** Documents that are looked at, at most: more than an index of 4 MiB can name. */
const MAX_DOCUMENTS = 100_000;
const MAX_DEPTH = 8;

/** Reads and checks a manifest. */
export type ReadManifest = (descriptor: Descriptor) => Promise<Uint8Array>;

/** An entry of the index of a layout, or of an index that it leads to. */
export interface FoundEntry {
  entry: Descriptor;
  /** The bytes of the manifest, checked; or why they cannot be read. */
  content: Uint8Array | NotationError;
  /** Whether an index with a given tag lists it. */
  listed: boolean;
}

/** What {@link scan} takes beside the index. */
export interface ScanOptions {
  signal: AbortSignal | undefined;
  /** Which manifests are given; all by default. Indexes are read in any case, to find what they list. */
  wants?: (entry: Descriptor) => boolean;
  /** The tag of the index whose entries are `listed`. */
  tag?: string;
}

/**
 * The manifests that the index of a layout leads to, nested indexes included. One that cannot be read does not keep
 * the others from being found.
 * @throws NotationError `ERR_LIMIT_EXCEEDED`, `ERR_ABORTED`
 */
export async function* scan(
  root: ImageIndex,
  read: ReadManifest,
  { signal, wants = () => true, tag }: ScanOptions,
): AsyncGenerator<FoundEntry> {
  const seen = new Set<string>();
  yield* walk(root, false, MAX_DEPTH);

  async function* walk(index: ImageIndex, listed: boolean, depth: number): AsyncGenerator<FoundEntry> {
    for (const entry of entries(index)) {
      const nested = depth > 0 && isIndexType(entry.mediaType);
      const key = `${entry.digest} ${entry.mediaType} ${entry.size} ${listed}`;
      if (!(nested || (isManifestType(entry.mediaType) && wants(entry))) || seen.has(key)) continue;
      seen.add(key);
      throwIfAborted(signal);
      if (seen.size > MAX_DOCUMENTS) throw tooMany();
      const content = await settle(() => read(entry));
      if (wants(entry)) yield { entry, content, listed };
      const inner = nested ? indexOf(content) : undefined;
      if (inner) yield* walk(inner, tag !== undefined && tagOf(entry) === tag, depth - 1);
    }
  }
}

/** The referrers of a manifest of one type: those whose own subject is that manifest (rule of the specification). */
export async function* scanReferrers(
  found: AsyncIterable<FoundEntry>,
  subject: Descriptor,
  artifactType: string,
): AsyncGenerator<Descriptor> {
  const given = new Set<string>();
  for await (const { entry, content, listed } of found) {
    const referrer = referrerOf(entry, content, subject);
    // What the index of referrers lists and cannot be read is given too, so that its reader can say what is wrong.
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

async function settle(read: () => Promise<Uint8Array>): Promise<Uint8Array | NotationError> {
  try {
    return await read();
  } catch (error) {
    if (isNotationError(error) && error.code !== 'ERR_ABORTED') return error;
    throw error;
  }
}
