import * as z from 'zod/mini';
import type { Descriptor } from '../encoding/descriptor.ts';
import { lazy } from '../encoding/lazy.ts';
import { tryConform } from '../encoding/schema.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { checkContent, sameContent } from '../oci/content.ts';
import { entries, parseIndex } from '../oci/documents.ts';
import { isIndexType, isManifestType } from '../oci/media-types.ts';
import type { OperationOptions, Repository } from '../oci/repository.ts';
import { identityOf } from './artifact.ts';
import { truncate } from './truncate.ts';

/** The most manifests below an index: no image is built for more platforms. */
export const MAX_MANIFESTS = 100;
/** The deepest nesting of indexes, including the outermost. */
export const MAX_DEPTH = 3;

/** A manifest that an image index lists. */
export interface PlatformManifest {
  /** Media type, digest and size, as the index states them. */
  descriptor: Descriptor;
  /** Such as `linux/arm64/v8`; `unknown/unknown` for attestations of BuildKit. Absent if the index does not state it. */
  platform?: string;
}

const platformSchema = /* @__PURE__ */ lazy(() =>
  z.object({
    platform: z.object({
      os: z.string(),
      architecture: z.string(),
      variant: z.nullish(z.string()),
    }),
  }),
);

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
  throw argumentInvalid(
    `platforms: "all" is for image indexes, but ${digest} is of the type ${quote(mediaType)}; omit the option`,
  );
}

/**
 * Lists the manifests below an index, including those of nested indexes, each once. An index with an unreadable entry
 * is rejected: an omitted manifest would be neither signed nor verified.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for another kind of manifest, `ERR_MANIFEST_INVALID`, `ERR_LIMIT_EXCEEDED`,
 * `ERR_CONTENT_MISMATCH`, `ERR_NOT_FOUND` and those of the connection
 */
export async function listPlatforms(
  repository: Repository,
  index: Descriptor,
  options: OperationOptions,
): Promise<PlatformManifest[]> {
  checkIndex(index);
  const seen = new Map<string, PlatformManifest>();
  await walk(index, MAX_DEPTH);
  return [...seen.values()].filter(({ descriptor }) => !isIndexType(descriptor.mediaType));

  async function walk(index: Descriptor, depth: number): Promise<void> {
    if (depth === 0) throw tooDeep();
    for (const found of await readEntries(repository, index, options)) {
      const { descriptor } = found;
      const known = seen.get(descriptor.digest);
      if (known && !sameContent(known.descriptor, descriptor)) {
        throw indexInvalid(index.digest, `${descriptor.digest} is also listed with another size or type`);
      }
      if (known) continue;
      if (seen.size === MAX_MANIFESTS) throw tooMany();
      seen.set(descriptor.digest, found);
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
    const platform = platformOf(entry);
    return { descriptor: identityOf(found), ...(platform !== undefined && { platform }) };
  });
}

function platformOf(entry: unknown): string | undefined {
  const found = tryConform(platformSchema(), entry);
  if (!found) return undefined;
  const { os, architecture, variant } = found.platform;
  return truncate([os, architecture, variant].filter(Boolean).join('/'));
}

/** Returns the name of a manifest of an index, for errors. */
export function platformText({ descriptor, platform }: PlatformManifest): string {
  return platform === undefined ? descriptor.digest : `${quote(platform)} (${descriptor.digest})`;
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
