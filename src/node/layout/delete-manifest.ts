import type { Descriptor } from '../../encoding/descriptor.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { describeManifest, entries, formatIndex, parseIndex, parseReferrer } from '../../oci/documents.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { referrersTag } from '../../oci/target.ts';
import { blobPath, readManifest, writeBlob } from './blobs.ts';
import { readIndex, tagOf, updateIndex, withEntry, withoutEntry } from './index-json.ts';
import { removeLayoutFile } from './layout-files.ts';

const WHAT = 'index of referrers';
/** How often another process may replace the index of referrers before this one does. */
const MAX_ATTEMPTS = 10;

/**
 * Takes a manifest out of `index.json` and out of the index under the fallback tag of its subject, and removes it.
 * Other indexes that list it stay as they are, as in a registry, and so do its blobs: other manifests may refer to
 * them.
 * @param known - The subject, for a manifest that may be gone already.
 * @throws NotationError `ERR_NOT_FOUND` if it neither exists nor is listed, `ERR_LAYOUT_INVALID`, `ERR_LIMIT_EXCEEDED`,
 * `ERR_CONTENT_MISMATCH`, `ERR_MANIFEST_INVALID`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function deleteManifest(
  layout: string,
  descriptor: Descriptor,
  known: Descriptor | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { digest } = descriptor;
  const subject = await subjectOf(layout, descriptor, known);
  let found = subject ? await unlist(layout, digest, referrersTag(subject.digest), signal) : false;
  await updateIndex(
    layout,
    (index) => {
      const changed = withoutEntry(index, digest);
      found ||= changed !== index;
      return changed;
    },
    signal,
  );
  // Last, so that a deletion that was interrupted can be repeated.
  const removed = await removeLayoutFile(layout, blobPath(digest));
  if (!found && !removed)
    throw new NotationError('ERR_NOT_FOUND', `the image layout has no manifest ${digest}`);
}

async function subjectOf(
  layout: string,
  descriptor: Descriptor,
  known: Descriptor | undefined,
): Promise<Descriptor | undefined> {
  try {
    return parseReferrer(await readManifest(layout, descriptor), descriptor).subject;
  } catch (error) {
    if (known && isNotationError(error, 'ERR_NOT_FOUND')) return known;
    throw error;
  }
}

/** Replaces the index under a tag by one without the manifest. Returns whether it listed the manifest. */
async function unlist(
  layout: string,
  digest: string,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
    const tagged = [...entries(await readIndex(layout))].find((entry) => tagOf(entry) === tag);
    if (!tagged) return false;
    const old = parseIndex(await readManifest(layout, tagged), WHAT);
    const changed = withoutEntry(old, digest);
    if (changed === old) return false;
    const bytes = formatIndex(changed, WHAT);
    const { descriptor } = await describeManifest(mediaTypes.index, bytes);
    await writeBlob(layout, descriptor, bytes);
    if (await replace(layout, tag, tagged, descriptor, signal)) return true;
  }
  throw new NotationError('ERR_TIMEOUT', `other processes keep changing the ${WHAT} ${tag}`);
}

/** Replaces one index by another, unless the tag points to a third one by now. Returns whether it did. */
async function replace(
  layout: string,
  tag: string,
  old: Descriptor,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let replaced = false;
  await updateIndex(
    layout,
    (index) => {
      const tagged = [...entries(index)].find((entry) => tagOf(entry) === tag);
      replaced = tagged?.digest === old.digest || tagged?.digest === descriptor.digest;
      // The old index must not stay untagged: a scan of all indexes would still find the manifest in it.
      return replaced ? withEntry(withoutEntry(index, old.digest), descriptor, tag) : index;
    },
    signal,
  );
  return replaced;
}
