import type { Descriptor } from '../../encoding/descriptor.ts';
import { untilAborted } from '../../net/abort.ts';
import { describeManifest } from '../documents.ts';
import type { createQueue } from '../queue.ts';
import type { OperationOptions } from '../repository.ts';
import type { Connection } from './connection.ts';
import { putManifest } from './manifests.ts';
import { learn, type ReferrersApi } from './referrers-api.ts';
import { type ChangeReferrers, digestIn, updateReferrersTag } from './referrers-tag.ts';

/**
 * Stores a manifest. If it has a subject and the registry does not report that it listed it as a referrer, it is listed
 * under the fallback tag (OCI distribution specification 1.1, "Pushing Manifests with Subject").
 * @see docs/specification.md, rule OCI-12
 */
export async function pushManifest(
  connection: Connection,
  api: ReferrersApi,
  queue: ReturnType<typeof createQueue>,
  mediaType: string,
  given: Uint8Array,
  options: OperationOptions & { tag?: string | undefined } = {},
): Promise<Descriptor> {
  const { descriptor, bytes, subject, referrer } = await describeManifest(mediaType, given);
  const { headers } = await putManifest(connection, descriptor, bytes, options);
  if (!subject) return descriptor;
  if (headers.has('oci-subject')) learn(api, true);
  if (!api.own) {
    const listed = updateReferrersTag(connection, queue, subject.digest, listing(referrer), options);
    await untilAborted(listed, options.signal, `the update of the index of referrers of ${subject.digest}`);
  }
  return descriptor;
}

/** Adds an entry to an index of referrers, unless it is there. */
function listing(referrer: Descriptor): ChangeReferrers {
  return (manifests) =>
    manifests.some((entry) => digestIn(entry) === referrer.digest) ? undefined : [...manifests, referrer];
}
