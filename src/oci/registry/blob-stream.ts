import type { Descriptor } from '../../encoding/descriptor.ts';
import { parseDigest } from '../../encoding/digest.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { NotationError } from '../../errors/index.ts';
import { safely } from '../../net/body.ts';
import { checkLength, checkSize } from '../content.ts';
import { type FetchBlobOptions, limits, readBlobOptions, type StreamBlobOptions } from '../repository.ts';
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
        const part = await fetchPart(connection, descriptor, received, partSize, {
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

/** Fetches a part, or the whole of a blob that is short or whose registry does not support ranges. */
async function fetchPart(
  connection: Connection,
  descriptor: Descriptor,
  start: number,
  partSize: number,
  options: FetchBlobOptions,
): Promise<Uint8Array> {
  const { digest, size } = descriptor;
  if (size <= partSize) return fetchBlob(connection, descriptor, options);
  const end = Math.min(start + partSize, size);
  const response = await connection.request({
    method: 'GET',
    at: `blobs/${digest}`,
    what: `a part of the blob ${digest}`,
    actions: 'pull',
    headers: { range: `bytes=${start}-${end - 1}` },
    expect: start === 0 ? [200, 206] : [206],
    maxBytes: end - start,
    signal: options.signal,
    budget: options.budget,
  });
  if (response.status === 200) return fetchWhole(connection, descriptor, options);
  const range = response.headers.get('content-range');
  if (range !== null && !range.startsWith(`bytes ${start}-`)) {
    throw new NotationError(
      'ERR_REGISTRY_RESPONSE',
      `${response.url.host} returned a part of ${digest} other than the requested one`,
    );
  }
  return checkLength(response.body, { digest, size: end - start });
}

/** Buffers a blob in memory, within the limit of an envelope. */
function fetchWhole(
  connection: Connection,
  descriptor: Descriptor,
  options: FetchBlobOptions,
): Promise<Uint8Array> {
  if (descriptor.size > limits.envelope) {
    const message = `${connection.origin.host} does not support ranges, and ${descriptor.digest} is too long to buffer`;
    throw new NotationError('ERR_REGISTRY_RESPONSE', message);
  }
  return fetchBlob(connection, descriptor, options);
}

function otherDigest({ digest }: Descriptor): NotationError {
  return new NotationError('ERR_CONTENT_MISMATCH', `the bytes under ${digest} have another digest`);
}
