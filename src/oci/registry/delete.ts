import type { Descriptor } from '../../encoding/descriptor.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { withMessage } from '../../errors/notation-error.ts';
import { untilAborted } from '../../net/abort.ts';
import type { HttpResponse } from '../../net/transport.ts';
import { parseReferrer } from '../documents.ts';
import type { createQueue } from '../queue.ts';
import type { DeleteManifestOptions, OperationOptions } from '../repository.ts';
import type { Connection } from './connection.ts';
import { hasErrorCode, responseError } from './failure.ts';
import { fetchManifest, hasManifest } from './manifests.ts';
import type { ReferrersApi } from './referrers-api.ts';
import { type ChangeReferrers, digestIn, updateReferrersTag } from './update-referrers-tag.ts';

/** The specification requires 202; some registries respond with another status. */
export const DELETED: readonly number[] = [200, 202, 204];
/** Statuses with which registries refuse to delete manifests. */
const REFUSED: readonly number[] = [405, 501];

/**
 * Deletes a manifest (OCI distribution specification 1.1, "Deleting Manifests"), and then its entry in the index under
 * the fallback tag of its subject. In this order, a registry that refuses to delete keeps both.
 */
export async function deleteManifest(
  connection: Connection,
  api: ReferrersApi,
  queue: ReturnType<typeof createQueue>,
  descriptor: Descriptor,
  { subject: known, signal, budget }: DeleteManifestOptions = {},
): Promise<void> {
  const { digest } = descriptor;
  const options = { signal, budget };
  const found = await fetchUnlessGone(connection, descriptor, known !== undefined, options);
  const subject = found ? parseReferrer(found, descriptor).subject : known;
  if (found) await deleteStored(connection, digest, options);
  if (!subject || api.own) {
    if (found) return;
    throw new NotationError('ERR_NOT_FOUND', `${connection.origin.host} has no manifest ${digest}`);
  }
  let listed = false;
  const change: ChangeReferrers = (manifests) => {
    const changed = unlisting(digest)(manifests);
    listed ||= changed !== undefined;
    return changed;
  };
  const unlisted = updateReferrersTag(connection, queue, subject.digest, change, options);
  try {
    await untilAborted(unlisted, signal, `the update of the index of referrers of ${subject.digest}`);
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    const message = `${digest} was deleted, but is still in the index of referrers: ${cause.message}`;
    throw withMessage(cause, message);
  }
  if (!found && !listed) {
    const message = `${connection.origin.host} neither has nor lists the manifest ${digest}`;
    throw new NotationError('ERR_NOT_FOUND', message);
  }
}

/** Fetches the manifest; `undefined` if it is gone and may be. */
async function fetchUnlessGone(
  connection: Connection,
  descriptor: Descriptor,
  mayBeGone: boolean,
  options: OperationOptions,
): Promise<Uint8Array | undefined> {
  try {
    return await fetchManifest(connection, descriptor, options);
  } catch (error) {
    if (mayBeGone && isNotationError(error, 'ERR_NOT_FOUND')) return undefined;
    throw error;
  }
}

/**
 * Deletes what is stored under a digest, or a tag.
 * @throws NotationError `ERR_DELETION_UNSUPPORTED`, `ERR_REGISTRY_RESPONSE` and those of the connection
 */
export async function deleteStored(
  connection: Connection,
  target: string,
  options: OperationOptions,
): Promise<void> {
  const what = `the manifest ${target} to be deleted`;
  const response = await connection.request({
    method: 'DELETE',
    actions: 'delete',
    at: `manifests/${target}`,
    what,
    maxBytes: 0,
    expect: [...DELETED, ...REFUSED, 400, 404],
    ...options,
  });
  if (DELETED.includes(response.status)) return;
  // An earlier request may have deleted it although its response was lost; runtimes, too, send requests again.
  if (response.status === 404 && !(await hasManifest(connection, target, options))) return;
  throw response.status === 404 ? responseError(response, what) : refusal(response, target);
}

/** Removes an entry from an index of referrers, if it is there. */
function unlisting(digest: string): ChangeReferrers {
  return (manifests) => {
    const kept = manifests.filter((entry) => digestIn(entry) !== digest);
    return kept.length < manifests.length ? kept : undefined;
  };
}

function refusal(response: HttpResponse, target: string): NotationError {
  const { status, url } = response;
  const unsupported = REFUSED.includes(status) || hasErrorCode(response, 'UNSUPPORTED');
  return unsupported
    ? new NotationError(
        'ERR_DELETION_UNSUPPORTED',
        `${url.host} does not allow ${target} to be deleted: it responded with ${status}`,
      )
    : new NotationError(
        'ERR_REGISTRY_RESPONSE',
        `${url.host} responded with ${status} to the deletion of ${target}`,
      );
}
