import { digestOf } from '../../crypto/digest.ts';
import type { Descriptor } from '../../encoding/descriptor.ts';
import { parseDigest } from '../../encoding/digest.ts';
import { checkContent, checkSize } from '../content.ts';
import type { FetchBlobOptions, OperationOptions, PushBlobOptions } from '../repository.ts';
import type { Connection, RepositoryRequest } from './connection.ts';
import { safely } from './http.ts';
import { checkStored } from './manifests.ts';
import { isStored, open, upload } from './upload.ts';

/** How registries answer that do not mount, beside opening an upload. */
const NO_MOUNT: readonly number[] = [400, 404, 405, 501];

/** The bytes of a blob (OCI distribution specification 1.1, "Pulling blobs"). */
export async function fetchBlob(
  connection: Connection,
  descriptor: Descriptor,
  { maxBytes, signal, onProgress }: FetchBlobOptions,
): Promise<Uint8Array> {
  parseDigest(descriptor.digest);
  checkSize(descriptor, maxBytes);
  const { size: total } = descriptor;
  // A connection passes on to the transport what it does not know.
  const request: RepositoryRequest = {
    method: 'GET',
    at: `blobs/${descriptor.digest}`,
    what: `the blob ${descriptor.digest}`,
    actions: 'pull',
    expect: [200],
    maxBytes: total,
    signal,
    ...(onProgress && { onReceived: (received) => onProgress({ received, total }) }),
  };
  const { body } = await connection.request(request);
  return checkContent(body, descriptor);
}

/**
 * Stores a blob (OCI distribution specification 1.1, "Pushing blobs"): not at all where it is there, from another
 * repository of the registry where that is given, in one piece, or in chunks of a size.
 */
export async function pushBlob(
  connection: Connection,
  mediaType: string,
  bytes: Uint8Array,
  { signal, mountFrom, onProgress, chunkSize }: PushBlobOptions & { chunkSize: number },
): Promise<Descriptor> {
  const total = bytes.length;
  const descriptor = { mediaType, digest: await digestOf(bytes), size: total };
  const progress = safely(onProgress);
  const onSent = (sent: number) => progress?.({ sent, total });
  const work = { connection, descriptor, bytes, chunkSize, onSent, signal };
  const stored = await isStored(work);
  const session = stored
    ? undefined
    : mountFrom === undefined
      ? await open(work)
      : await mount(connection, descriptor, mountFrom, { signal });
  if (session?.status === 202) await upload(work, session);
  else onSent(total);
  return descriptor;
}

/** A registry that does not mount opens an upload instead, of its own accord or when asked. */
async function mount(
  connection: Connection,
  descriptor: Descriptor,
  from: string,
  { signal }: OperationOptions,
) {
  const query = `mount=${encodeURIComponent(descriptor.digest)}&from=${encodeURIComponent(from)}`;
  const answer = await connection.request({
    method: 'POST',
    at: `blobs/uploads/?${query}`,
    what: `the blob ${descriptor.digest} of another repository`,
    actions: 'pull,push',
    maxBytes: 0,
    expect: [201, 202, ...NO_MOUNT],
    signal,
  });
  if (answer.status === 201) checkStored(answer, descriptor);
  return NO_MOUNT.includes(answer.status) ? open({ connection, signal }) : answer;
}
