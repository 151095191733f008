import { NotationError } from '../../errors/index.ts';
import { pause } from '../../net/abort.ts';
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

const WHAT = 'index of referrers';
/** How often a change is written again after others undid it. */
const MAX_WRITES = 20;
/** Reads after which an index that never comes to rest is given up. */
const MAX_LOOKS = 100;
/** Milliseconds within which a writer that had read the index earlier has written it. */
const MIN_SETTLING = 100;
const MAX_SETTLING = 2000;

/** Returns the new entries of an index of referrers; `undefined` if they need no change. */
export type ChangeReferrers = (manifests: readonly unknown[]) => unknown[] | undefined;

/** Returns the digest of an entry of an index, if it is well-formed. */
export function digestIn(entry: unknown): string | undefined {
  const [found] = entries({ manifests: [entry] });
  return found?.digest;
}

/**
 * Changes the index under the fallback tag of a manifest, one change after another.
 * @param subject - The digest of the manifest.
 * @see docs/specification.md, rule OCI-12
 */
export function updateReferrersTag(
  connection: Connection,
  queue: ReturnType<typeof createQueue>,
  subject: string,
  change: ChangeReferrers,
  options: OperationOptions,
): Promise<void> {
  const name = `${connection.origin.host}/${connection.repository}@${subject}`;
  return queue(name, () => update(connection, subject, change, options));
}

/**
 * Most registries cannot compare and swap, so that a writer that read the index earlier may undo the change. The change
 * is done once the index stays the same during a pause, with the change in it.
 */
async function update(
  connection: Connection,
  subject: string,
  change: ChangeReferrers,
  { signal, budget }: OperationOptions,
): Promise<void> {
  let [writes, settling, resting] = [0, MIN_SETTLING, ''];
  for (let looks = 0; ; looks++) {
    const begun = Date.now();
    const found = await findManifest(connection, referrersTag(subject), { signal, budget });
    const index = found ? parseIndex(found.bytes, WHAT) : emptyIndex;
    const manifests = change(index.manifests ?? []);
    const state = JSON.stringify(index.manifests);
    if (!manifests && (writes === 0 || state === resting || looks > MAX_LOOKS)) return;
    resting = state;
    if (manifests) {
      if (writes++ === MAX_WRITES) break;
      await write(connection, subject, { ...index, manifests }, found?.etag, { signal, budget });
      resting = JSON.stringify(manifests);
    }
    settling = Math.min(MAX_SETTLING, Math.max(settling, 3 * (Date.now() - begun)));
    // Jitter, so that concurrent writers do not stay in step.
    await pause(settling * (1 + Math.random()), signal, `the update of the ${WHAT} of ${subject}`);
  }
  throw new NotationError(
    'ERR_REGISTRY_RESPONSE',
    `the ${WHAT} of ${subject} at ${connection.origin.host} was overwritten on every attempt`,
  );
}

/** Success shows when the index is read again, even if the registry reports that the index has changed (412). */
async function write(
  connection: Connection,
  subject: string,
  index: ImageIndex,
  replaces: string | undefined,
  options: OperationOptions,
): Promise<void> {
  const bytes = formatIndex(index, WHAT);
  const { descriptor } = await describeManifest(mediaTypes.index, bytes);
  await putManifest(connection, descriptor, bytes, { tag: referrersTag(subject), replaces, ...options });
}
