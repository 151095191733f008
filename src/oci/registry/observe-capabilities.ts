import { digestOf } from '../../crypto/digest.ts';
import { SIGNATURE_ARTIFACT_TYPE } from '../media-types.ts';
import type { OperationOptions } from '../repository.ts';
import { attempt, type Capabilities, type Capability } from './capabilities.ts';
import type { Connection } from './connection.ts';
import { resolveManifest } from './manifests.ts';
import { listPages, listReferrers } from './referrers.ts';
import type { ReferrersApi } from './referrers-api.ts';

/** The length of a random number that nothing has as its content. */
const RANDOM = 32;

/**
 * Finds out what reading shows.
 * @param target - A tag or a digest; without it, the referrers of something that does not exist are requested.
 * @throws NotationError for a target that cannot be resolved, and if the referrers cannot be requested
 */
export async function observeCapabilities(
  connection: Connection,
  target: string | undefined,
  options: OperationOptions,
): Promise<Capabilities & { digest?: string }> {
  const artifact = target === undefined ? undefined : await resolveManifest(connection, target, options);
  const api: ReferrersApi = { registry: {} };
  const subject = artifact?.digest ?? (await unusedDigest());
  const referrers = await howListed(connection, api, subject, options);
  return {
    ...(artifact && { digest: artifact.digest }),
    referrers,
    artifactTypeManifests: { status: 'unknown' },
    deletion: { status: 'unknown' },
    resumableUploads: { status: 'unknown' },
    listsReferrers: artifact
      ? await attempt(() => listsAny(connection, api, subject, options), options)
      : { status: 'unknown' },
  };
}

/** Finds out how the referrers of a manifest are listed. */
export async function howListed(
  connection: Connection,
  api: ReferrersApi,
  subject: string,
  options: OperationOptions,
): Promise<'api' | 'tag'> {
  // The first page shows it, whatever it lists.
  for await (const _ of listPages(connection, api, subject, SIGNATURE_ARTIFACT_TYPE, options)) break;
  return api.own ? 'api' : 'tag';
}

async function listsAny(
  connection: Connection,
  api: ReferrersApi,
  digest: string,
  options: OperationOptions,
): Promise<Capability> {
  const subject = { mediaType: '', digest, size: 0 };
  const signatures = { ...options, artifactType: SIGNATURE_ARTIFACT_TYPE };
  for await (const _ of listReferrers(connection, api, subject, signatures)) return { status: 'yes' };
  return { status: 'unknown' };
}

function unusedDigest(): Promise<string> {
  return digestOf(globalThis.crypto.getRandomValues(new Uint8Array(RANDOM)));
}
