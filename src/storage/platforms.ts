import { type Descriptor, identityOf } from '../encoding/descriptor.ts';
import { tryConform } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { checkContent, sameContent } from '../oci/content.ts';
import { entries, parseIndex } from '../oci/documents.ts';
import { isIndexType, isManifestType } from '../oci/media-types.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import type { OperationOptions, Repository } from '../oci/repository.ts';
import { truncate } from './truncate.ts';

/** The most manifests below an index: no image is built for more platforms. */
export const MAX_MANIFESTS = 100;
/** The deepest nesting of indexes, including the outermost. */
export const MAX_DEPTH = 3;

/** A manifest that an image index lists. */
export interface PlatformManifest {
  /** Media type, digest and size, as the index states them. */
  descriptor: Descriptor;
  /** `unknown/unknown` for attestations of BuildKit. Absent if the index does not state it. */
  platform?: Platform;
}

const platformSchema = /* @__PURE__ */ lazy(() =>
  s.object({
    os: s.string(),
    architecture: s.string(),
    variant: s.nullish(s.string()),
    'os.features': s.nullish(s.array(s.string())),
  }),
);

const entrySchema = /* @__PURE__ */ lazy(() => s.object({ platform: s.unknown() }));

/**
 * Checks the option `platforms`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkPlatforms(platforms: unknown): void {
  if (platforms === 'all') return;
  throw argumentInvalid('platforms must be "all" or omitted');
}

/**
 * Checks that an artifact is an index.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkIndex({ mediaType, digest }: Descriptor): void {
  if (isIndexType(mediaType)) return;
  throw argumentInvalid(`an image index is required, but ${digest} is of the type ${quote(mediaType)}`);
}

/**
 * Lists the manifests below an index, including those of nested indexes, each once. Nested indexes are not listed.
 * @throws NotationError As {@link listEntries} does.
 */
export async function listPlatforms(
  repository: Repository,
  index: Descriptor,
  options: OperationOptions,
): Promise<PlatformManifest[]> {
  const first = new Map<string, PlatformManifest>();
  for (const entry of await listEntries(repository, index, options)) {
    const { digest, mediaType } = entry.descriptor;
    if (!first.has(digest) && !isIndexType(mediaType)) first.set(digest, entry);
  }
  return [...first.values()];
}

/**
 * Lists all entries below an index, including nested indexes and their entries: a manifest may be listed for several
 * platforms. Every index is checked against the digest that lists it. An index with an unreadable entry is rejected: an
 * omitted manifest would be neither signed nor verified.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for another kind of manifest, `ERR_MANIFEST_INVALID`, `ERR_LIMIT_EXCEEDED`,
 * `ERR_CONTENT_MISMATCH`, `ERR_NOT_FOUND` and those of the connection
 */
export async function listEntries(
  repository: Repository,
  index: Descriptor,
  options: OperationOptions,
): Promise<PlatformManifest[]> {
  checkIndex(index);
  const listed: PlatformManifest[] = [];
  const seen = new Map<string, Descriptor>();
  await walk(index, MAX_DEPTH);
  return listed;

  async function walk(index: Descriptor, depth: number): Promise<void> {
    if (depth === 0) throw tooDeep();
    for (const entry of await readEntries(repository, index, options)) {
      const { descriptor } = entry;
      const known = seen.get(descriptor.digest);
      if (known && !sameContent(known, descriptor)) {
        throw indexInvalid(index.digest, `${descriptor.digest} is also listed with another size or type`);
      }
      listed.push(entry);
      if (known) continue;
      if (seen.size === MAX_MANIFESTS) throw tooMany();
      seen.set(descriptor.digest, descriptor);
      if (isIndexType(descriptor.mediaType)) await walk(descriptor, depth - 1);
    }
  }
}

/**
 * Fetches an index and reads its entries.
 * @throws NotationError `ERR_MANIFEST_INVALID` also for an entry that is malformed or not that of a manifest
 */
async function readEntries(
  repository: Repository,
  index: Descriptor,
  options: OperationOptions,
): Promise<PlatformManifest[]> {
  const bytes = await checkContent(await repository.fetchManifest(index, options), index);
  return parsePlatforms(bytes, index.digest);
}

/**
 * Reads the entries of an index.
 * @param digest - Names the index in errors.
 * @throws NotationError `ERR_MANIFEST_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export function parsePlatforms(bytes: Uint8Array, digest: string): PlatformManifest[] {
  const { manifests } = parseIndex(bytes, 'image index');
  if ((manifests?.length ?? 0) > MAX_MANIFESTS) throw tooMany();
  return (manifests ?? []).map((entry) => {
    const [found] = entries({ manifests: [entry] });
    if (!found) throw indexInvalid(digest, 'an entry is malformed');
    if (!isManifestType(found.mediaType)) {
      throw indexInvalid(
        digest,
        `it lists ${found.digest} of the type ${quote(found.mediaType)}, not a manifest`,
      );
    }
    const platform = readPlatform(tryConform(entrySchema(), entry)?.platform);
    return { descriptor: identityOf(found), ...(platform && { platform }) };
  });
}

/** Reads the members of a platform, which an index and the configuration of an image have in common. */
export function readPlatform(stated: unknown): Platform | undefined {
  const found = tryConform(platformSchema(), stated);
  if (!found) return undefined;
  const { os, architecture, variant, 'os.features': osFeatures } = found;
  return { os, architecture, ...(variant && { variant }), ...(osFeatures && { osFeatures }) };
}

/** Returns the name of a platform, such as `linux/arm64/v8`, for reports. */
export function platformName(platform: Platform): string {
  return truncate(formatPlatform(platform));
}

/** Returns the name of a manifest of an index, for errors. */
export function platformText({ descriptor, platform }: PlatformManifest): string {
  return platform ? `${quote(formatPlatform(platform))} (${descriptor.digest})` : descriptor.digest;
}

/** Makes the error of an index with too many manifests below it. */
export function tooMany(): NotationError {
  return new NotationError(
    'ERR_LIMIT_EXCEEDED',
    `the image index has more than ${MAX_MANIFESTS} manifests below it`,
  );
}

/** Makes the error of indexes that are nested too deeply. */
export function tooDeep(): NotationError {
  return new NotationError(
    'ERR_LIMIT_EXCEEDED',
    `image indexes are nested more than ${MAX_DEPTH} levels deep`,
  );
}

function indexInvalid(digest: string, reason: string): NotationError {
  return new NotationError('ERR_MANIFEST_INVALID', `the image index ${digest} is invalid: ${reason}`);
}
