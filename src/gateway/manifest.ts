import { digestQuickly } from '../crypto/incremental-hash.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { isDigest, parseDigest } from '../encoding/digest.ts';
import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { untilAborted } from '../net/abort.ts';
import { resolveUrl } from '../net/addresses.ts';
import { discard, readAtMost } from '../net/body.ts';
import { decodeBody } from '../net/content-coding.ts';
import { REDIRECTED } from '../net/redirects.ts';
import { checkLimit } from '../oci/content.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { DIGEST_HEADER, mediaTypeOf } from '../oci/registry/manifests.ts';
import { limits } from '../oci/repository.ts';
import { type Exchange, upstreamUrl } from './exchange.ts';
import { sendUpstream, type UpstreamResponse, untilRead } from './upstream-request.ts';

/** All of them, so that no registry converts what it has. */
const ALL_TYPES = Object.values(mediaTypes).join(', ');
/** A client's list that is longer is left out. */
const MAX_ACCEPT = 4096;
const MAX_REDIRECTS = 5;
/** A body of so many bytes is read at once. */
const MAX_SHORT = 256 * 1024;
/** The most bytes of a response that is not a manifest. */
const MAX_EXPLANATION = 64 * 1024;
const WHAT = 'the request for a manifest';

/** A manifest whose bytes have its digest. */
export interface Manifest {
  descriptor: Descriptor;
  bytes: Uint8Array;
}

/** A response of the upstream, whose body has been read. */
export interface ManifestResponse {
  status: number;
  headers: Headers;
  /** Where it came from, after redirects. */
  url: string;
  body: Uint8Array;
}

/** A manifest that the upstream serves to the caller. */
export interface ServedManifest {
  /** The tag or the digest that was requested. */
  readonly target: string;
  readonly digest: string;
  /** The manifest, if it has been fetched. */
  readonly fetched: Manifest | undefined;
  /** The response by which the upstream did not serve it after all: to a GET, after its HEAD. */
  readonly refused?: ManifestResponse | undefined;
  /** Fetches the manifest by its digest, unless it has been. */
  fetch(): Promise<Manifest>;
}

/**
 * Requests a manifest with the credentials of the caller, as the caller requested it: by GET or HEAD, by tag or digest.
 * @returns What the upstream serves, or its response if that is not a success.
 * @throws NotationError `ERR_CONTENT_MISMATCH`, `ERR_LIMIT_EXCEEDED`, `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`,
 * `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function requestManifest(
  exchange: Exchange,
  target: string,
): Promise<ServedManifest | ManifestResponse> {
  if (exchange.request.method === 'HEAD') {
    const head = await send(exchange, 'HEAD', target);
    // Some registries have no HEAD.
    if (head.status !== 405 && head.status !== 501) {
      const digest = isSuccess(head) ? digestBy(head, target) : undefined;
      if (digest !== undefined) return fetchedLazily(exchange, target, digest);
      if (!isSuccess(head)) return head;
    }
  }
  const response = await send(exchange, 'GET', target);
  if (!isSuccess(response)) return response;
  const fetched = await readManifest(response, target);
  return { target, digest: fetched.descriptor.digest, fetched, fetch: async () => fetched };
}

function isSuccess({ status }: ManifestResponse): boolean {
  return status >= 200 && status < 300;
}

/** Returns the digest of a HEAD: a claim, by which the manifest is found. */
function digestBy({ headers }: ManifestResponse, target: string): string | undefined {
  const claimed = headers.get(DIGEST_HEADER) ?? '';
  if (!isDigest(target)) return isDigest(claimed) ? claimed : undefined;
  const isSameKind = isDigest(claimed) && parseDigest(claimed).algorithm === parseDigest(target).algorithm;
  if (isSameKind) expectDigest(claimed, target);
  return target;
}

