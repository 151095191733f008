import { digestOf } from '../crypto/digest.ts';
import { encodeUtf8, readBytes } from '../encoding/bytes.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { isDigest } from '../encoding/digest.ts';
import { parseDocument, tryConform } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { type ErrorCode, NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { checkLimit } from './content.ts';
import { INDEX_TYPES, isManifestType, mediaTypes } from './media-types.ts';
import { limits } from './repository.ts';

const annotationsSchema = /* @__PURE__ */ lazy(() => s.record(s.string()));

/** The members of every descriptor: enough to read what it describes. */
const contentMembers = () => ({
  mediaType: s.string({ min: 1, max: 255 }),
  digest: s.refine(s.string(), isDigest, 'a sha256, sha384 or sha512 digest expected'),
  size: s.size(),
});

export const contentSchema = /* @__PURE__ */ lazy(() => s.object(contentMembers()));

const descriptorSchema = /* @__PURE__ */ lazy(() =>
  s.object({
    ...contentMembers(),
    artifactType: s.nullish(s.string()),
    annotations: s.nullish(annotationsSchema()),
  }),
);

const manifestSchema = /* @__PURE__ */ lazy(() =>
  s.object({
    mediaType: s.nullish(s.string()),
    artifactType: s.nullish(s.string()),
    config: s.nullish(s.object({ mediaType: s.string() })),
    subject: s.nullish(descriptorSchema()),
    annotations: s.nullish(annotationsSchema()),
  }),
);

const objectSchema = /* @__PURE__ */ lazy(() => s.looseObject({}));

const indexSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    mediaType: s.optional(s.oneOf(...INDEX_TYPES, '')),
    manifests: s.nullable(s.array(s.unknown())),
  }),
);

/** An image index whose entries and members, also unknown ones, are kept as they were read. */
export type ImageIndex = s.Infer<ReturnType<typeof indexSchema>>;

/** An image index without entries. */
export const emptyIndex: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };

/**
 * Parses an image index; its entries are not checked.
 * @throws NotationError `ERR_LIMIT_EXCEEDED` or of the code that is given.
 */
export function parseIndex(
  bytes: Uint8Array,
  what: string,
  code: ErrorCode = 'ERR_MANIFEST_INVALID',
): ImageIndex {
  return parseDocument(indexSchema(), checkLimit(bytes, limits.manifest, what), what, code);
}

/**
 * Writes an image index as JSON.
 * @throws NotationError `ERR_LIMIT_EXCEEDED` if no reader would accept it.
 */
export function formatIndex(index: ImageIndex, what: string): Uint8Array {
  return checkLimit(encodeUtf8(JSON.stringify(index)), limits.manifest, what);
}

/** Returns the well-formed entries of an image index; malformed ones are skipped. */
export function* entries({ manifests }: ImageIndex): Generator<Descriptor> {
  for (const entry of manifests ?? []) {
    const found = tryConform(descriptorSchema(), entry);
    if (found) yield descriptor(found);
  }
}

/** A manifest as a referrer. */
export interface ReferrerManifest {
  /** The manifest that it refers to. */
  subject?: Descriptor;
  /** The descriptor of the manifest, with its artifact type and annotations. */
  referrer: Descriptor;
}

/**
 * Reads the subject, artifact type and annotations of a manifest.
 * @param stored - The media type, digest and size of the manifest.
 * @throws NotationError `ERR_MANIFEST_INVALID`, `ERR_LIMIT_EXCEEDED`
 * @see docs/specification.md, rule OCI-5
 */
export function parseReferrer(bytes: Uint8Array, stored: Descriptor): ReferrerManifest {
  const manifest = parseDocument(manifestSchema(), bytes, 'manifest', 'ERR_MANIFEST_INVALID');
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

/**
 * Checks that a manifest that no digest names is not cut off, which some runtimes do not notice: the beginning of a JSON
 * object is not JSON.
 * @throws NotationError `ERR_MANIFEST_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export function checkWhole(bytes: Uint8Array): void {
  parseDocument(objectSchema(), bytes, 'manifest', 'ERR_MANIFEST_INVALID');
}

/** Returns the media type that a manifest declares, if any. */
export function declaredMediaType(bytes: Uint8Array): string | undefined {
  const { mediaType } = parseDocument(manifestSchema(), bytes, 'manifest', 'ERR_MANIFEST_INVALID');
  return mediaType || undefined;
}

/**
 * Reads a manifest that is about to be stored.
 * @returns Its bytes, its descriptor, and what it says as a referrer.
 * @throws NotationError `ERR_ARGUMENT_INVALID` if the media type is not that of a manifest, `ERR_MANIFEST_INVALID`,
 * `ERR_LIMIT_EXCEEDED`
 */
export async function describeManifest(
  mediaType: string,
  given: Uint8Array,
): Promise<ReferrerManifest & { descriptor: Descriptor; bytes: Uint8Array }> {
  if (!isManifestType(mediaType)) {
    throw argumentInvalid(`${quote(mediaType)} is not the media type of a manifest`);
  }
  const bytes = checkLimit(readBytes(given, 'the manifest'), limits.manifest, 'manifest');
  const descriptor = { mediaType, digest: await digestOf(bytes), size: bytes.length };
  return { descriptor, bytes, ...parseReferrer(bytes, descriptor) };
}

function descriptor(stored: s.Infer<ReturnType<typeof descriptorSchema>>): Descriptor {
  const { mediaType, digest, size, artifactType, annotations } = stored;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType && { artifactType }),
    ...(annotations && { annotations }),
  };
}
