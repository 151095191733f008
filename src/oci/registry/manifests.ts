import { digestOf } from '../../crypto/digest.ts';
import type { Descriptor } from '../../encoding/descriptor.ts';
import { isDigest, parseDigest } from '../../encoding/digest.ts';
import { NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import type { HttpResponse } from '../../net/transport.ts';
import { checkContent, checkLimit, checkSize } from '../content.ts';

import { checkWhole } from '../documents.ts';
import { isManifestType, mediaTypes } from '../media-types.ts';
import { limits, type OperationOptions } from '../repository.ts';
import { checkTarget } from '../target.ts';
import type { Connection } from './connection.ts';

const ACCEPT = Object.values(mediaTypes).join(', ');
/** The header in which registries name the digest of a manifest. */
export const DIGEST_HEADER = 'docker-content-digest';

/** A manifest and the descriptor it was found under. */
export interface FoundManifest {
  descriptor: Descriptor;
  bytes: Uint8Array;
  /** The version of the manifest under the tag, if the registry names one (RFC 9110, section 8.8.3). */
  etag?: string;
}

/**
 * Returns the descriptor of a manifest: from the headers of a HEAD if they suffice, otherwise from the manifest.
 * @see docs/specification.md, rule VER-2
 */
export async function resolveManifest(
  connection: Connection,
  target: string,
  { signal, budget }: OperationOptions = {},
): Promise<Descriptor> {
  checkTarget(target);
  const head = await connection.request({
    method: 'HEAD',
    ...manifestRequest(target),
    expect: [200, 404, 405],
    signal,
    budget,
  });
  const described = head.status === 200 ? describedBy(head) : undefined;
  if (described) return expectDigest(described, target);
  // Also after a 404: only a body says why.
  const response = await connection.request({
    method: 'GET',
    ...manifestRequest(target),
    expect: [200],
    signal,
    budget,
  });
  return (await readFound(response, target)).descriptor;
}

/** Fetches the manifest under a tag or digest, if there is one. Its descriptor is computed from its bytes. */
export async function findManifest(
  connection: Connection,
  target: string,
  { signal, budget }: OperationOptions = {},
): Promise<FoundManifest | undefined> {
  const response = await connection.request({
    method: 'GET',
    ...manifestRequest(target),
    expect: [200, 404],
    signal,
    budget,
  });
  return response.status === 404 ? undefined : readFound(response, target);
}

async function readFound(response: HttpResponse, target: string): Promise<FoundManifest> {
  const mediaType = mediaTypeOf(response);
  if (!isManifestType(mediaType)) {
    throw new NotationError(
      'ERR_REGISTRY_RESPONSE',
      `${response.url.host} responded with ${quote(mediaType)} to the request for a manifest`,
    );
  }
  const bytes = checkLimit(response.body, limits.manifest, 'manifest');
  const claimed = response.headers.get(DIGEST_HEADER) ?? '';
  const named = [target, claimed].find(isDigest);
  if (named === undefined) checkWhole(bytes);
  const digest = await digestOf(bytes, named === undefined ? 'sha256' : parseDigest(named).algorithm);
  const descriptor = expectDigest({ mediaType, digest, size: bytes.length }, target);
  const etag = response.headers.get('etag');
  return {
    descriptor: isDigest(claimed) ? expectDigest(descriptor, claimed) : descriptor,
    bytes,
    ...(etag && { etag }),
  };
}

/** Reports whether the registry has a manifest. */
export async function hasManifest(
  connection: Connection,
  digest: string,
  { signal, budget }: OperationOptions,
): Promise<boolean> {
  const head = await connection.request({
    method: 'HEAD',
    ...manifestRequest(digest),
    expect: [200, 404],
    signal,
    budget,
  });
  return head.status === 200;
}

/** Fetches the bytes of a manifest (OCI distribution specification 1.1, "Pulling manifests"). */
export async function fetchManifest(
  connection: Connection,
  descriptor: Descriptor,
  { signal, budget }: OperationOptions = {},
): Promise<Uint8Array> {
  const { mediaType, digest, size } = descriptor;
  parseDigest(digest);
  checkSize(descriptor, limits.manifest);
  const response = await connection.request({
    method: 'GET',
    ...manifestRequest(digest),
    headers: { accept: mediaType },
    maxBytes: size,
    expect: [200],
    signal,
    budget,
  });
  const bytes = await checkContent(response.body, descriptor);
  if (mediaTypeOf(response) !== mediaType.toLowerCase()) {
    throw new NotationError(
      'ERR_CONTENT_MISMATCH',
      `${digest} should have the media type ${quote(mediaType)}, but is ${quote(mediaTypeOf(response))}`,
    );
  }
  return bytes;
}

/** Returns the media type of a response, without parameters. */
export function mediaTypeOf({ headers }: Pick<HttpResponse, 'headers'>): string {
  const [mediaType = ''] = (headers.get('content-type') ?? '').split(';');
  return mediaType.trim().toLowerCase();
}

/** The members of a request that concerns a manifest. */
export function manifestRequest(target: string) {
  return {
    at: `manifests/${target}`,
    what: `the manifest ${target}`,
    actions: 'pull',
    headers: { accept: ACCEPT },
    maxBytes: limits.manifest,
  } as const;
}

/** Reads a descriptor from headers, unless something is missing or the size is that of a compressed body. */
function describedBy(response: HttpResponse): Descriptor | undefined {
  const { headers } = response;
  const mediaType = mediaTypeOf(response);
  const digest = headers.get(DIGEST_HEADER) ?? '';
  const length = headers.get('content-length') ?? '';
  const size = /^[0-9]{1,15}$/.test(length) && !headers.has('content-encoding') ? Number(length) : 0;
  return isManifestType(mediaType) && isDigest(digest) && size > 0 ? { mediaType, digest, size } : undefined;
}

/** Checks that the response to a request for one digest does not have another (CVE-2023-33959). */
function expectDigest(descriptor: Descriptor, target: string): Descriptor {
  if (!isDigest(target) || descriptor.digest === target) return descriptor;
  throw new NotationError('ERR_CONTENT_MISMATCH', `the registry returned ${descriptor.digest} for ${target}`);
}
