import type { Descriptor } from '../../encoding/descriptor.ts';
import { isDigest } from '../../encoding/digest.ts';
import { NotationError } from '../../errors/index.ts';
import { pause } from '../../net/abort.ts';
import type { HttpResponse } from '../../net/transport.ts';
import type { OperationOptions } from '../repository.ts';
import { checkTag } from '../target.ts';
import type { Connection } from './connection.ts';
import { hasErrorCode, responseError } from './failure.ts';
import { DIGEST_HEADER, manifestRequest } from './manifests.ts';

/** Codes with which registries reject a manifest while another client stores the blobs that it names. */
const UNSETTLED = ['DIGEST_INVALID', 'MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN'];
/** How registries reject a manifest for what it contains. */
const REJECTED: readonly number[] = [400, 404, 405, 413, 415, 422, 501];
const MAX_ATTEMPTS = 4;
/** Milliseconds. */
const FIRST_PAUSE = 50;

/** Options of {@link offerManifest}. */
export interface PutManifestOptions extends OperationOptions {
  tag?: string | undefined;
  /** The version that must still be under the tag, for registries that compare (RFC 9110, section 13.1.1). */
  replaces?: string | undefined;
}

/** Stores a manifest (OCI distribution specification 1.1, "Pushing Manifests"). */
export async function putManifest(
  connection: Connection,
  descriptor: Descriptor,
  bytes: Uint8Array,
  options: PutManifestOptions = {},
): Promise<HttpResponse> {
  const response = await offerManifest(connection, descriptor, bytes, options);
  if (response.status === 201) return response;
  throw responseError(response, `the manifest ${descriptor.digest}`);
}

/**
 * Offers a manifest to a registry.
 * @returns The response: 201 if it is stored, 412 if another version was under the tag, another status if the registry
 * rejects it.
 */
export async function offerManifest(
  connection: Connection,
  descriptor: Descriptor,
  bytes: Uint8Array,
  { tag, replaces, signal, budget }: PutManifestOptions,
): Promise<HttpResponse> {
  if (tag !== undefined) checkTag(tag);
  const expect = [201, ...REJECTED, ...(replaces ? [412] : [])];
  for (let attempt = 1; ; attempt++) {
    const response = await connection.request({
      ...manifestRequest(tag ?? descriptor.digest),
      method: 'PUT',
      actions: 'pull,push',
      headers: { 'content-type': descriptor.mediaType, ...(replaces && { 'if-match': replaces }) },
      body: bytes,
      maxBytes: 0,
      expect,
      signal,
      budget,
    });
    if (response.status === 201) checkStored(response, descriptor);
    const unsettled = UNSETTLED.some((code) => hasErrorCode(response, code));
    if (!unsettled || attempt === MAX_ATTEMPTS) return response;
    await pause(
      FIRST_PAUSE * 2 ** attempt * (0.5 + Math.random()),
      signal,
      `the upload of ${descriptor.digest}`,
    );
  }
}

/** Checks that a registry did not store something under another digest. */
export function checkStored({ headers, url }: HttpResponse, { digest }: Descriptor): void {
  const claimed = headers.get(DIGEST_HEADER);
  if (!claimed || !isDigest(claimed) || claimed === digest) return;
  throw new NotationError('ERR_CONTENT_MISMATCH', `${url.host} stored ${digest} as ${claimed}`);
}
