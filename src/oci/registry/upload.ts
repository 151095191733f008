import type { Descriptor } from '../../encoding/descriptor.ts';
import { canonicalHost } from '../../encoding/registry-host.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { pause, rethrowIfAborted } from '../../net/abort.ts';
import { resolveUrl } from '../../net/addresses.ts';
import { REDIRECTED } from '../../net/redirects.ts';
import { backoff } from '../../net/retry.ts';
import type { HttpResponse } from '../../net/transport.ts';
import type { BlobSource } from '../blob-source.ts';
import { limits, type OperationOptions } from '../repository.ts';
import type { Connection } from './connection.ts';
import { responseError } from './failure.ts';
import { checkStored } from './offer-manifest.ts';

/** How often an upload is resumed without progress. */
const MAX_FAILURES = 3;
/** The most requests beyond twice the required number. */
const MORE_REQUESTS = 20;
/** How registries accept a chunk: 202 by the specification, 204 by go-containerregistry. */
const TAKEN: readonly number[] = [202, 204];
/** How registries refuse chunks. */
const NO_CHUNKS: readonly number[] = [400, 404, 405, 415, 501];
/** Statuses of registries that do not say whether they have a blob. */
const NOT_TOLD: readonly number[] = [400, 401, 403, 405, 501];
const CONTENT_TYPE = { 'content-type': 'application/octet-stream' };
const common = { actions: 'pull,push', maxBytes: 0 } as const;

/** A blob that is being uploaded. */
export interface Upload extends OperationOptions {
  connection: Connection;
  descriptor: Descriptor;
  source: BlobSource;
  /** Bytes of a request; a longer blob is sent in several. */
  chunkSize: number;
  onSent: (bytes: number) => void;
}

/** Sends a blob to the upload session that a registry has opened: in one piece, or in chunks if it is long. */
export async function upload(work: Upload, session: HttpResponse): Promise<void> {
  const { connection, source, chunkSize, onSent } = work;
  const size = Math.max(chunkSize, leastChunk(session));
  const url = sessionUrl(connection, session);
  const chunked = source.size > size;
  checkHeld(work, Math.min(size, source.size));
  const sent = chunked ? await sendChunks(work, url, size) : undefined;
  if (sent) {
    await finish(work, sent, new Uint8Array());
  } else {
    checkHeld(work, source.size);
    // A session that has refused a chunk may be unusable.
    const place = chunked ? sessionUrl(connection, await open(work)) : url;
    await finish(work, place, await source.read(0, source.size));
  }
  onSent(source.size);
}

/** Returns the least bytes of a chunk that the registry accepts, apart from the last one; 0 if it does not say. */
export function leastChunk({ headers }: HttpResponse): number {
  const least = headers.get('oci-chunk-min-length') ?? '';
  return /^[0-9]{1,15}$/.test(least) ? Number(least) : 0;
}

/** Bounds the buffer: a registry may require arbitrarily large chunks. */
function checkHeld({ source, chunkSize, connection, descriptor }: Upload, length: number): void {
  if (source.held || length <= Math.max(chunkSize, limits.envelope)) return;
  const { host } = connection.origin;
  const message = `${host} accepts no chunks of ${chunkSize} bytes, and ${descriptor.digest} is too long to buffer`;
  throw new NotationError('ERR_REGISTRY_RESPONSE', message);
}

/** Opens an upload session. */
export function open({
  connection,
  signal,
  budget,
}: Pick<Upload, 'connection' | 'signal' | 'budget'>): Promise<HttpResponse> {
  return connection.request({
    ...common,
    method: 'POST',
    at: 'blobs/uploads/',
    what: 'an upload',
    // An upload that was opened but not used expires.
    isRepeatable: true,
    expect: [202],
    signal,
    budget,
  });
}

/**
 * Reports whether the registry says that it has a blob: some do not say so to clients that may push. A redirect leads
 * to the blob, and is not followed, because some storage refuses HEAD.
 */
export async function isStored({
  connection,
  descriptor: { digest },
  signal,
  budget,
}: Pick<Upload, 'connection' | 'descriptor' | 'signal' | 'budget'>): Promise<boolean> {
  const found = await connection.request({
    ...common,
    method: 'HEAD',
    at: `blobs/${digest}`,
    what: `the blob ${digest}`,
    follow: false,
    expect: [200, ...REDIRECTED, 404, ...NOT_TOLD],
    signal,
    budget,
  });
  return found.status === 200 || REDIRECTED.includes(found.status);
}

/** Returns the URL that finishes the upload; `undefined` if the registry refuses chunks. */
async function sendChunks(work: Upload, start: URL, size: number): Promise<URL | undefined> {
  const { source, signal } = work;
  let place = { url: start, offset: 0 };
  let [furthest, failures] = [0, 0];
  // A registry that only ever accepts a few bytes must not keep the upload going forever.
  for (let left = 2 * Math.ceil(source.size / size) + MORE_REQUESTS; place.offset < source.size; left--) {
    if (left <= 0) throw stuck(work);
    const { url, offset } = place;
    const next = await sendChunk(work, place, size);
    if (next === 'refused' && offset === 0 && furthest === 0) return undefined;
    if (typeof next === 'object' && next.offset > offset) {
      place = next;
      work.onSent(next.offset);
      continue;
    }
    if (offset > furthest) [furthest, failures] = [offset, 0];
    if (++failures > MAX_FAILURES) throw stuck(work);
    await pause(backoff(failures), signal, `the upload of ${work.descriptor.digest}`);
    place = next === 'garbled' ? await restart(work) : await resume(work, url);
  }
  return place.url;
}

