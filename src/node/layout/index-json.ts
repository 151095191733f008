import { readdir } from 'node:fs/promises';
import { encodeUtf8, equalBytes } from '../../encoding/bytes.ts';
import type { Descriptor } from '../../encoding/descriptor.ts';
import { conform, parseDocument, tryConform } from '../../encoding/document.ts';
import * as s from '../../encoding/schema.ts';
import { emptyIndex, formatIndex, type ImageIndex, parseIndex } from '../../oci/documents.ts';
import { limits } from '../../oci/repository.ts';
import { type Lock, withLock } from '../files/lock.ts';
import { makeDirectories } from '../files/make-directories.ts';
import { isCutShort, readSettled } from '../files/read-settled.ts';
import { attempt } from '../files/system-errors.ts';
import { isOwnName } from '../files/temporary-name.ts';
import { layoutInvalid, makeLayoutDirectory, readLayoutFile, writeLayoutFile } from './layout-files.ts';

const CODE = 'ERR_LAYOUT_INVALID';
const MARKER = 'oci-layout';
const INDEX = 'index.json';
const VERSION = '1.0.0';
const MAX_MARKER = 64 * 1024;
/** The annotation that tags an entry of the index (OCI image specification, "Image Layout"). */
const REF_NAME = 'org.opencontainers.image.ref.name';

const Marker = s.looseObject({ imageLayoutVersion: s.oneOf(VERSION) });
const Annotated = s.looseObject({
  digest: s.optional(s.string()),
  annotations: s.nullish(s.record(s.unknown())),
});

/**
 * Reads the index of a layout.
 * @throws NotationError `ERR_LAYOUT_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function readIndex(layout: string): Promise<ImageIndex> {
  return (await readIndexFile(layout)).index;
}

/**
 * Checks that a directory is a layout.
 * @throws NotationError `ERR_LAYOUT_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function checkLayout(directory: string): Promise<void> {
  if (!(await isLayout(directory))) throw layoutInvalid(`${MARKER} is missing`);
}

/**
 * Changes the index of a layout so that no change of another writer is lost. Programs that do not know the lock may
 * write it, too: it is replaced only if it is still what was read. What such a program read before, and writes
 * afterwards, cannot be helped.
 * @param change - Returns the new index, or the one that it is given if there is nothing to change. It may be called
 * again.
 * @throws NotationError `ERR_LAYOUT_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function updateIndex(
  layout: string,
  change: (index: ImageIndex) => ImageIndex,
  signal: AbortSignal | undefined,
): Promise<void> {
  await withLock(layout, { code: CODE, signal }, async ({ held }) => {
    const { index, bytes } = await readIndexFile(layout);
    const changed = change(index);
    if (changed === index) return true;
    // The index last: other programs change it far more often than the lock is lost.
    const permit = async () => (await held()) && (await isIndex(layout, bytes));
    const written = await writeLayoutFile(layout, INDEX, formatIndex(changed, INDEX), permit);
    // If the lock was lost just now, another writer may have replaced the file by one without this change.
    return written && (await held());
  });
}

/**
 * Makes a directory an image layout, unless it is one. It may be missing, empty, or a layout that was left unfinished.
 * @throws NotationError `ERR_LAYOUT_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function ensureLayout(directory: string, signal: AbortSignal | undefined): Promise<void> {
  await attempt(CODE, `make the image layout ${directory}`, () => makeDirectories(directory));
  if (!(await isComplete(directory))) {
    await checkVacant(directory);
    await withLock(directory, { code: CODE, signal }, (lock) => writeMissingFiles(directory, lock));
  }
  await makeLayoutDirectory(directory, 'blobs');
  await makeLayoutDirectory(directory, 'blobs/sha256');
}

async function isComplete(directory: string): Promise<boolean> {
  return (
    (await isLayout(directory)) && (await readLayoutFile(directory, INDEX, limits.manifest)) !== undefined
  );
}

async function writeMissingFiles(directory: string, { held }: Lock): Promise<boolean> {
  if (!(await findIndex(directory))) {
    const index = formatIndex(emptyIndex, INDEX);
    if (!(await writeLayoutFile(directory, INDEX, index, held))) return false;
  }
  if (await isLayout(directory)) return true;
  const marker = encodeUtf8(JSON.stringify({ imageLayoutVersion: VERSION }));
  return writeLayoutFile(directory, MARKER, marker, held);
}

/**
 * Returns the index with an entry for a manifest, under a tag if one is given; the same index if it has that entry. The
 * manifest that had the tag before stays, untagged, as with oras and notation. Unknown members are kept.
 */
