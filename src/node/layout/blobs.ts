import type { FileHandle } from 'node:fs/promises';
import type { Descriptor } from '../../encoding/descriptor.ts';
import { parseDigest } from '../../encoding/digest.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { throwIfAborted } from '../../net/abort.ts';
import { checkContent, checkSize } from '../../oci/content.ts';
import { limits, type OperationOptions } from '../../oci/repository.ts';
import { readBytes } from '../files/read-file.ts';
import { attempt } from '../files/system-errors.ts';
import { openLayoutFile, readLayoutFile, writeLayoutFile } from './layout-files.ts';

/**
 * Returns the path of a blob, relative to the layout. The parts of a digest are safe in a path: a known algorithm and
 * hexadecimal digits.
 * @throws NotationError `ERR_DESCRIPTOR_INVALID`
 */
export function blobPath(digest: string): string {
  const { algorithm, hex } = parseDigest(digest);
  return `blobs/${algorithm}/${hex}`;
}

/**
 * Opens a blob that has the size of its descriptor; the caller closes it.
 * @throws NotationError `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`, `ERR_LIMIT_EXCEEDED`, `ERR_LAYOUT_INVALID`
 */
export async function openBlob(
  layout: string,
  { digest, size }: Descriptor,
  maxBytes: number,
): Promise<FileHandle> {
  const opened = await openLayoutFile(layout, blobPath(digest), maxBytes);
  if (!opened) throw notFound(digest);
  if (opened.size === size) return opened.file;
  await opened.file.close();
  throw wrongSize({ digest, size }, opened.size);
}

/**
 * Reads a blob and checks that it is what its descriptor describes.
 * @throws NotationError `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`, `ERR_LIMIT_EXCEEDED`, `ERR_LAYOUT_INVALID`
 */
export async function readBlob(
  layout: string,
  descriptor: Descriptor,
  maxBytes: number,
  { signal, budget }: OperationOptions = {},
): Promise<Uint8Array> {
  checkSize(descriptor, maxBytes);
  budget?.charge('bytes', descriptor.size);
  throwIfAborted(signal);
  const file = await openBlob(layout, descriptor, maxBytes);
  try {
    const bytes = await readPart(file, descriptor, 0, descriptor.size);
    return await checkContent(bytes, descriptor);
  } finally {
    await file.close();
  }
}

/**
 * Reads a manifest and checks that it is what its descriptor describes.
 * @throws NotationError as {@link readBlob} does
 */
export function readManifest(
  layout: string,
  descriptor: Descriptor,
  options: OperationOptions = {},
): Promise<Uint8Array> {
  return readBlob(layout, descriptor, limits.manifest, options);
}

/**
 * Returns bytes of an open blob, fewer if it was truncated meanwhile.
 * @throws NotationError `ERR_LAYOUT_INVALID`
 */
export function readPart(
  file: FileHandle,
  { digest }: Descriptor,
  start: number,
  size: number,
): Promise<Uint8Array> {
  return attempt('ERR_LAYOUT_INVALID', `read the blob ${digest} of the image layout`, () =>
    readBytes(file, size, start),
  );
}

/**
 * Reads a manifest by its digest alone, and checks it.
 * @throws NotationError as {@link readBlob} does
 */
export async function readManifestByDigest(layout: string, digest: string): Promise<Uint8Array> {
  const bytes = await readLayoutFile(layout, blobPath(digest), limits.manifest);
  if (bytes) return checkContent(bytes, { digest, size: bytes.length });
  throw notFound(digest);
}

/**
 * Writes a blob, unless the layout has it undamaged.
 * @throws NotationError `ERR_LAYOUT_INVALID`
 */
export async function writeBlob(layout: string, descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
  try {
    await readBlob(layout, descriptor, bytes.length);
  } catch (error) {
    if (!isNotationError(error) || error.code === 'ERR_LAYOUT_INVALID') throw error;
    await writeLayoutFile(layout, blobPath(descriptor.digest), bytes);
  }
}

/** Makes the error of a blob whose size differs from its descriptor. */
export function wrongSize(
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  found: number,
): NotationError {
  const count = found > size ? 'more' : `only ${found}`;
  return new NotationError('ERR_CONTENT_MISMATCH', `${digest} should have ${size} bytes and has ${count}`);
}

function notFound(digest: string): NotationError {
  return new NotationError('ERR_NOT_FOUND', `the image layout has no blob ${digest}`);
}