function fetchedLazily(exchange: Exchange, target: string, digest: string): ServedManifest {
  let fetching: Promise<Manifest> | undefined;
  let fetched: Manifest | undefined;
  let refused: ManifestResponse | undefined;
  const { registry } = exchange.destination.upstream;
  const fetch = async () => {
    const response = await send(exchange, 'GET', digest);
    if (response.status === 404) {
      const message = `${registry} has no manifest ${digest}, which it names in its response to HEAD`;
      throw new NotationError('ERR_CONTENT_MISMATCH', message);
    }
    if (!isSuccess(response)) {
      refused = response;
      const message = `${registry} responded with ${response.status} to the request for the manifest ${digest}`;
      throw new NotationError('ERR_REGISTRY_RESPONSE', message);
    }
    fetched = await readManifest(response, digest);
    return fetched;
  };
  return {
    target,
    digest,
    get fetched() {
      return fetched;
    },
    get refused() {
      return refused;
    },
    fetch: () => {
      fetching ??= fetch();
      return fetching;
    },
  };
}

async function send(exchange: Exchange, method: 'GET' | 'HEAD', target: string): Promise<ManifestResponse> {
  const { request, destination, access } = exchange;
  const own = request.headers.get('accept') ?? '';
  const accept = own === '' || own.length > MAX_ACCEPT ? ALL_TYPES : `${ALL_TYPES}, ${own}`;
  const first = upstreamUrl(exchange, `manifests/${target}`);
  return access.send(destination.repository, 'pull', async (authorization) => {
    let [url, credentials] = [first, authorization];
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const headers: Record<string, string> = { accept, 'accept-encoding': 'identity' };
      if (credentials !== undefined) headers.authorization = credentials;
      const sent = await sendUpstream(exchange, { method, url, headers });
      const location = REDIRECTED.includes(sent.response.status) && sent.response.headers.get('location');
      if (!location) return readResponse(exchange, sent, url);
      sent.endLimit();
      discard(sent.response.body);
      const target = redirectTarget(exchange, location, url);
      // Credentials stay with the upstream.
      if (target.origin !== destination.upstream.origin.origin) credentials = undefined;
      url = target.href;
    }
    throw responseInvalid(exchange, `redirects more than ${MAX_REDIRECTS} times`);
  });
}

function redirectTarget(exchange: Exchange, location: string, from: string): URL {
  const to = resolveUrl(location, new URL(from));
  if (to) return to;
  throw responseInvalid(exchange, 'redirects the request for a manifest to where no manifest may be');
}

/** Reads the body of a response within its limits. */
async function readResponse(
  exchange: Exchange,
  sent: UpstreamResponse,
  url: string,
): Promise<ManifestResponse> {
  const { response, stop } = sent;
  const { status, headers, ok } = response;
  const maxBytes = ok ? limits.manifest : MAX_EXPLANATION;
  const isEncoded = headers.has('content-encoding');
  const expected = isEncoded ? 0 : Number(headers.get('content-length'));
  const isShort = expected > 0 && expected <= MAX_SHORT;
  const refuse = (reason: string) => responseInvalid(exchange, reason);
  const body = await untilRead(exchange, sent, WHAT, async () => {
    // The runtime ends a body at the length that its headers say.
    const read = isShort
      ? new Uint8Array(await untilAborted(response.arrayBuffer(), stop, WHAT))
      : await readAtMost(response.body, { maxBytes, signal: stop, expected });
    return isEncoded ? decodeBody(read, headers, { maxBytes, signal: stop, refuse }) : read;
  });
  return { status, headers, url, body };
}

/** Checks the manifest in a response against every digest that names it. */
async function readManifest({ body, headers }: ManifestResponse, target: string): Promise<Manifest> {
  const bytes = checkLimit(body, limits.manifest, 'manifest');
  const claimed = headers.get(DIGEST_HEADER) ?? '';
  const named = [target, claimed].find(isDigest);
  const digest = await digestQuickly(bytes, named === undefined ? 'sha256' : parseDigest(named).algorithm);
  if (named !== undefined) expectDigest(digest, named);
  if (isDigest(claimed) && claimed !== digest) {
    expectDigest(await digestQuickly(bytes, parseDigest(claimed).algorithm), claimed);
  }
  return { descriptor: { mediaType: mediaTypeOf({ headers }), digest, size: bytes.length }, bytes };
}

/** Makes the error of a response that is not one of a registry. */
function responseInvalid({ destination }: Exchange, reason: string): NotationError {
  return new NotationError('ERR_REGISTRY_RESPONSE', `${destination.upstream.registry} ${reason}`);
}

function expectDigest(found: string, expected: string): void {
  if (found === expected) return;
  const message = `the registry returned ${found} for ${quote(expected)}`;
  throw new NotationError('ERR_CONTENT_MISMATCH', message);
}
