import type { Descriptor } from '../../encoding/descriptor.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { pause } from '../../net/abort.ts';
import { backoff } from '../../net/retry.ts';
import type { OperationOptions } from '../repository.ts';
import { referrersTag } from '../target.ts';
import { attempt, type Capability, lacking } from './capabilities.ts';
import type { Connection } from './connection.ts';
import { DELETED, deleteStored } from './delete.ts';
import { findManifest } from './manifests.ts';
import type { Probe } from './probe.ts';
import { isStored } from './upload.ts';

/** How often a deleted manifest is requested until it is gone: some registries delete it a moment later. */
const MAX_LOOKS = 3;

/**
 * Removes what is there of a probe, and takes it out of the lists of the probe. It does not stop at a failure.
 * @returns Whether manifests can be deleted; `undefined` if there was none.
 */
export async function removeProbe(
  connection: Connection,
  { manifests, blobs }: Probe,
  options: OperationOptions,
): Promise<Capability | undefined> {
  let deletion: Capability | undefined;
  for await (const outcome of removeManifests(connection, manifests, options)) {
    if (deletion?.reason === undefined) deletion = outcome;
  }
  await removeBlobs(connection, blobs, options);
  return deletion;
}

/**
 * Deletes manifests in the opposite of the order in which they were sent, after the index under the fallback tag of the
 * first one: without that index, nothing has to be changed in it.
 * @param remaining - The digests; those that are gone are taken out.
 * @returns Yields the outcome of each deletion.
 */
async function* removeManifests(
  connection: Connection,
  remaining: string[],
  options: OperationOptions,
): AsyncGenerator<Capability> {
  const [image] = remaining;
  if (image === undefined) return;
  const tag = referrersTag(image);
  let index: string | undefined;
  const looked = await attempt(async () => {
    index = (await findManifest(connection, tag, options))?.descriptor.digest;
    return { status: 'yes' };
  }, options);
  if (looked.reason) yield looked;
  // Some registries take the tag for the digest, and return the image.
  if (index !== undefined && index !== image) remaining.push(index);
  for (const digest of [...remaining].reverse()) {
    const outcome = await remove(connection, digest, options);
    if (!outcome?.reason) remaining.splice(remaining.indexOf(digest), 1);
    if (outcome) yield outcome;
  }
  if (index === undefined || remaining.includes(index)) return;
  // Some registries keep what is under a tag when it is deleted by its digest.
  const outcome = await remove(connection, tag, options);
  if (!outcome?.reason) return;
  remaining.push(index);
  yield outcome;
}

/** Deletes a manifest, and looks whether it is gone; returns `undefined` if there is none. */
async function remove(
  connection: Connection,
  target: string,
  options: OperationOptions,
): Promise<Capability | undefined> {
  let isThere = true;
  const outcome = await attempt(async () => {
    isThere = (await findManifest(connection, target, options)) !== undefined;
    if (!isThere) return { status: 'unknown' };
    try {
      await deleteStored(connection, target, options);
    } catch (error) {
      if (isNotationError(error, 'ERR_DELETION_UNSUPPORTED')) return lacking(error);
      throw error;
    }
    if (await isGone(connection, target, options)) return { status: 'yes' };
    const message = `${connection.origin.host} still has ${target} after it accepted its deletion`;
    const nextStep = 'Ask the operator of the registry when it deletes manifests.';
    return lacking(new NotationError('ERR_REGISTRY_RESPONSE', message, { nextStep }));
  }, options);
  return isThere ? outcome : undefined;
}

async function isGone(connection: Connection, target: string, options: OperationOptions): Promise<boolean> {
  for (let look = 1; ; look++) {
    if (!(await findManifest(connection, target, options))) return true;
    if (look === MAX_LOOKS) return false;
    await pause(backoff(look), options.signal, `the deletion of ${target}`);
  }
}

/** Deletes blobs; those that are gone are taken out. */
async function removeBlobs(
  connection: Connection,
  remaining: Descriptor[],
  options: OperationOptions,
): Promise<void> {
  for (const descriptor of [...remaining]) {
    const outcome = await attempt(async () => {
      if (await isStored({ connection, descriptor, ...options })) {
        await deleteBlob(connection, descriptor, options);
      }
      return { status: 'yes' };
    }, options);
    if (outcome.status === 'yes') remaining.splice(remaining.indexOf(descriptor), 1);
  }
}

/** Deletes a blob (OCI distribution specification 1.1, "Deleting Blobs"). */
async function deleteBlob(
  connection: Connection,
  { digest }: Descriptor,
  options: OperationOptions,
): Promise<void> {
  await connection.request({
    method: 'DELETE',
    actions: 'delete',
    at: `blobs/${digest}`,
    what: `the blob ${digest} to be deleted`,
    maxBytes: 0,
    expect: [...DELETED, 404],
    ...options,
  });
}
