import * as z from 'zod/mini';
import { digestOf } from '../crypto/digest.ts';
import { encodeUtf8 } from '../encoding/bytes.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { isDigest } from '../encoding/digest.ts';
import { parseJson } from '../encoding/json.ts';
import { conform } from '../encoding/schema.ts';
import { type ErrorCode, isNotationError, NotationError } from '../errors/index.ts';
import { checkCeiling } from './content.ts';
import { limits } from './repository.ts';

/** The media types of manifests that can be a target artifact or a referrer. */
export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  /** Retired before the OCI image specification 1.1 was final; registries still hold such referrers. */
  artifact: 'application/vnd.oci.artifact.manifest.v1+json',
} as const;

const INDEX_TYPES: readonly string[] = [mediaTypes.index, mediaTypes.dockerList];
const MANIFEST_TYPES: readonly string[] = Object.values(mediaTypes);

/** Whether manifests of a media type list other manifests. */
export function isIndexType(mediaType: string): boolean {
  return INDEX_TYPES.includes(mediaType);
}

/** Whether a media type is that of a manifest, an index or a retired artifact manifest. */
export function isManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.includes(mediaType);
}

const Annotations = z.record(z.string(), z.string());

const StoredDescriptor = z.object({
  mediaType: z.string().check(z.minLength(1), z.maxLength(255)),
  digest: z.string().check(z.refine(isDigest, 'a sha256, sha384 or sha512 digest expected')),
  size: z.int().check(z.nonnegative()),
  artifactType: z.nullish(z.string()),
  annotations: z.nullish(Annotations),
});

const Manifest = z.object({
  mediaType: z.nullish(z.string()),
  artifactType: z.nullish(z.string()),
  config: z.nullish(z.object({ mediaType: z.string() })),
  subject: z.nullish(StoredDescriptor),
  annotations: z.nullish(Annotations),
});

const Index = z.looseObject({
  mediaType: z.optional(z.enum([...INDEX_TYPES, ''])),
  manifests: z.nullable(z.array(z.unknown())),
});

/** An image index whose entries and members are kept as they were read, those of others included. */
export type ImageIndex = z.infer<typeof Index>;

/** An image index without entries. */
export const emptyIndex: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };

/**
 * Reads an image index; its entries are not looked at.
 * @throws NotationError `ERR_LIMIT_EXCEEDED` or of the code that is given.
 */
export function parseIndex(
  bytes: Uint8Array,
  what: string,
  code: ErrorCode = 'ERR_MANIFEST_INVALID',
): ImageIndex {
  return parseDocument(Index, checkCeiling(bytes, limits.manifest, what), what, code);
}

/**
 * The bytes of an image index.
 * @throws NotationError `ERR_LIMIT_EXCEEDED` when no reader would take it.
 */
export function formatIndex(index: ImageIndex, what: string): Uint8Array {
  return checkCeiling(encodeUtf8(JSON.stringify(index)), limits.manifest, what);
}

/** The well-formed entries of an image index: one that is not does not decide for the others. */
export function* entries({ manifests }: ImageIndex): Generator<Descriptor> {
  for (const entry of manifests ?? []) {
    const { data } = StoredDescriptor.safeParse(entry);
    if (data) yield descriptor(data);
  }
}

/** What a manifest says about itself as a referrer. */
export interface ReferrerManifest {
  /** The manifest that it refers to. */
  subject?: Descriptor;
  /** The descriptor of the manifest, with its artifact type and annotations. */
  referrer: Descriptor;
}

/**
 * Reads what makes a manifest a referrer.
 * @param stored - The media type, digest and size of the manifest.
 * @throws NotationError `ERR_MANIFEST_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export function parseReferrer(bytes: Uint8Array, stored: Descriptor): ReferrerManifest {
  const manifest = parseDocument(Manifest, bytes, 'manifest', 'ERR_MANIFEST_INVALID');
  if (manifest.mediaType && manifest.mediaType !== stored.mediaType) {
    throw new NotationError(
      'ERR_MANIFEST_INVALID',
      `the manifest ${stored.digest} declares another media type`,
    );
  }
  const { mediaType, digest, size } = stored;
  const artifactType = manifest.artifactType || manifest.config?.mediaType;
  return {
    ...(manifest.subject && { subject: descriptor(manifest.subject) }),
    referrer: descriptor({ mediaType, digest, size, artifactType, annotations: manifest.annotations }),
  };
}

/** The media type that a manifest declares itself, if it does and is one at all. */
export function declaredMediaType(bytes: Uint8Array): string | undefined {
  const { mediaType } = parseDocument(Manifest, bytes, 'manifest', 'ERR_MANIFEST_INVALID');
  return mediaType || undefined;
}

/**
 * What is known of a manifest that is about to be stored.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for the media type of something else, `ERR_MANIFEST_INVALID`,
 * `ERR_LIMIT_EXCEEDED`
 */
export async function describeManifest(
  mediaType: string,
  bytes: Uint8Array,
): Promise<ReferrerManifest & { descriptor: Descriptor }> {
  if (!isManifestType(mediaType)) {
    const shown = JSON.stringify(mediaType.slice(0, 120));
    throw new NotationError('ERR_ARGUMENT_INVALID', `${shown} is not the media type of a manifest`);
  }
  checkCeiling(bytes, limits.manifest, 'manifest');
  const descriptor = { mediaType, digest: await digestOf(bytes), size: bytes.length };
  return { descriptor, ...parseReferrer(bytes, descriptor) };
}

/**
 * Reads a JSON document of the shape that a schema describes.
 * @throws NotationError `ERR_LIMIT_EXCEEDED` or of the code that is given.
 */
export function parseDocument<T extends z.ZodMiniType>(
  schema: T,
  bytes: Uint8Array,
  what: string,
  code: ErrorCode,
): z.infer<T> {
  return conform(schema, parse(bytes, what, code), what, code);
}

function parse(bytes: Uint8Array, what: string, code: ErrorCode): unknown {
  try {
    return parseJson(bytes, what);
  } catch (cause) {
    if (!isNotationError(cause, 'ERR_ENCODING_INVALID')) throw cause;
    throw new NotationError(code, cause.message, { cause });
  }
}

function descriptor(stored: z.infer<typeof StoredDescriptor>): Descriptor {
  const { mediaType, digest, size, artifactType, annotations } = stored;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType && { artifactType }),
    ...(annotations && { annotations }),
  };
}
