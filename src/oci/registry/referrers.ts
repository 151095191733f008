import type { Descriptor } from '../../encoding/descriptor.ts';
import { parseDigest } from '../../encoding/digest.ts';
import { type ErrorCode, isNotationError, NotationError } from '../../errors/index.ts';
import type { HttpResponse } from '../../net/transport.ts';
import { entries, type ImageIndex, parseIndex, parseReferrer } from '../documents.ts';
import { isIndexType, mediaTypes } from '../media-types.ts';
import { limits, type OperationOptions, readReferrersOptions } from '../repository.ts';
import type { Connection } from './connection.ts';
import { hasErrorCode, responseError } from './failure.ts';
import { fetchManifest, mediaTypeOf } from './manifests.ts';
import { pagesFrom, withoutEnd } from './pages.ts';
import { learn, type ReferrersApi } from './referrers-api.ts';
import { readReferrersTag } from './referrers-tag.ts';

const MAX_REFERRERS = 100_000;
/** Referrers whose manifest is fetched because their artifact type is not listed: one request each. */
const MAX_UNTYPED = 100;
/** Media types of configs that some registries list in the place of the artifact type. */
const CONFIG_TYPES: readonly string[] = [
  'application/vnd.oci.empty.v1+json',
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
  'application/vnd.unknown.config.v1+json',
];
/** Statuses of registries without the referrers API, apart from a 200 without an image index. */
const UNSUPPORTED: readonly number[] = [400, 404, 405, 406, 501];

/**
 * Lists the referrers of a manifest of one artifact type (OCI distribution specification 1.1, "Listing Referrers").
 * @see docs/specification.md, rule OCI-10
 */
export async function* listReferrers(
  connection: Connection,
  api: ReferrersApi,
  { digest }: Descriptor,
  options: OperationOptions & { artifactType: string },
): AsyncGenerator<Descriptor> {
  const { artifactType, signal, budget } = readReferrersOptions(options);
  parseDigest(digest);
  let untyped = 0;
  for await (const index of listPages(connection, api, digest, artifactType, { signal, budget })) {
    for (const entry of entries(index)) {
      const isUnknown = entry.artifactType !== artifactType && isUntyped(entry);
      if (isUnknown && ++untyped > MAX_UNTYPED) continue;
      const referrer = isUnknown ? await readReferrer(connection, entry, digest, { signal, budget }) : entry;
      if (referrer?.artifactType === artifactType) yield referrer;
    }
  }
  if (untyped <= MAX_UNTYPED) return;
  // Last, so that what was found counts.
  const message = `${connection.origin.host} lists ${untyped} referrers of ${digest} without their artifact type; only ${MAX_UNTYPED} of them are fetched`;
  throw new NotationError('ERR_LIMIT_EXCEEDED', message);
}

/** Some registries omit the artifact type of referrers, or list that of the config: then only the manifest has it. */
function isUntyped({ artifactType, mediaType }: Descriptor): boolean {
  return (artifactType === undefined || CONFIG_TYPES.includes(artifactType)) && !isIndexType(mediaType);
}

/**
 * Describes a referrer by its manifest; `undefined` for an unreadable manifest, which must not affect the others.
 * @see docs/specification.md, rule OCI-15
 */
async function readReferrer(
  connection: Connection,
  entry: Descriptor,
  digest: string,
  options: OperationOptions,
): Promise<Descriptor | undefined> {
  try {
    const { subject, referrer } = parseReferrer(await fetchManifest(connection, entry, options), entry);
    return subject?.digest === digest ? referrer : undefined;
  } catch (error) {
    const own: readonly ErrorCode[] = [
      'ERR_NOT_FOUND',
      'ERR_MANIFEST_INVALID',
      'ERR_CONTENT_MISMATCH',
      'ERR_LIMIT_EXCEEDED',
    ];
    if (isNotationError(error) && own.includes(error.code)) return undefined;
    throw error;
  }
}

/** Yields the pages of referrers of one artifact type, or the index under the fallback tag, which may list others too. */
export async function* listPages(
  connection: Connection,
  api: ReferrersApi,
  digest: string,
  artifactType: string,
  options: OperationOptions,
): AsyncGenerator<ImageIndex> {
  const path = `referrers/${digest}`;
  const filtered = `${path}?artifactType=${encodeURIComponent(artifactType)}`;
  const byTag = async () => (await readReferrersTag(connection, digest, options)).index;
  // If other repositories of the registry lack the API, try it only if nothing is under the tag.
  const unlikely = api.own === undefined && api.registry.any === false;
  const early = unlikely ? await byTag() : undefined;
  const first = early || api.own === false ? undefined : await firstPage(connection, api, filtered, options);
  if (!first) {
    const index = early ?? (unlikely ? undefined : await byTag());
    if (index) yield index;
    return;
  }
  let count = 0;
  for await (const index of followPages(connection, first, options)) {
    count += index.manifests?.length ?? 0;
    yield index;
  }
  // Some registries filter by the media type of the config.
  if (count === 0) yield* followPages(connection, await request(connection, path, [200], options), options);
}

async function* followPages(
  connection: Connection,
  first: HttpResponse,
  options: OperationOptions,
): AsyncGenerator<ImageIndex> {
  let count = 0;
  const fetchPage = (url: URL) => request(connection, url, [200], options);
  for await (const page of pagesFrom(first, connection, 'referrers', fetchPage)) {
    const index = parseIndex(page.body, 'page of referrers', 'ERR_REGISTRY_RESPONSE');
    count += index.manifests?.length ?? 0;
    if (count > MAX_REFERRERS) throw withoutEnd(connection, 'referrers');
    yield index;
  }
}

/** Fetches the first page; `undefined` if the registry turns out to lack the API (rule OCI-14). */
async function firstPage(
  connection: Connection,
  api: ReferrersApi,
  path: string,
  options: OperationOptions,
): Promise<HttpResponse | undefined> {
  const page = await request(connection, path, api.own ? [200] : [200, 401, ...UNSUPPORTED], options);
  if (page.status !== 200 && hasErrorCode(page, 'NAME_UNKNOWN')) throw responseError(page, 'referrers');
  const supported = page.status === 200 && mediaTypeOf(page) === mediaTypes.index;
  if (!supported && api.own) {
    throw new NotationError('ERR_REGISTRY_RESPONSE', `${page.url.host} did not return an index of referrers`);
  }
  // A single response of a proxy in place of the registry must not hide referrers for good. Old versions of Harbor
  // respond with 401 although the credentials may read the repository: reading the tag shows whether they may.
  if (supported || UNSUPPORTED.includes(page.status)) learn(api, supported);
  return supported ? page : undefined;
}

function request(
  connection: Connection,
  at: string | URL,
  expect: readonly number[],
  options: OperationOptions,
): Promise<HttpResponse> {
  return connection.request({
    method: 'GET',
    at,
    what: 'referrers',
    actions: 'pull',
    headers: { accept: mediaTypes.index },
    maxBytes: limits.manifest,
    expect,
    ...options,
  });
}
