import type { Descriptor } from '../../encoding/descriptor.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { untilAborted } from '../../net/abort.ts';
import { parseReferrer } from '../documents.ts';
import type { createQueue } from '../queue.ts';
import type { OperationOptions } from '../repository.ts';
import type { Connection } from './connection.ts';
import { hasErrorCode } from './failure.ts';
import type { HttpResponse } from './http.ts';
import { fetchManifest } from './manifests.ts';
import { type ChangeReferrers, digestIn, updateReferrersTag } from './referrers-tag.ts';
import type { Support } from './support.ts';

/** A 202 by the specification; some registries are less exact. */
const DELETED: readonly number[] = [200, 202, 204];
/** How a registry says that it deletes nothing. */
const REFUSED: readonly number[] = [405, 501];

/**
 * Deletes a manifest (OCI distribution specification 1.1, "Deleting Manifests"), and then its entry in the index under
 * the fallback tag of its subject: a registry that refuses the one keeps the other too.
 */
export async function deleteManifest(
  connection: Connection,
  support: Support,
  queue: ReturnType<typeof createQueue>,
  descriptor: Descriptor,
  options: OperationOptions = {},
): Promise<void> {
  const { digest } = descriptor;
  const { subject } = parseReferrer(await fetchManifest(connection, descriptor, options), descriptor);
  const response = await connection.request({
    method: 'DELETE',
    actions: 'delete',
    at: `manifests/${digest}`,
    what: `the manifest ${digest} to be deleted`,
    maxBytes: 0,
    expect: [...DELETED, ...REFUSED, 400],
    ...options,
  });
  if (!DELETED.includes(response.status)) throw refusal(response, digest);
  if (!subject || support.own) return;
  const unlisted = updateReferrersTag(connection, queue, subject.digest, unlisting(digest), options);
  try {
    await untilAborted(unlisted, options.signal);
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    const message = `${digest} was deleted, but is in the index of referrers still: ${cause.message}`;
    throw new NotationError(cause.code, message, { cause });
  }
}

/** Takes an entry out of an index of referrers, if it is there. */
function unlisting(digest: string): ChangeReferrers {
  return (manifests) => {
    const kept = manifests.filter((entry) => digestIn(entry) !== digest);
    return kept.length < manifests.length ? kept : undefined;
  };
}

function refusal(response: HttpResponse, digest: string): NotationError {
  const { status, url } = response;
  const unsupported = REFUSED.includes(status) || hasErrorCode(response, 'UNSUPPORTED');
  return unsupported
    ? new NotationError(
        'ERR_DELETION_UNSUPPORTED',
        `${url.host} does not allow that ${digest} is deleted: it answers ${status}`,
      )
    : new NotationError(
        'ERR_REGISTRY_RESPONSE',
        `${url.host} answers ${status} when asked to delete ${digest}`,
      );
}
