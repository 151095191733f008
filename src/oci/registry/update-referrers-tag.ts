import { encodeUtf8 } from '../../encoding/bytes.ts';
import { NotationError } from '../../errors/index.ts';
import { pause } from '../../net/abort.ts';
import { describeManifest, emptyIndex, entries, type ImageIndex } from '../documents.ts';
import { mediaTypes } from '../media-types.ts';
import type { createQueue } from '../queue.ts';
import { limits, type OperationOptions } from '../repository.ts';
import { referrersTag } from '../target.ts';
import type { Connection } from './connection.ts';
import { responseError } from './failure.ts';
import { hasManifest } from './manifests.ts';
import { offerManifest } from './offer-manifest.ts';
import { readReferrersTag, INDEX_OF_REFERRERS as WHAT } from './referrers-tag.ts';

/** How often a change is written again after others undid it. */
const MAX_WRITES = 20;
/** The most reads of an index that keeps changing. */
const MAX_LOOKS = 100;
/** Milliseconds within which a writer that had read the index earlier has written it. */
const MIN_SETTLING = 100;
const MAX_SETTLING = 2000;

/** Entries that are looked up at the same time. */
const LOOKED_UP_AT_ONCE = 8;
const DELETE_STEP =
  'Delete signatures that are no longer needed with deleteSignature, and sign again: registries limit the length of manifests.';

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
    const {
      index = emptyIndex,
      inPlace,
      etag,
    } = await readReferrersTag(connection, subject, { signal, budget });
    const manifests = change(index.manifests ?? []);
    const state = JSON.stringify(index.manifests);
    if (!manifests && (writes === 0 || state === resting || looks > MAX_LOOKS)) return;
    resting = state;
    if (manifests) {
      if (inPlace === 'other' || (inPlace && writes > 0)) throw taken(connection, subject, inPlace);
      if (writes++ === MAX_WRITES) break;
      resting = JSON.stringify(
        await write(connection, subject, { ...index, manifests }, etag, { signal, budget }),
      );
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

/**
 * Writes the index. Only reading the index again shows whether this succeeded, even if the registry reports that it has
 * changed (412). If the registry rejects it, entries of manifests that are gone may be the reason, as after a garbage
 * collection: it is then written without them.
 * @returns The entries that were written.
 */
async function write(
  connection: Connection,
  subject: string,
  index: ImageIndex & { manifests: unknown[] },
  replaces: string | undefined,
  options: OperationOptions,
): Promise<unknown[]> {
  const tag = referrersTag(subject);
  let { manifests } = index;
  for (let isRepaired = false; ; isRepaired = true) {
    const bytes = encodeUtf8(JSON.stringify({ ...index, manifests }));
    const size = `${manifests.length} entries and ${bytes.length} bytes`;
    const name = `the ${WHAT} of ${subject}`;
    if (bytes.length > limits.manifest) {
      const message = `${name} would have ${size}, more than the ${limits.manifest} bytes that a manifest may have`;
      throw new NotationError('ERR_LIMIT_EXCEEDED', message, { nextStep: DELETE_STEP });
    }
    const { descriptor } = await describeManifest(mediaTypes.index, bytes);
    const response = await offerManifest(connection, descriptor, bytes, { tag, replaces, ...options });
    if (response.status === 201 || response.status === 412) return manifests;
    const kept = isRepaired ? manifests : await withoutGone(connection, manifests, options);
    if (kept.length === manifests.length) {
      const { code, message } = responseError(response, `${name} with ${size}`);
      throw new NotationError(code, message, { nextStep: DELETE_STEP });
    }
    manifests = kept;
  }
}

/** Returns the entries without those whose manifest is gone. */
async function withoutGone(
  connection: Connection,
  manifests: readonly unknown[],
  options: OperationOptions,
): Promise<unknown[]> {
  const kept: unknown[] = [];
  for (let start = 0; start < manifests.length; start += LOOKED_UP_AT_ONCE) {
    const some = manifests.slice(start, start + LOOKED_UP_AT_ONCE);
    const present = await Promise.all(
      some.map(async (entry) => {
        const digest = digestIn(entry);
        return digest === undefined || hasManifest(connection, digest, options);
      }),
    );
    kept.push(...some.filter((_, position) => present[position]));
  }
  return kept;
}

function taken({ origin }: Connection, subject: string, inPlace: 'subject' | 'other'): NotationError {
  const tag = referrersTag(subject);
  return inPlace === 'subject'
    ? new NotationError(
        'ERR_REGISTRY_RESPONSE',
        `${origin.host} returns ${subject} itself under the tag ${tag}, so that no ${WHAT} can be stored there`,
        {
          nextStep: 'Use a registry with the referrers API, or one that has no tags of its own for digests.',
        },
      )
    : new NotationError(
        'ERR_REGISTRY_RESPONSE',
        `the tag ${tag} at ${origin.host} is in use for something other than the ${WHAT}`,
        {
          nextStep:
            'Remove the tag, or give its manifest another one: the referrers are listed under this tag.',
        },
      );
}
