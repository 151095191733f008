import type { Descriptor } from '../../encoding/descriptor.ts';
import { parseDigest } from '../../encoding/digest.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { NotationError } from '../../errors/index.ts';
import { safely } from '../../net/body.ts';
import { checkSize } from '../content.ts';
import { type FetchBlobOptions, readBlobOptions, type StreamBlobOptions } from '../repository.ts';
import type { Connection } from './connection.ts';
import { fetchBlob } from './fetch-blob.ts';

/**
 * Streams a blob part by part. Each part is a request with a timeout and repetitions of its own, sent when the consumer is
 * ready for it. The last part is only delivered after the digest of the whole was verified.
 */
export function streamBlob(
  connection: Connection,
  descriptor: Descriptor,
  options: StreamBlobOptions,
  partSize: number,
): ReadableStream<Uint8Array> {
  const { maxBytes, createHash, signal, budget, onProgress } = readBlobOptions(options);
  const { algorithm, hex } = parseDigest(descriptor.digest);
  checkSize(descriptor, maxBytes);
  const { size: total } = descriptor;
  const hash = createHash(algorithm);
  const progress = safely(onProgress);
  let received = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const part = await nextPart(connection, descriptor, received, partSize, {
          maxBytes,
          signal,
          budget,
        });
        hash.update(part);
        received += part.length;
        progress?.({ received, total });
        if (received < total) return controller.enqueue(part);
        if (encodeHex(await hash.digest()) !== hex) throw otherDigest(descriptor);
        if (part.length > 0) controller.enqueue(part);
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Fetches the next part. Ranges are loaded lazily: most blobs fit in one part. */
async function nextPart(
  connection: Connection,
  descriptor: Descriptor,
  start: number,
  partSize: number,
  options: FetchBlobOptions,
): Promise<Uint8Array> {
  if (descriptor.size <= partSize) return fetchBlob(connection, descriptor, options);
  const { fetchPart } = await import('./extras.ts');
  return fetchPart(connection, descriptor, start, partSize, options);
}

function otherDigest({ digest }: Descriptor): NotationError {
  return new NotationError('ERR_CONTENT_MISMATCH', `the bytes under ${digest} have another digest`);
}
