import type { Descriptor } from '../../encoding/descriptor.ts';
import { NotationError } from '../../errors/index.ts';
import { checkLength } from '../content.ts';
import { type FetchBlobOptions, limits } from '../repository.ts';
import type { Connection } from './connection.ts';
import { fetchBlob } from './fetch-blob.ts';

/** Fetches a part of a blob, or the whole if the registry does not support ranges. */
export async function fetchPart(
  connection: Connection,
  descriptor: Descriptor,
  start: number,
  partSize: number,
  options: FetchBlobOptions,
): Promise<Uint8Array> {
  const { digest, size } = descriptor;
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
