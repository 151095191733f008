import type { FileHandle } from 'node:fs/promises';
import { createIncrementalHash } from '../../crypto/incremental-hash.ts';
import type { Descriptor } from '../../encoding/descriptor.ts';
import { parseDigest } from '../../encoding/digest.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { rethrowIfAborted, throwIfAborted } from '../../net/abort.ts';
import { type OpenBlob, streamSource } from '../../oci/blob-source.ts';
import { checkSize } from '../../oci/content.ts';
import { readBlobOptions, type StreamBlobOptions } from '../../oci/repository.ts';
import { blobPath, openBlob, readPart, wrongSize } from './blobs.ts';
import { writeLayoutFile } from './layout-files.ts';

/** The bytes that are read or written at once. */
const PART = 1024 * 1024;

/** Returns the bytes of a blob of a layout in parts. The last part follows only after the digest was checked. */
export function streamBlob(
  layout: string,
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
    file ??= await openBlob(layout, descriptor, Number.POSITIVE_INFINITY);
    const part = await readPart(file, descriptor, position, Math.min(PART, size - position));
    // Truncated since it was opened.
    if (part.length === 0 && position < size) throw wrongSize(descriptor, position);
    return part;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const part = await next();
          hash.update(part);
          position += part.length;
          if (position < size) return controller.enqueue(part);
          await close();
          if (encodeHex(await hash.digest()) !== hex) throw wrongDigest(digest);
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

/** Writes a blob from a stream, unless the layout has it undamaged. */
export async function writeBlobStream(
  layout: string,
  descriptor: Descriptor,
  open: OpenBlob,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (await isUndamaged(layout, descriptor, signal)) return;
  const source = streamSource(descriptor, open, signal);
  try {
    await writeLayoutFile(layout, blobPath(descriptor.digest), parts());
  } finally {
    source.close();
  }

  async function* parts(): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < source.size || start === 0; start += PART) {
      yield await source.read(start, Math.min(start + PART, source.size));
    }
  }
}

async function isUndamaged(
  layout: string,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const hash = await createIncrementalHash(parseDigest(descriptor.digest).algorithm);
  const options = { maxBytes: descriptor.size, createHash: () => hash, signal };
  const reader = streamBlob(layout, descriptor, options).getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read());
    return true;
  } catch (error) {
    rethrowIfAborted(error, signal);
    if (isNotationError(error) && error.code !== 'ERR_LAYOUT_INVALID') return false;
    throw error;
  }
}

function wrongDigest(digest: string): NotationError {
  return new NotationError('ERR_CONTENT_MISMATCH', `the bytes under ${digest} have another digest`);
}
