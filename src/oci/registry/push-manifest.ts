import type { Descriptor } from '../../encoding/descriptor.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { withMessage } from '../../errors/notation-error.ts';
import { pause, untilAborted } from '../../net/abort.ts';
import { backoff } from '../../net/retry.ts';
import { describeManifest } from '../documents.ts';
import type { createQueue } from '../queue.ts';
import type { OperationOptions } from '../repository.ts';
import type { Connection } from './connection.ts';
import { putManifest } from './offer-manifest.ts';
import { listPages } from './referrers.ts';
import type { ReferrersApi } from './referrers-api.ts';
import { type ChangeReferrers, digestIn, updateReferrersTag } from './update-referrers-tag.ts';

/** How often a list is read until it has a new referrer: some registries update it a moment later. */
const MAX_LOOKS = 4;

/** When a manifest with a subject is listed under the fallback tag: if the registry does not list it itself, or always. */
export type ReferrersTag = 'fallback' | 'always';

/** A referrer that was stored, and the digest of the manifest that it refers to. */
interface Stored {
  referrer: Descriptor;
  subject: string;
}

/**
 * Stores a manifest. If it has a subject, the list of referrers is read back: some registries report a referrer
 * as listed and do not list it. If a registry has no referrers API, the referrer is listed under the fallback tag (OCI
 * distribution specification 1.1, "Pushing Manifests with Subject").
 * @see docs/specification.md, rule OCI-12
 */
export async function pushManifest(
  connection: Connection,
  api: ReferrersApi,
  queue: ReturnType<typeof createQueue>,
  mediaType: string,
  given: Uint8Array,
  options: OperationOptions & { tag?: string | undefined; referrersTag?: ReferrersTag | undefined } = {},
): Promise<Descriptor> {
  const isForced = options.referrersTag === 'always';
  const { descriptor, bytes, subject, referrer } = await describeManifest(mediaType, given);
  const { headers } = await putManifest(connection, descriptor, bytes, options);
  if (!subject) return descriptor;
  const stored = { referrer, subject: subject.digest };
  try {
    const claimed = !isForced && (headers.has('oci-subject') || api.own === true);
    if (claimed && (await isListed(connection, api, stored, options))) return descriptor;
    if (api.own && !isForced) throw notListed(connection, stored);
    const listed = updateReferrersTag(connection, queue, stored.subject, listing(referrer), options);
    await untilAborted(listed, options.signal, `the update of the index of referrers of ${stored.subject}`);
  } catch (cause) {
    throw isNotationError(cause) && !options.signal?.aborted ? storedOnly(stored, cause) : cause;
  }
  return descriptor;
}

/** Reports whether a list has a new referrer. The list also shows whether the registry has the referrers API. */
async function isListed(
  connection: Connection,
  api: ReferrersApi,
  { referrer: { digest, artifactType = '' }, subject }: Stored,
  options: OperationOptions,
): Promise<boolean> {
  for (let look = 1; ; look++) {
    for await (const { manifests } of listPages(connection, api, subject, artifactType, options)) {
      if (manifests?.some((entry) => digestIn(entry) === digest)) return true;
    }
    if (look === MAX_LOOKS || !api.own) return false;
    await pause(backoff(look), options.signal, `the list of referrers of ${subject}`);
  }
}

/** Adds an entry to an index of referrers, unless it is there. */
function listing(referrer: Descriptor): ChangeReferrers {
  return (manifests) =>
    manifests.some((entry) => digestIn(entry) === referrer.digest) ? undefined : [...manifests, referrer];
}

function notListed({ origin }: Connection, { referrer, subject }: Stored): NotationError {
  return new NotationError(
    'ERR_REGISTRY_RESPONSE',
    `${origin.host} does not list ${referrer.digest} among the referrers of ${subject}`,
    { nextStep: 'Ask the operator of the registry why its referrers API omits it, or use another registry.' },
  );
}

/** Makes the error of a manifest that was stored but cannot be found. */
function storedOnly({ referrer }: Stored, cause: NotationError): NotationError {
  const message = `${referrer.digest} was stored, but is not listed as a referrer: ${cause.message}`;
  return withMessage(cause, message);
}
