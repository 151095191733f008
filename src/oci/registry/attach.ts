import type { Descriptor } from '../../encoding/descriptor.ts';
import { NotationError } from '../../errors/index.ts';
import { pause, untilAborted } from '../../net/abort.ts';
import {
  describeManifest,
  emptyIndex,
  entries,
  formatIndex,
  type ImageIndex,
  parseIndex,
} from '../documents.ts';
import { mediaTypes } from '../media-types.ts';
import type { createQueue } from '../queue.ts';
import { referrersTag } from '../reference.ts';
import type { OperationOptions } from '../repository.ts';
import type { Connection } from './connection.ts';
import { findManifest, putManifest } from './manifests.ts';
import { learn, type Support } from './support.ts';

const WHAT = 'index of referrers';
/** How often an entry is written again that others dropped. */
const MAX_WRITES = 20;
/** Looks after which an index that never comes to rest is given up. */
const MAX_LOOKS = 100;
/** Milliseconds in which another writer that had read the index before has written it. */
const MIN_SETTLING = 100;
const MAX_SETTLING = 2000;

/**
 * Stores a manifest. Where the registry does not say that it made a referrer of one with a subject, it is listed under
 * the fallback tag (OCI distribution specification 1.1, "Pushing Manifests with Subject").
 */
export async function pushManifest(
  connection: Connection,
  support: Support,
  queue: ReturnType<typeof createQueue>,
  mediaType: string,
  bytes: Uint8Array,
  options: OperationOptions & { tag?: string | undefined } = {},
): Promise<Descriptor> {
  const { descriptor, subject, referrer } = await describeManifest(mediaType, bytes);
  const { headers } = await putManifest(connection, descriptor, bytes, options);
  if (!subject) return descriptor;
  if (headers.has('oci-subject')) learn(support, true);
  if (!support.own) {
    const name = `${connection.origin.host}/${connection.repository}@${subject.digest}`;
    const listed = queue(name, () => list(connection, subject.digest, referrer, options));
    await untilAborted(listed, options.signal);
  }
  return descriptor;
}

/**
 * Adds an entry to the index under the fallback tag. Most registries cannot compare and swap, so that whoever read the
 * index before may drop the entry when writing it: it is done when the index has come to rest with the entry in it.
 */
async function list(
  connection: Connection,
  subject: string,
  referrer: Descriptor,
  { signal }: OperationOptions,
): Promise<void> {
  let [writes, settling, resting] = [0, MIN_SETTLING, ''];
  for (let looks = 0; ; looks++) {
    const begun = Date.now();
    const found = await findManifest(connection, referrersTag(subject), { signal });
    const index = found ? parseIndex(found.bytes, WHAT) : emptyIndex;
    const listed = [...entries(index)].some(({ digest }) => digest === referrer.digest);
    const state = JSON.stringify(index.manifests);
    if (listed && (writes === 0 || state === resting || looks > MAX_LOOKS)) return;
    resting = state;
    if (!listed) {
      if (writes++ === MAX_WRITES) break;
      const manifests = [...(index.manifests ?? []), referrer];
      await write(connection, subject, { ...index, manifests }, found?.etag, signal);
      resting = JSON.stringify(manifests);
    }
    settling = Math.min(MAX_SETTLING, Math.max(settling, 3 * (Date.now() - begun)));
    // By chance, or several who began together would stay together.
    await pause(settling * (1 + Math.random()), signal);
  }
  throw new NotationError(
    'ERR_REGISTRY_RESPONSE',
    `${connection.origin.host} does not keep ${referrer.digest} in the ${WHAT} of ${subject}`,
  );
}

/** Whether it was written is seen when the index is read again: also by a registry that found it changed meanwhile. */
async function write(
  connection: Connection,
  subject: string,
  index: ImageIndex,
  replaces: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const bytes = formatIndex(index, WHAT);
  const { descriptor } = await describeManifest(mediaTypes.index, bytes);
  await putManifest(connection, descriptor, bytes, { tag: referrersTag(subject), replaces, signal });
}
