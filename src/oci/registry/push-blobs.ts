import { digestOf } from '../../crypto/digest.ts';
import { readBytes } from '../../encoding/bytes.ts';
import type { Descriptor } from '../../encoding/descriptor.ts';
import { parseDigest } from '../../encoding/digest.ts';
import { isNotationError } from '../../errors/index.ts';
import { safely } from '../../net/body.ts';
import { type BlobSource, bytesSource, type OpenBlob, streamSource } from '../blob-source.ts';
import type { OperationOptions, PushBlobOptions } from '../repository.ts';
import type { Connection } from './connection.ts';
import { checkStored } from './offer-manifest.ts';
import { isStored, open, upload } from './upload.ts';

/** Statuses of registries that do not mount blobs, or not for this client, apart from a 202. */
const NO_MOUNT: readonly number[] = [400, 401, 403, 404, 405, 501];

/** How a blob is stored. */
type StoreOptions = PushBlobOptions & { chunkSize: number };

/** Stores a blob that is in memory. */
export async function pushBlob(
  connection: Connection,
  mediaType: string,
  given: Uint8Array,
  options: StoreOptions,
): Promise<Descriptor> {
  const bytes = readBytes(given, 'the blob');
  const descriptor = { mediaType, digest: await digestOf(bytes), size: bytes.length };
  return store(connection, descriptor, bytesSource(bytes), options);
}

/** Stores a blob that is read from a stream. */
export async function pushBlobStream(
  connection: Connection,
  { mediaType, digest, size }: Descriptor,
  open: OpenBlob,
  options: StoreOptions,
): Promise<Descriptor> {
  parseDigest(digest);
  const descriptor = { mediaType, digest, size };
  const source = streamSource(descriptor, open, options.signal);
  try {
    return await store(connection, descriptor, source, options);
  } finally {
    source.close();
  }
}

/**
 * Stores a blob (OCI distribution specification 1.1, "Pushing blobs"), unless it is there already: from another
 * repository of the registry if one is given, in one piece, or in chunks.
 */
async function store(
  connection: Connection,
  descriptor: Descriptor,
  source: BlobSource,
  { signal, budget, mountFrom, onProgress, chunkSize }: StoreOptions,
): Promise<Descriptor> {
  const { size: total } = descriptor;
  const progress = safely(onProgress);
  const onSent = (sent: number) => progress?.({ sent, total });
  const work = { connection, descriptor, source, chunkSize, onSent, signal, budget };
  const stored = await isStored(work);
  const session = stored
    ? undefined
    : mountFrom === undefined
      ? await open(work)
      : await mount(connection, descriptor, mountFrom, { signal, budget });
  if (session?.status === 202) await upload(work, session);
  else onSent(total);
  return descriptor;
}

/** Mounts a blob. A registry that cannot opens an upload instead, by itself or on request. */
async function mount(
  connection: Connection,
  descriptor: Descriptor,
  from: string,
  { signal, budget }: OperationOptions,
) {
  const response = await requestMount(connection, descriptor, from, { signal, budget });
  if (response?.status === 201) checkStored(response, descriptor);
  return !response || NO_MOUNT.includes(response.status) ? open({ connection, signal, budget }) : response;
}

/** Requests a mount; `undefined` if the token server grants no access to the other repository. */
async function requestMount(
  connection: Connection,
  descriptor: Descriptor,
  from: string,
  { signal, budget }: OperationOptions,
) {
  const query = `mount=${encodeURIComponent(descriptor.digest)}&from=${encodeURIComponent(from)}`;
  try {
    return await connection.request({
      method: 'POST',
      at: `blobs/uploads/?${query}`,
      what: `the blob ${descriptor.digest} of another repository`,
      isRepeatable: true,
      actions: 'pull,push',
      maxBytes: 0,
      expect: [201, 202, ...NO_MOUNT],
      signal,
      budget,
    });
  } catch (error) {
    if (isNotationError(error, 'ERR_REGISTRY_UNAUTHORIZED')) return undefined;
    throw error;
  }
}