/** How far an upload is. */
export interface Place {
  url: URL;
  /** The first byte that the registry does not have. */
  offset: number;
}

/** A chunk whose response is lost may have arrived: it is not sent again before the status of the upload is known. */
export async function sendChunk(
  { connection, descriptor, source, signal, budget }: Upload,
  { url, offset }: Place,
  size: number,
): Promise<Place | 'refused' | 'lost' | 'garbled'> {
  const end = Math.min(offset + size, source.size);
  const body = await source.read(offset, end);
  try {
    const response = await connection.request({
      ...common,
      method: 'PATCH',
      at: url,
      what: `a chunk of ${descriptor.digest}`,
      headers: { ...CONTENT_TYPE, 'content-range': `${offset}-${end - 1}` },
      body,
      expect: [...TAKEN, 416, 429, 500, 502, 503, 504, 404, ...(offset === 0 ? NO_CHUNKS : [])],
      signal,
      budget,
    });
    if (!TAKEN.includes(response.status)) return NO_CHUNKS.includes(response.status) ? 'refused' : 'lost';
    const reached = rangeEnd(response) ?? end;
    // The runtime may have sent the chunk twice, and the registry appended it twice: what it holds is useless.
    if (reached > end) return 'garbled';
    return { url: sessionUrl(connection, response), offset: reached };
  } catch (error) {
    rethrowIfAborted(error, signal);
    if (isNotationError(error) && ['ERR_REGISTRY_UNREACHABLE', 'ERR_TIMEOUT'].includes(error.code)) {
      return 'lost';
    }
    throw error;
  }
}

/**
 * Finds out where to resume by the status of the upload (OCI distribution specification 1.1, "Pushing a blob in
 * chunks"). If the session is lost, as on the reference registry after a lost response, the upload starts again.
 */
async function resume(work: Upload, url: URL): Promise<Place> {
  return (await requestStatus(work, url, [404])) ?? restart(work);
}

/**
 * Requests the status of an upload.
 * @param none - The statuses with which the registry may say that it has none.
 * @returns `undefined` if it has none.
 */
export async function requestStatus(
  { connection, descriptor, source, signal, budget }: Upload,
  url: URL,
  none: readonly number[],
): Promise<Place | undefined> {
  const response = await connection.request({
    ...common,
    method: 'GET',
    at: url,
    what: `the status of the upload of ${descriptor.digest}`,
    expect: [204, ...none],
    signal,
    budget,
  });
  if (response.status !== 204) return undefined;
  const offset = rangeEnd(response);
  if (offset === undefined || offset > source.size) throw beyond(response);
  const moved = response.headers.get('location') !== null;
  return { url: moved ? sessionUrl(connection, response) : url, offset };
}

async function restart({
  connection,
  signal,
  budget,
}: Pick<Upload, 'connection' | 'signal' | 'budget'>): Promise<Place> {
  return { url: sessionUrl(connection, await open({ connection, signal, budget })), offset: 0 };
}

/** Sends the last bytes by PUT. After a lost response the session is gone and the blob is stored. */
export async function finish(work: Upload, url: URL, body: Uint8Array): Promise<void> {
  const { connection, descriptor, signal, budget } = work;
  const stored = await connection.request({
    ...common,
    method: 'PUT',
    at: withDigest(url, descriptor.digest),
    what: `the upload of ${descriptor.digest}`,
    headers: CONTENT_TYPE,
    body,
    expect: [201, 404],
    signal,
    budget,
  });
  if (stored.status === 201) checkStored(stored, descriptor);
  else if (!(await isStored(work))) throw responseError(stored, `the upload of ${descriptor.digest}`);
}

/** Returns how many bytes the registry has, by its Range header. */
function rangeEnd({ headers }: HttpResponse): number | undefined {
  const range = /^(?:bytes=)?0-(-?[0-9]{1,15})$/.exec(headers.get('range') ?? '');
  // The reference registry sends 0-0 if it has nothing, so that a chunk of one byte is sent twice.
  if (!range) return undefined;
  return Number(range[1]) > 0 ? Number(range[1]) + 1 : 0;
}

/** Returns the URL that a registry opened an upload at. Other hosts must be allowed (GHSA-jxpm-75mh-9fp7). */
export function sessionUrl({ origin, uploadHosts }: Connection, { headers, url: base }: HttpResponse): URL {
  const location = headers.get('location');
  const url = location ? resolveUrl(location, base) : undefined;
  if (!url) {
    const flaw = location ? ' that is well-formed and as safe as its own' : '';
    throw new NotationError('ERR_REGISTRY_RESPONSE', `${base.host} returned no upload URL${flaw}`);
  }
  if (url.origin === origin.origin) return url;
  if (uploadHosts.includes(canonicalHost(url.host, url.protocol) ?? '')) return url;
  throw new NotationError(
    'ERR_REGISTRY_RESPONSE',
    `${base.host} opened the upload at another host: ${url.host}`,
    { nextStep: 'Name the host in `uploadHosts` of createRegistry, if it may receive the pushed content.' },
  );
}

/** Appends to the query and leaves the rest as it is: some registries sign it. */
function withDigest(session: URL, digest: string): URL {
  const url = new URL(session);
  url.search += `${url.search ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
  return url;
}

function beyond({ url }: HttpResponse): NotationError {
  return new NotationError('ERR_REGISTRY_RESPONSE', `${url.host} returned an invalid Range for the upload`);
}

function stuck({ connection, descriptor }: Upload): NotationError {
  const message = `the upload of ${descriptor.digest} to ${connection.origin.host} makes no progress`;
  return new NotationError('ERR_REGISTRY_UNREACHABLE', message);
}
