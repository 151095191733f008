import { digestOf, hash } from '../crypto/digest.ts';
import { encodeUtf8 } from '../encoding/bytes.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { isDigest } from '../encoding/digest.ts';
import { parseDocument } from '../encoding/document.ts';
import { encodeHex } from '../encoding/hex.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { EMPTY_CONFIG_TYPE, mediaTypes, SIGNATURE_ARTIFACT_TYPE } from '../oci/media-types.ts';

const THUMBPRINTS = 'io.cncf.notary.x509chain.thumbprint#S256';
const WHAT = 'signature manifest';
const CREATED = 'org.opencontainers.image.created';

/** The content of the config of a signature manifest, in either form. */
export const configContent: Uint8Array = encodeUtf8('{}');

/**
 * How a signature manifest states its type: in `artifactType`, or in the media type of its config, as notation up to
 * version 1.3 does and registries without OCI 1.1 require.
 */
export type ManifestForm = 'artifactType' | 'config';

/** The content of a signature manifest. */
export interface SignatureManifest {
  /** The signed manifest. */
  subject: Descriptor;
  /** The signature envelope. */
  envelope: Descriptor;
}

const descriptorSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    mediaType: s.string({ max: 255 }),
    digest: s.refine(s.string(), isDigest, 'a sha256, sha384 or sha512 digest expected'),
    size: s.size(),
  }),
);

/** @see docs/specification.md, rule OCI-6 */
function exactlyOne(what: string) {
  return s.refine(s.array(descriptorSchema()), ({ length }) => length === 1, `exactly one ${what} expected`);
}

const imageManifestSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    schemaVersion: s.oneOf(2),
    mediaType: s.optional(s.oneOf(mediaTypes.manifest)),
    artifactType: s.optional(s.oneOf(SIGNATURE_ARTIFACT_TYPE)),
    config: descriptorSchema(),
    layers: exactlyOne('layer'),
    subject: descriptorSchema(),
  }),
);

const artifactManifestSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    mediaType: s.oneOf(mediaTypes.artifact),
    artifactType: s.oneOf(SIGNATURE_ARTIFACT_TYPE),
    blobs: exactlyOne('blob'),
    subject: descriptorSchema(),
  }),
);

/**
 * Reads a signature manifest in any of its three forms.
 * @param mediaType - As the referrers list or the registry declares it.
 * @throws NotationError `ERR_MANIFEST_INVALID`, `ERR_LIMIT_EXCEEDED`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#oci-signatures
 * (rules OCI-1 to OCI-3)
 */
export function parseSignatureManifest(bytes: Uint8Array, mediaType: string): SignatureManifest {
  if (mediaType === mediaTypes.artifact) {
    const { blobs, subject } = parseDocument(artifactManifestSchema(), bytes, WHAT, 'ERR_MANIFEST_INVALID');
    return contentOf(subject, blobs);
  }
  if (mediaType !== mediaTypes.manifest)
    throw signatureManifestInvalid(`it is of the type ${quote(mediaType)}`);
  const manifest = parseDocument(imageManifestSchema(), bytes, WHAT, 'ERR_MANIFEST_INVALID');
  const { artifactType, config, layers, subject } = manifest;
  const wanted = artifactType === undefined ? SIGNATURE_ARTIFACT_TYPE : EMPTY_CONFIG_TYPE;
  if (config.mediaType !== wanted)
    throw signatureManifestInvalid(`the media type of its config is not ${wanted}`);
  return contentOf(subject, layers);
}

function contentOf(subject: Descriptor, [envelope]: readonly Descriptor[]): SignatureManifest {
  if (!envelope) throw signatureManifestInvalid('it has no envelope');
  return { subject: descriptor(subject), envelope: descriptor(envelope) };
}

function descriptor({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

/** The content of a new signature manifest. */
export interface SignatureManifestContent {
  subject: Descriptor;
  envelope: Descriptor;
  /** DER, leaf first. */
  certificates: readonly Uint8Array[];
  signingTime: Date;
  form: ManifestForm;
  /** Annotations of the signer, in addition to those of the specification, which they cannot replace. */
  annotations?: Readonly<Record<string, string>> | undefined;
}

/** The media type of the config in each form. */
export const configMediaTypes: Readonly<Record<ManifestForm, string>> = {
  artifactType: EMPTY_CONFIG_TYPE,
  config: SIGNATURE_ARTIFACT_TYPE,
};

/** Writes a signature manifest. Returns its bytes and its media type (rules OCI-4, OCI-8, OCI-9, PLG-27). */
export async function createSignatureManifest(
  content: SignatureManifestContent,
): Promise<{ mediaType: string; bytes: Uint8Array }> {
  const { subject, envelope, certificates, signingTime, form } = content;
  const thumbprints = await Promise.all(
    certificates.map(async (der) => encodeHex(await hash('SHA-256', der))),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    ...(form === 'artifactType' && { artifactType: SIGNATURE_ARTIFACT_TYPE }),
    config: {
      mediaType: configMediaTypes[form],
      digest: await digestOf(configContent),
      size: configContent.length,
    },
    layers: [descriptor(envelope)],
    subject: descriptor(subject),
    annotations: {
      ...content.annotations,
      [THUMBPRINTS]: JSON.stringify(thumbprints),
      [CREATED]: formatRfc3339(signingTime),
    },
  };
  return { mediaType: mediaTypes.manifest, bytes: encodeUtf8(JSON.stringify(manifest)) };
}

/** Makes the error of a signature manifest that breaks the rules of its form, or is about another artifact. */
export function signatureManifestInvalid(reason: string): NotationError {
  return new NotationError('ERR_MANIFEST_INVALID', `the signature manifest is invalid: ${reason}`);
}
