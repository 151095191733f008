import type { Descriptor } from '../../encoding/descriptor.ts';
import { NotationError } from '../../errors/index.ts';
import { emptyIndex, entries, formatIndex, mediaTypes, parseReferrer } from '../documents.ts';
import type { createQueue } from '../queue.ts';
import type { OperationOptions } from '../repository.ts';
import type { Connection } from './connection.ts';
import { putManifest } from './manifests.ts';
import { readReferrersTag, referrersTag } from './referrers.ts';
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
  options: OperationOptions & { tag?: string } = {},
): Promise<Descriptor> {
  const { descriptor, response } = await putManifest(connection, mediaType, bytes, options);
  const { subject, referrer } = parseReferrer(bytes, descriptor);
  if (!subject) return descriptor;
  if (response.headers.has('oci-subject')) support.api = true;
  if (!support.api) {
    await queue(subject.digest, () => list(connection, subject.digest, referrer, options));
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
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const index = (await readReferrersTag(connection, subject, { signal })) ?? emptyIndex;
    for (const { digest } of entries(index)) if (digest === referrer.digest) return;
    const bytes = formatIndex({ ...index, manifests: [...(index.manifests ?? []), referrer] }, WHAT);
    await putManifest(connection, mediaTypes.index, bytes, { tag: referrersTag(subject), signal });
  }
  throw new NotationError(
    'ERR_REGISTRY_RESPONSE',
    `${connection.origin.host} does not keep ${referrer.digest} in the ${WHAT} of ${subject}`,
  );
}
