import type { Descriptor } from '../../encoding/descriptor.ts';
import { parseDigest } from '../../encoding/digest.ts';
import { safely } from '../../net/body.ts';
import { checkContent, checkSize } from '../content.ts';
import { type FetchBlobOptions, readBlobOptions } from '../repository.ts';
import type { Connection, RepositoryRequest } from './connection.ts';

/** Fetches a blob (OCI distribution specification 1.1, "Pulling blobs"). */
export async function fetchBlob(
  connection: Connection,
  descriptor: Descriptor,
  options: FetchBlobOptions,
): Promise<Uint8Array> {
  const { maxBytes, signal, budget, onProgress } = readBlobOptions(options);
  parseDigest(descriptor.digest);
  checkSize(descriptor, maxBytes);
  const { size: total } = descriptor;
  const progress = safely(onProgress);
  const request: RepositoryRequest = {
    method: 'GET',
    at: `blobs/${descriptor.digest}`,
    what: `the blob ${descriptor.digest}`,
    actions: 'pull',
    expect: [200],
    maxBytes: total,
    signal,
    budget,
    ...(progress && { onReceived: (received) => progress({ received, total }) }),
  };
  const { body } = await connection.request(request);
  return checkContent(body, descriptor);
}
