import type { createQueue } from '../queue.ts';
import type { Repository } from '../repository.ts';
import type { Connection } from './connection.ts';
import { deleteManifest } from './delete.ts';
import { pushBlob, pushBlobStream } from './push-blobs.ts';
import { pushManifest, type ReferrersTag } from './push-manifest.ts';
import type { ReferrersApi } from './referrers-api.ts';

// Loaded with the writer: a module of its own, which shares others with it, would make every bundle larger.
export { checkSteps } from './check-steps.ts';

/** The operations that change a repository. */
export type Writer = Required<
  Pick<Repository, 'pushBlob' | 'pushBlobStream' | 'pushManifest' | 'deleteManifest'>
>;

/** How a remote repository is changed. */
export interface WriterOptions {
  chunkSize: number;
  referrersTag: ReferrersTag | undefined;
}

/** Makes the operations that change a remote repository. */
export function createWriter(
  connection: Connection,
  api: ReferrersApi,
  queue: ReturnType<typeof createQueue>,
  { chunkSize, referrersTag }: WriterOptions,
): Writer {
  return {
    pushBlob: (mediaType, bytes, options) =>
      pushBlob(connection, mediaType, bytes, { ...options, chunkSize }),
    pushBlobStream: (descriptor, open, options) =>
      pushBlobStream(connection, descriptor, open, { ...options, chunkSize }),
    pushManifest: (mediaType, bytes, options) =>
      pushManifest(connection, api, queue, mediaType, bytes, { ...options, referrersTag }),
    deleteManifest: (descriptor, options) => deleteManifest(connection, api, queue, descriptor, options),
  };
}
