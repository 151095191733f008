import type { Descriptor } from '../../encoding/descriptor.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { describeManifest, entries, formatIndex, parseIndex, parseReferrer } from '../../oci/documents.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { referrersTag } from '../../oci/reference.ts';
import { readIndex, tagOf, updateIndex, withEntry, withoutEntry } from './index-json.ts';
import type { ReadManifest } from './scan.ts';

const WHAT = 'index of referrers';
/** How often the index under the fallback tag may be another one by the time that it is to be replaced. */
const MAX_ATTEMPTS = 10;

/** How manifests of the layout are read and written, checked. */
export interface LayoutAccess {
  read: ReadManifest;
  write: (descriptor: Descriptor, bytes: Uint8Array) => Promise<void>;
  /** Removes the manifest that is deleted; tells whether it was there. */
  remove: () => Promise<boolean>;
  signal: AbortSignal | undefined;
}

/**
 * Takes a manifest out of `index.json` and out of the index under the fallback tag of its subject, and removes it, as
 * other indexes may list it: a registry leaves them alone as well. Its blobs stay: what else leads to them is not known.
 * @param known - The subject, where the manifest may be gone already.
 * @throws NotationError `ERR_NOT_FOUND` when it is neither there nor listed, `ERR_LAYOUT_INVALID`, `ERR_LIMIT_EXCEEDED`,
 * `ERR_CONTENT_MISMATCH`, `ERR_MANIFEST_INVALID`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function deleteManifest(
  folder: string,
  descriptor: Descriptor,
  known: Descriptor | undefined,
  access: LayoutAccess,
): Promise<void> {
  const { digest } = descriptor;
  const subject = await subjectOf(descriptor, known, access);
  const unlisted = subject ? await unlist(folder, digest, referrersTag(subject.digest), access) : false;
  let found = unlisted;
  await updateIndex(
    folder,
    (index) => {
      const changed = withoutEntry(index, digest);
      found ||= changed !== index;
      return changed;
    },
    access.signal,
  );
  // Last, so that a deletion that was cut short can be done again.
  const removed = await access.remove();
  if (!found && !removed)
    throw new NotationError('ERR_NOT_FOUND', `the image layout has no manifest ${digest}`);
}

async function subjectOf(
  descriptor: Descriptor,
  known: Descriptor | undefined,
  access: LayoutAccess,
): Promise<Descriptor | undefined> {
  try {
    return parseReferrer(await access.read(descriptor), descriptor).subject;
  } catch (error) {
    if (known && isNotationError(error, 'ERR_NOT_FOUND')) return known;
    throw error;
  }
}

/** Replaces the index under a tag by one without the manifest; tells whether it had it. */
async function unlist(folder: string, digest: string, tag: string, access: LayoutAccess): Promise<boolean> {
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
    const tagged = [...entries(await readIndex(folder))].find((entry) => tagOf(entry) === tag);
    if (!tagged) return false;
    const old = parseIndex(await access.read(tagged), WHAT);
    const changed = withoutEntry(old, digest);
    if (changed === old) return false;
    const bytes = formatIndex(changed, WHAT);
    const { descriptor } = await describeManifest(mediaTypes.index, bytes);
    await access.write(descriptor, bytes);
    if (await replace(folder, tag, tagged, descriptor, access.signal)) return true;
  }
  throw new NotationError('ERR_TIMEOUT', `other processes keep changing the ${WHAT} ${tag}`);
}

/** Puts one index in the place of another, unless something else is under the tag by now. */
async function replace(
  folder: string,
  tag: string,
  old: Descriptor,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let replaced = false;
  await updateIndex(
    folder,
    (index) => {
      const tagged = [...entries(index)].find((entry) => tagOf(entry) === tag);
      replaced = tagged?.digest === old.digest || tagged?.digest === descriptor.digest;
      // The old one must not stay untagged: whoever reads all indexes would find the manifest by it.
      return replaced ? withEntry(withoutEntry(index, old.digest), descriptor, tag) : index;
    },
    signal,
  );
  return replaced;
}