export function withEntry(index: ImageIndex, entry: Descriptor, tag: string | undefined): ImageIndex {
  const manifests = index.manifests ?? [];
  const { digest } = entry;
  const holders = manifests.filter((other) =>
    tag === undefined ? digestIn(other) === digest : tagOf(other) === tag,
  );
  const settled = holders.length > 0 && holders.every((other) => digestIn(other) === digest);
  if (settled) return index;
  const others: unknown[] = [];
  for (const other of manifests) {
    const otherTag = tagOf(other);
    const replaced = digestIn(other) === digest && (otherTag === undefined || otherTag === tag);
    if (!replaced) others.push(tag !== undefined && otherTag === tag ? withTag(other, undefined) : other);
  }
  return { ...index, manifests: [...others, withTag(entry, tag)] };
}

/** Returns the index without the entries of a manifest, whatever their tags; the same index if there are none. */
export function withoutEntry(index: ImageIndex, digest: string): ImageIndex {
  const manifests = index.manifests ?? [];
  const kept = manifests.filter((entry) => digestIn(entry) !== digest);
  return kept.length < manifests.length ? { ...index, manifests: kept } : index;
}

/** Returns a descriptor with a tag or without; an annotation of the manifest itself never becomes a tag. */
function withTag(entry: unknown, tag: string | undefined): unknown {
  const { annotations, ...plain } = conform(Annotated, entry, 'entry', CODE);
  const { [REF_NAME]: _, ...kept } = annotations ?? {};
  const named = tag === undefined ? kept : { ...kept, [REF_NAME]: tag };
  return Object.keys(named).length > 0 ? { ...plain, annotations: named } : plain;
}

/** Returns the tag of an entry of an index, if it has one. */
export function tagOf(entry: unknown): unknown {
  return tryConform(Annotated, entry)?.annotations?.[REF_NAME];
}

function digestIn(entry: unknown): string | undefined {
  return tryConform(Annotated, entry)?.digest;
}

function isLayout(directory: string): Promise<boolean> {
  return readSettled(async () => {
    const bytes = await readLayoutFile(directory, MARKER, MAX_MARKER);
    if (!bytes) return false;
    parseDocument(Marker, bytes, `file ${MARKER}`, CODE);
    return true;
  }, isCutShort);
}

interface IndexFile {
  index: ImageIndex;
  bytes: Uint8Array;
}

async function readIndexFile(layout: string): Promise<IndexFile> {
  await checkLayout(layout);
  const file = await findIndex(layout);
  if (file) return file;
  throw layoutInvalid(`${INDEX} is missing`);
}

function findIndex(layout: string): Promise<IndexFile | undefined> {
  return readSettled(async () => {
    const bytes = await readLayoutFile(layout, INDEX, limits.manifest);
    return bytes && { bytes, index: parseIndex(bytes, INDEX, CODE) };
  }, isCutShort);
}

/** Reports whether the file of the index holds these bytes. */
async function isIndex(layout: string, bytes: Uint8Array): Promise<boolean> {
  const found = await readLayoutFile(layout, INDEX, limits.manifest);
  return found !== undefined && equalBytes(found, bytes);
}

async function checkVacant(directory: string): Promise<void> {
  const names = await attempt(CODE, `read the directory ${directory}`, () => readdir(directory));
  const own = ['blobs', INDEX, MARKER];
  if (names.every((name) => own.includes(name) || isOwnName(name))) return;
  throw layoutInvalid(`${MARKER} is missing, and the directory is not empty`);
}
