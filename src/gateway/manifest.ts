import { digestOf } from '../crypto/digest.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { isDigest, parseDigest } from '../encoding/digest.ts';
import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { type HttpResponse, sendRequest, wholeBody } from '../net/transport.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { passwordsIn } from '../oci/registry/credentials.ts';
import { DIGEST_HEADER, mediaTypeOf } from '../oci/registry/manifests.ts';
import { limits } from '../oci/repository.ts';
import { type Exchange, upstreamUrl } from './exchange.ts';

/** All of them, so that no registry converts what it has. */
const ALL_TYPES = Object.values(mediaTypes).join(', ');
/** A client's list that is longer is left out. */
const MAX_ACCEPT = 4096;

/** A manifest whose bytes have its digest. */
export interface Manifest {
  descriptor: Descriptor;
  bytes: Uint8Array;
}

/** A manifest that the upstream serves to the caller. */
export interface ServedManifest {
  /** The tag or the digest that was asked for. */
  readonly target: string;
  readonly digest: string;
  /** The manifest, if it has been fetched. */
  readonly fetched: Manifest | undefined;
  /** Fetches the manifest by its digest, unless it has been. */
  fetch(): Promise<Manifest>;
}

/**
 * Requests a manifest with the credentials of the caller, as the caller asked for it: by GET or HEAD, by tag or digest.
 * @returns What the upstream serves, or its response if that is not a success.
 * @throws NotationError `ERR_CONTENT_MISMATCH`, `ERR_LIMIT_EXCEEDED`, `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`,
 * `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function requestManifest(
  exchange: Exchange,
  target: string,
): Promise<ServedManifest | HttpResponse> {
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

function isSuccess({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}

/** Returns the digest of a HEAD: a claim, by which the manifest is found. */
function digestBy({ headers }: HttpResponse, target: string): string | undefined {
  const claimed = headers.get(DIGEST_HEADER) ?? '';
  if (!isDigest(target)) return isDigest(claimed) ? claimed : undefined;
  if (isDigest(claimed)) expectDigest(claimed, target);
  return target;
}

function fetchedLazily(exchange: Exchange, target: string, digest: string): ServedManifest {
  let fetching: Promise<Manifest> | undefined;
  let fetched: Manifest | undefined;
  const fetch = async () => {
    const response = await send(exchange, 'GET', digest);
    if (!isSuccess(response)) {
      const message = `${response.peer} has no manifest ${digest}, which it names in its response to HEAD`;
      throw new NotationError('ERR_CONTENT_MISMATCH', message);
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
    fetch: () => {
      fetching ??= fetch();
      return fetching;
    },
  };
}

function send(exchange: Exchange, method: 'GET' | 'HEAD', target: string): Promise<HttpResponse> {
  const { setup, request, destination, access } = exchange;
  const { upstream, repository } = destination;
  const own = request.headers.get('accept') ?? '';
  const accept = own === '' || own.length > MAX_ACCEPT ? ALL_TYPES : `${ALL_TYPES}, ${own}`;
  return access.send(repository, 'pull', (authorization) =>
    sendRequest(
      {
        method,
        url: upstreamUrl(exchange, `manifests/${target}`),
        peer: upstream.registry,
        authorization,
        secrets: passwordsIn(authorization),
        headers: { accept },
        maxBytes: limits.manifest,
        signal: request.signal ?? undefined,
      },
      setup.policy,
    ),
  );
}

/** Checks the manifest in a response against every digest that names it. */
async function readManifest(response: HttpResponse, target: string): Promise<Manifest> {
  const bytes = wholeBody(response);
  const claimed = response.headers.get(DIGEST_HEADER) ?? '';
  const named = [target, claimed].find(isDigest);
  const digest = await digestOf(bytes, named === undefined ? 'sha256' : parseDigest(named).algorithm);
  if (named !== undefined) expectDigest(digest, named);
  if (isDigest(claimed) && claimed !== digest) {
    expectDigest(await digestOf(bytes, parseDigest(claimed).algorithm), claimed);
  }
  return { descriptor: { mediaType: mediaTypeOf(response), digest, size: bytes.length }, bytes };
}

function expectDigest(found: string, expected: string): void {
  if (found === expected) return;
  const message = `the registry returned ${found} for ${quote(expected)}`;
  throw new NotationError('ERR_CONTENT_MISMATCH', message);
}
