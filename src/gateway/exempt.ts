import type { Descriptor } from '../encoding/descriptor.ts';
import { isDigest } from '../encoding/digest.ts';
import { parseDocument, tryConform } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { isNotationError } from '../errors/index.ts';
import { EMPTY_CONFIG_TYPE, mediaTypes, SIGNATURE_ARTIFACT_TYPE } from '../oci/media-types.ts';
import { IMAGE_CONFIG_TYPES } from '../storage/image-platform.ts';

/** The tag under which a registry without the referrers API lists the referrers of a manifest. */
const FALLBACK_TAG = /^sha(?:256|384|512)-[0-9a-f]{64}$/;
/** The manifests that can have a subject. */
const REFERRER_TYPES: readonly string[] = [mediaTypes.manifest, mediaTypes.index, mediaTypes.artifact];
const ENVELOPE_TYPES = ['application/jose+json', 'application/cose'] as const;
/** The digest of the config `{}`: nothing can be run by it. */
const EMPTY_CONFIG = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';

// All are strict: a member that is not known here could be one that makes a client run something, such as `Layers`, which
// Go reads as `layers`.

const annotations = /* @__PURE__ */ lazy(() => s.nullish(s.record(s.string())));

const content = () => ({
  digest: s.refine(s.string(), isDigest, 'a digest expected'),
  size: s.size(),
  annotations: annotations(),
});

const referrerSchema = /* @__PURE__ */ lazy(() =>
  s.strictObject({
    ...content(),
    mediaType: s.oneOf(...REFERRER_TYPES),
    artifactType: s.refine(
      s.string({ min: 1 }),
      (type) => !IMAGE_CONFIG_TYPES.includes(type),
      'a type other than that of an image expected',
    ),
  }),
);

const fallbackIndexSchema = /* @__PURE__ */ lazy(() =>
  s.strictObject({
    schemaVersion: s.oneOf(2),
    mediaType: s.oneOf(mediaTypes.index),
    manifests: s.array(referrerSchema()),
    annotations: annotations(),
  }),
);

const subjectSchema = /* @__PURE__ */ lazy(() =>
  s.strictObject({ ...content(), mediaType: s.string(), artifactType: s.nullish(s.string()) }),
);

const envelopesSchema = /* @__PURE__ */ lazy(() =>
  s.refine(
    s.array(s.strictObject({ ...content(), mediaType: s.oneOf(...ENVELOPE_TYPES) })),
    ({ length }) => length === 1,
    'exactly one signature envelope expected',
  ),
);

/** A config of a type, with the content `{}`. */
function emptyConfig(mediaType: string) {
  return s.strictObject({
    mediaType: s.oneOf(mediaType),
    digest: s.oneOf(EMPTY_CONFIG),
    size: s.oneOf(2),
    data: s.nullish(s.oneOf('e30=')),
    annotations: annotations(),
  });
}

const imageMembers = () => ({
  schemaVersion: s.oneOf(2),
  layers: envelopesSchema(),
  subject: subjectSchema(),
  annotations: annotations(),
});

/** The forms of a signature manifest. */
const signatureSchemas = {
  [mediaTypes.manifest]: /* @__PURE__ */ lazy(() => [
    s.strictObject({
      ...imageMembers(),
      mediaType: s.oneOf(mediaTypes.manifest),
      artifactType: s.oneOf(SIGNATURE_ARTIFACT_TYPE),
      config: emptyConfig(EMPTY_CONFIG_TYPE),
    }),
    s.strictObject({
      ...imageMembers(),
      mediaType: s.optional(s.oneOf(mediaTypes.manifest)),
      config: emptyConfig(SIGNATURE_ARTIFACT_TYPE),
    }),
  ]),
  [mediaTypes.artifact]: /* @__PURE__ */ lazy(() => [
    s.strictObject({
      mediaType: s.oneOf(mediaTypes.artifact),
      artifactType: s.oneOf(SIGNATURE_ARTIFACT_TYPE),
      blobs: envelopesSchema(),
      subject: subjectSchema(),
      annotations: annotations(),
    }),
  ]),
} as const;

const documentSchema = /* @__PURE__ */ lazy(() => s.looseObject({}));

/** Reports whether a tag is one under which referrers are listed. */
export function isFallbackTag(target: string): boolean {
  return FALLBACK_TAG.test(target);
}

/**
 * Reports whether a manifest passes without a verdict, because nothing can be run by it and verifying needs it: a signature
 * manifest, or under a fallback tag the index of referrers. Whatever is not strictly one of them is evaluated.
 * @param target - The tag or the digest that was requested.
 */
export function isExempt(bytes: Uint8Array, { mediaType }: Descriptor, target: string): boolean {
  if (mediaType === mediaTypes.index)
    return isFallbackTag(target) && conforms(bytes, [fallbackIndexSchema()]);
  const schemas = Object.hasOwn(signatureSchemas, mediaType)
    ? signatureSchemas[mediaType as keyof typeof signatureSchemas]
    : undefined;
  // Most manifests are no signatures: they need not be parsed.
  return schemas !== undefined && mentions(bytes, SIGNATURE_ARTIFACT_TYPE) && conforms(bytes, schemas());
}

function conforms(bytes: Uint8Array, schemas: readonly s.Schema<unknown>[]): boolean {
  try {
    const document = parseDocument(documentSchema(), bytes, 'manifest', 'ERR_MANIFEST_INVALID');
    return schemas.some((schema) => tryConform(schema, document) !== undefined);
  } catch (error) {
    if (isNotationError(error)) return false;
    throw error;
  }
}

function mentions(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder().decode(bytes).includes(text);
}
