import { mkdir, readdir } from 'node:fs/promises';
import * as z from 'zod/mini';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import type { Descriptor } from '../../encoding/descriptor.ts';
import { conform, parseDocument } from '../../encoding/schema.ts';
import { NotationError } from '../../errors/index.ts';
import { emptyIndex, formatIndex, type ImageIndex, parseIndex } from '../../oci/documents.ts';
import { limits } from '../../oci/repository.ts';
import { acquireLock } from '../files/lock.ts';
import { attempt, makeFolder, readFileOf, TEMPORARY, writeFileOf } from './layout-files.ts';

const MARKER = 'oci-layout';
const INDEX = 'index.json';
const VERSION = '1.0.0';
const MAX_MARKER = 64 * 1024;
const MAX_ATTEMPTS = 10;
/** The annotation that tags an entry of the index (OCI image specification, "Image Layout"). */
const REF_NAME = 'org.opencontainers.image.ref.name';

const Marker = z.looseObject({ imageLayoutVersion: z.literal(VERSION) });
const Annotated = z.looseObject({
  digest: z.optional(z.string()),
  annotations: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
});

/**
 * The index of a layout.
 * @throws NotationError `ERR_LAYOUT_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function readIndex(folder: string): Promise<ImageIndex> {
  await checkLayout(folder);
  const index = await findIndex(folder);
  if (index) return index;
  throw new NotationError('ERR_LAYOUT_INVALID', `the image layout has no ${INDEX}`);
}

/**
 * Demands that a folder is a layout.
 * @throws NotationError `ERR_LAYOUT_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function checkLayout(folder: string): Promise<void> {
  if (await isLayout(folder)) return;
  throw new NotationError('ERR_LAYOUT_INVALID', `the folder holds no image layout: ${MARKER} is missing`);
}

/**
 * Changes the index of a layout so that no change of another writer is lost.
 * @param change - Given the index as it is; gives the new one, or the same one when there is nothing to do. It may be
 * called again.
 * @throws NotationError `ERR_LAYOUT_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function updateIndex(
  folder: string,
  change: (index: ImageIndex) => ImageIndex,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
    const done = await attempt(`update ${INDEX}`, async () => {
      const lock = await acquireLock(folder, signal);
      try {
        const index = await readIndex(folder);
        const changed = change(index);
        if (changed === index) return true;
        const written = await writeFileOf(folder, INDEX, formatIndex(changed, INDEX), lock.held);
        // Without the lock another writer may have read the index before: then it is looked at again.
        return written && (await lock.held());
      } finally {
        await lock.release();
      }
    });
    if (done) return;
  }
  throw new NotationError('ERR_TIMEOUT', `other processes keep taking over the lock of the image layout`);
}

/**
 * Makes a folder an image layout, unless it is one. It may be missing or empty, or such a one that was left unfinished.
 * @throws NotationError `ERR_LAYOUT_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function ensureLayout(folder: string, signal: AbortSignal | undefined): Promise<void> {
  await attempt('make it', async () => {
    await mkdir(folder, { recursive: true });
    if ((await isLayout(folder)) && (await readFileOf(folder, INDEX, limits.manifest))) return;
    await checkVacant(folder);
    const lock = await acquireLock(folder, signal);
    try {
      if (!(await findIndex(folder)))
        await writeFileOf(folder, INDEX, formatIndex(emptyIndex, INDEX), lock.held);
      const marker = encodeUtf8(JSON.stringify({ imageLayoutVersion: VERSION }));
      if (!(await isLayout(folder))) await writeFileOf(folder, MARKER, marker);
    } finally {
      await lock.release();
    }
  });
  await makeFolder(folder, 'blobs');
  await makeFolder(folder, 'blobs/sha256');
}

/**
 * The index with an entry for a manifest, under a tag if one is given; the same one if it has that entry. What had the
 * tag before stays, without it, as oras and notation have it. Members that others wrote are kept.
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

/** The index without the entries of a manifest, whatever their tags; the same one if it has none. */
export function withoutEntry(index: ImageIndex, digest: string): ImageIndex {
  const manifests = index.manifests ?? [];
  const kept = manifests.filter((entry) => digestIn(entry) !== digest);
  return kept.length < manifests.length ? { ...index, manifests: kept } : index;
}

/** A descriptor with a tag or without; an annotation of the manifest itself never becomes one. */
function withTag(entry: unknown, tag: string | undefined): unknown {
  const { annotations, ...plain } = conform(Annotated, entry, 'entry', 'ERR_LAYOUT_INVALID');
  const { [REF_NAME]: _, ...kept } = annotations ?? {};
  const named = tag === undefined ? kept : { ...kept, [REF_NAME]: tag };
  return Object.keys(named).length > 0 ? { ...plain, annotations: named } : plain;
}

/** The tag of an entry of an index, if it has one. */
export function tagOf(entry: unknown): unknown {
  return Annotated.safeParse(entry).data?.annotations?.[REF_NAME];
}

function digestIn(entry: unknown): string | undefined {
  return Annotated.safeParse(entry).data?.digest;
}

async function isLayout(folder: string): Promise<boolean> {
  const file = await readFileOf(folder, MARKER, MAX_MARKER);
  if (!file) return false;
  parseDocument(Marker, file.bytes, `file ${MARKER}`, 'ERR_LAYOUT_INVALID');
  return true;
}

async function findIndex(folder: string): Promise<ImageIndex | undefined> {
  const file = await readFileOf(folder, INDEX, limits.manifest);
  return file && parseIndex(file.bytes, INDEX, 'ERR_LAYOUT_INVALID');
}

async function checkVacant(folder: string): Promise<void> {
  const own = ['blobs', INDEX, MARKER];
  const foreign = (await readdir(folder)).find((name) => !own.includes(name) && !name.startsWith(TEMPORARY));
  if (foreign === undefined) return;
  throw new NotationError('ERR_LAYOUT_INVALID', 'the folder is not empty and holds no image layout');
}
