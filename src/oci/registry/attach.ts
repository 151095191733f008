import type { Descriptor } from '../../encoding/descriptor.ts';
import { NotationError } from '../../errors/index.ts';
import { untilAborted } from '../../net/abort.ts';
import { describeManifest, emptyIndex, entries, formatIndex } from '../documents.ts';
import { mediaTypes } from '../media-types.ts';
import type { createQueue } from '../queue.ts';
import { referrersTag } from '../reference.ts';
import type { OperationOptions } from '../repository.ts';
import type { Connection } from './connection.ts';
import { putManifest } from './manifests.ts';
import { readReferrersTag } from './referrers.ts';
import type { Support } from './support.ts';

const MAX_ATTEMPTS = 5;
const WHAT = 'index of referrers';

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
  if (headers.has('oci-subject')) support.api = true;
  if (!support.api) {
    const name = `${connection.origin.host}/${connection.repository}@${subject.digest}`;
    const listed = queue(name, () => list(connection, subject.digest, referrer, options));
    await untilAborted(listed, options.signal);
  }
  return descriptor;
}

/**
 * Adds an entry to the index under the fallback tag. Registries cannot compare and swap, so another writer may have
 * dropped the entry: it is looked for afterwards.
 */
async function list(
  connection: Connection,
  subject: string,
  referrer: Descriptor,
  { signal }: OperationOptions,
): Promise<void> {
  for (let attempt = 0; attempt <= MAX_ATTEMPTS; attempt++) {
    const index = (await readReferrersTag(connection, subject, { signal })) ?? emptyIndex;
    for (const { digest } of entries(index)) if (digest === referrer.digest) return;
    if (attempt === MAX_ATTEMPTS) break;
    const bytes = formatIndex({ ...index, manifests: [...(index.manifests ?? []), referrer] }, WHAT);
    const { descriptor } = await describeManifest(mediaTypes.index, bytes);
    await putManifest(connection, descriptor, bytes, { tag: referrersTag(subject), signal });
  }
  throw new NotationError(
    'ERR_REGISTRY_RESPONSE',
    `${connection.origin.host} does not keep ${referrer.digest} in the ${WHAT} of ${subject}`,
  );
}
