import { digestOf } from '../../crypto/digest.ts';
import type { Descriptor } from '../../encoding/descriptor.ts';
import { parseDigest } from '../../encoding/digest.ts';
import { NotationError } from '../../errors/index.ts';
import { checkContent, checkSize } from '../content.ts';
import type { OperationOptions } from '../repository.ts';
import type { Connection } from './connection.ts';
import { resolveUrl } from './http.ts';
import { checkStored } from './manifests.ts';

/** The bytes of a blob (OCI distribution specification 1.1, "Pulling blobs"). */
export async function fetchBlob(
  connection: Connection,
  descriptor: Descriptor,
  { maxBytes, signal }: OperationOptions & { maxBytes: number },
): Promise<Uint8Array> {
  parseDigest(descriptor.digest);
  checkSize(descriptor, maxBytes);
  const { body } = await connection.request({
    method: 'GET',
    at: `blobs/${descriptor.digest}`,
    what: `the blob ${descriptor.digest}`,
    actions: 'pull',
    expect: [200],
    maxBytes: descriptor.size,
    signal,
  });
  return checkContent(body, descriptor);
}

/** Stores a blob in one piece (OCI distribution specification 1.1, "POST then PUT"). */
export async function pushBlob(
  connection: Connection,
  mediaType: string,
  bytes: Uint8Array,
  { signal }: OperationOptions = {},
): Promise<Descriptor> {
  const digest = await digestOf(bytes);
  const descriptor = { mediaType, digest, size: bytes.length };
  const common = { actions: 'pull,push', maxBytes: 0, signal } as const;
  const found = await connection.request({
    ...common,
    method: 'HEAD',
    at: `blobs/${digest}`,
    what: `the blob ${digest}`,
    expect: [200, 404],
  });
  if (found.status === 200) return descriptor;
  const session = await connection.request({
    ...common,
    method: 'POST',
    at: 'blobs/uploads/',
    what: 'an upload',
    expect: [202],
  });
  const stored = await connection.request({
    ...common,
    method: 'PUT',
    at: uploadAddress(session.headers.get('location'), session.url, digest),
    what: `the upload of ${digest}`,
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
    expect: [201],
  });
  checkStored(stored, descriptor);
  return descriptor;
}

/** The query of the registry is kept to the letter: some sign it. */
function uploadAddress(location: string | null, base: URL, digest: string): URL {
  const url = location ? resolveUrl(location, base) : undefined;
  if (!url) {
    const flaw = location ? ' that is well-formed and as safe as its own' : '';
    const message = `${base.host} gives no address to upload a blob to${flaw}`;
    throw new NotationError('ERR_REGISTRY_RESPONSE', message);
  }
  url.search += `${url.search ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
  return url;
}
