import { isBase64 } from '../encoding/base64.ts';
import { encodeUtf8, readBytes } from '../encoding/bytes.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { isDigest } from '../encoding/digest.ts';
import { conform, parseDocument } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { MAX_VALUES } from './limits.ts';

/** The media type of the payload of every signature envelope (signature specification, "Payload"). */
export const PAYLOAD_MEDIA_TYPE = 'application/vnd.cncf.notary.payload.v1+json';

/** The signed content: the descriptor of the target artifact, with the user metadata as its annotations. */
export type TargetArtifact = Descriptor;

/** The limit of bytes in a payload; a real one has a few hundred. */
const MAX_PAYLOAD = 4 * 1024 * 1024;
/** Keys with this prefix belong to the specification. */
const RESERVED_PREFIX = 'io.cncf.notary';

const platformSchema = /* @__PURE__ */ lazy(() =>
  s.strictObject({
    architecture: s.optional(s.string()),
    os: s.optional(s.string()),
    'os.version': s.optional(s.string()),
    'os.features': s.optional(s.array(s.string())),
    variant: s.optional(s.string()),
  }),
);

const payloadSchema = /* @__PURE__ */ lazy(() =>
  s.strictObject({
    targetArtifact: s.strictObject({
      mediaType: s.string({ min: 1 }),
      digest: s.refine(s.string(), isDigest, 'a sha256, sha384 or sha512 digest expected'),
      size: s.size(),
      annotations: s.optional(s.record(s.string())),
      artifactType: s.optional(s.string()),
      urls: s.optional(s.array(s.string())),
      data: s.optional(s.refine(s.string(), isBase64, 'base64 expected')),
      platform: s.optional(platformSchema()),
    }),
  }),
);

/**
 * Parses the payload of an envelope whose signature was verified.
 * @throws NotationError `ERR_PAYLOAD_INVALID`, `ERR_LIMIT_EXCEEDED`
 * @see docs/specification.md, rule ENV-1
 *
 * @example
 * ```ts
 * import { createPayload, parsePayload } from 'notarykit/envelope';
 *
 * const digest = `sha256:${'0'.repeat(64)}`;
 * const payload = createPayload({ mediaType: 'text/plain', digest, size: 5 }, { build: '7' });
 * console.log(parsePayload(payload).annotations?.build); // 7
 * ```
 */
export function parsePayload(given: Uint8Array): TargetArtifact {
  const payload = readBytes(given, 'the payload');
  checkPayloadSize(payload.length);
  const { targetArtifact } = parseDocument(
    payloadSchema(),
    payload,
    'payload',
    'ERR_PAYLOAD_INVALID',
    MAX_VALUES,
  );
  const { mediaType, digest, size, annotations, artifactType } = targetArtifact;
  return {
    mediaType,
    digest,
    size,
    ...(annotations && { annotations }),
    ...(artifactType && { artifactType }),
  };
}

/** @throws NotationError `ERR_LIMIT_EXCEEDED` */
export function checkPayloadSize(size: number): void {
  if (size > MAX_PAYLOAD)
    throw new NotationError('ERR_LIMIT_EXCEEDED', `a payload of ${size} bytes is too large`);
}

/**
 * Copies the caller's user metadata. A caller in JavaScript may pass a `Map`, which would seem to be empty.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID` for a value that is not a string
 */
export function readUserMetadata(given: Readonly<Record<string, string>> = {}): Record<string, string> {
  if (!isPlainObject(given)) throw argumentInvalid('userMetadata must be a plain object of strings');
  for (const [key, value] of Object.entries(given)) {
    if (typeof value !== 'string') throw unusable(key, 'has a value that is not a string');
  }
  return { ...given };
}

/** Also accepts an object of another realm: its prototype has no prototype of its own. */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Creates the payload for an artifact: media type, digest and size of its descriptor, and its annotations with the user
 * metadata added.
 *
 * @param userMetadata - Keys must not start with `io.cncf.notary`, nor be annotations of the artifact.
 * @throws NotationError `ERR_USER_METADATA_INVALID`, `ERR_DESCRIPTOR_INVALID`, `ERR_ARGUMENT_INVALID` if the user
 * metadata is not a plain object
 * @see docs/specification.md, rules ENV-4, SIGN-2
 *
 * @example
 * ```ts
 * import { createPayload } from 'notarykit/envelope';
 *
 * const artifact = {
 *   mediaType: 'application/vnd.oci.image.manifest.v1+json',
 *   digest: `sha256:${'0'.repeat(64)}`,
 *   size: 1024,
 * };
 * console.log(new TextDecoder().decode(createPayload(artifact, { build: '7' })));
 * ```
 */
export function createPayload(
  artifact: Descriptor,
  userMetadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const { mediaType, digest, size } = artifact;
  const annotations: Record<string, string> = { ...artifact.annotations };
  for (const [key, value] of Object.entries(readUserMetadata(userMetadata))) {
    if (key.startsWith(RESERVED_PREFIX))
      throw unusable(key, `starts with ${RESERVED_PREFIX}, which is reserved`);
    if (key === '__proto__') throw unusable(key, 'is not a name that every JSON parser keeps');
    if (Object.hasOwn(annotations, key)) throw unusable(key, 'is an annotation of the artifact already');
    annotations[key] = value;
  }
  const signed = Object.keys(annotations).length > 0 ? { annotations } : {};
  const payload = { targetArtifact: { mediaType, digest, size, ...signed } };
  conform(payloadSchema(), payload, 'payload', 'ERR_DESCRIPTOR_INVALID');
  const bytes = encodeUtf8(JSON.stringify(payload));
  checkPayloadSize(bytes.length);
  return bytes;
}

function unusable(key: string, reason: string): NotationError {
  return new NotationError('ERR_USER_METADATA_INVALID', `the user metadata key ${quote(key)} ${reason}`);
}
