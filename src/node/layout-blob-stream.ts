import type { FileHandle } from 'node:fs/promises';
import { createIncrementalHash } from '../crypto/incremental-hash.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { parseDigest } from '../encoding/digest.ts';
import { encodeHex } from '../encoding/hex.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { throwIfAborted } from '../net/abort.ts';
import { type OpenBlob, streamSource } from '../oci/blob-source.ts';
import { checkSize } from '../oci/content.ts';
import type { StreamBlobOptions } from '../oci/repository.ts';
import { readBlobOptions } from '../oci/repository.ts';
import { readBytes } from './files.ts';
import { attempt, openFileOf, writeFileOf } from './layout-files.ts';

/** Bytes that are read and written at once. */
const PART = 1024 * 1024;

/** The bytes of a blob of a layout, part after part; the last one is only given once the digest is right. */
export function streamBlob(
  folder: string,
  path: string,
  descriptor: Descriptor,
  options: StreamBlobOptions,
): ReadableStream<Uint8Array> {
  const { maxBytes, createHash, signal } = readBlobOptions(options);
  const { digest, size } = descriptor;
  const { algorithm, hex } = parseDigest(digest);
  checkSize(descriptor, maxBytes);
  const hash = createHash(algorithm);
  let file: FileHandle | undefined;
  let position = 0;
  const close = async () => {
    await file?.close();
    file = undefined;
  };
  const next = async (): Promise<Uint8Array> => {
    throwIfAborted(signal);
    file ??= await openBlob(folder, path, descriptor);
    const part = await readBytes(file, Math.min(PART, size - position), position);
    // Its size was right when it was opened.
    if (part.length === 0 && position < size) throw otherSize(descriptor, position);
    return part;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const part = await attempt(`read ${path}`, next);
          hash.update(part);
          position += part.length;
          if (position < size) return controller.enqueue(part);
          await close();
          if (encodeHex(await hash.digest()) !== hex) throw otherDigest(digest);
          if (part.length > 0) controller.enqueue(part);
          controller.close();
        } catch (error) {
          await close();
          throw error;
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}

/** Writes a blob from a stream; one that is there already is left alone if it is sound. */
export async function writeBlobStream(
  folder: string,
  path: string,
  descriptor: Descriptor,
  open: OpenBlob,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (await isSound(folder, path, descriptor, signal)) return;
  const source = streamSource(descriptor, open, signal);
  try {
    await writeFileOf(folder, path, parts());
  } finally {
    source.close();
  }

  async function* parts(): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < source.size || start === 0; start += PART) {
      yield await source.read(start, Math.min(start + PART, source.size));
    }
  }
}

async function isSound(
  folder: string,
  path: string,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const hash = await createIncrementalHash(parseDigest(descriptor.digest).algorithm);
  const options = { maxBytes: descriptor.size, createHash: () => hash, signal };
  const reader = streamBlob(folder, path, descriptor, options).getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read());
    return true;
  } catch (error) {
    if (isNotationError(error) && !['ERR_LAYOUT_INVALID', 'ERR_ABORTED'].includes(error.code)) return false;
    throw error;
  }
}

async function openBlob(folder: string, path: string, descriptor: Descriptor): Promise<FileHandle> {
  const opened = await openFileOf(folder, path, Number.POSITIVE_INFINITY);
  if (!opened) throw new NotationError('ERR_NOT_FOUND', `the image layout has no blob ${descriptor.digest}`);
  if (opened.size === descriptor.size) return opened.file;
  await opened.file.close();
  throw otherSize(descriptor, opened.size);
}

function otherSize({ digest, size }: Descriptor, found: number): NotationError {
  const count = found > size ? 'more' : `only ${found}`;
  return new NotationError('ERR_CONTENT_MISMATCH', `${digest} should have ${size} bytes and has ${count}`);
}

function otherDigest(digest: string): NotationError {
  return new NotationError('ERR_CONTENT_MISMATCH', `the bytes under ${digest} have another digest`);
}
