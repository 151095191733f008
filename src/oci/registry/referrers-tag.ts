import { digestOf } from '../../crypto/digest.ts';
import { parseDigest } from '../../encoding/digest.ts';
import { type ImageIndex, parseIndex } from '../documents.ts';
import { isIndexType } from '../media-types.ts';
import type { OperationOptions } from '../repository.ts';
import { referrersTag } from '../target.ts';
import type { Connection } from './connection.ts';
import { findManifest } from './manifests.ts';

/** The name of an index of referrers in errors. */
export const INDEX_OF_REFERRERS = 'index of referrers';

/** What is under the fallback tag of a manifest. */
export interface ReferrersTag {
  /** The index of referrers, if there is one. */
  index?: ImageIndex;
  /** What is there in its place: the subject itself, as some registries take the tag for a digest, or something else. */
  inPlace?: 'subject' | 'other';
  etag?: string | undefined;
}

/** Reads what is under the fallback tag (rule OCI-11). What is not an index of referrers lists none. */
export async function readReferrersTag(
  connection: Connection,
  subject: string,
  options: OperationOptions,
): Promise<ReferrersTag> {
  const found = await findManifest(connection, referrersTag(subject), options);
  if (!found) return {};
  const { bytes, descriptor, etag } = found;
  if ((await digestOf(bytes, parseDigest(subject).algorithm)) === subject)
    return { inPlace: 'subject', etag };
  if (!isIndexType(descriptor.mediaType)) return { inPlace: 'other', etag };
  return { index: parseIndex(bytes, INDEX_OF_REFERRERS), etag };
}
