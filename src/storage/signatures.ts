import type { Descriptor } from '../encoding/descriptor.ts';
import { checkEnvelopeType } from '../envelope/envelope.ts';
import { NotationError, type Reason, reasonOf } from '../errors/notation-error.ts';
import { oneLine } from '../errors/quote.ts';
import { rethrowIfAborted } from '../net/abort.ts';
import { SIGNATURE_ARTIFACT_TYPE } from '../oci/media-types.ts';
import { limits, type OperationOptions, type Repository } from '../oci/repository.ts';
import {
  configContent,
  configMediaTypes,
  createSignatureManifest,
  parseSignatureManifest,
  type SignatureManifestContent,
  signatureManifestInvalid,
} from './signature-manifest.ts';

/** How many signatures are fetched at the same time: each may take 32 MiB. */
export const FETCHED_AT_ONCE = 4;

/** The descriptor of a signature manifest, as the repository lists it. */
export type SignatureDescriptor = Descriptor;

/** A signature envelope as it is stored. */
export interface StoredSignature {
  /** As the signature manifest declares it. */
  mediaType: string;
  bytes: Uint8Array;
}

/** Lists the signature manifests of an artifact, in the order of the repository. */
export function findSignatures(
  repository: Repository,
  artifact: Descriptor,
  options: OperationOptions = {},
): AsyncIterable<SignatureDescriptor> {
  return repository.referrers(artifact, { ...options, artifactType: SIGNATURE_ARTIFACT_TYPE });
}

/**
 * Fetches the envelope of a signature manifest.
 * @throws NotationError `ERR_MANIFEST_INVALID`, `ERR_ENVELOPE_UNSUPPORTED` and `ERR_LIMIT_EXCEEDED` before it is read,
 * `ERR_CONTENT_MISMATCH`, `ERR_NOT_FOUND` and those of the connection
 * @see docs/specification.md, rules OCI-7, VER-16
 */
export async function fetchSignature(
  repository: Repository,
  signature: SignatureDescriptor,
  artifact: Descriptor,
  options: OperationOptions = {},
): Promise<StoredSignature> {
  const manifest = await repository.fetchManifest(signature, options);
  const { subject, envelope } = parseSignatureManifest(manifest, signature.mediaType);
  if (subject.digest !== artifact.digest) {
    throw signatureManifestInvalid(`it is about ${subject.digest}, not about ${artifact.digest}`);
  }
  checkEnvelopeType(envelope.mediaType);
  const bytes = await repository.fetchBlob(envelope, { ...options, maxBytes: limits.envelope });
  return { mediaType: envelope.mediaType, bytes };
}

/**
 * Returns why one signature could not be fetched or read. It never affects the others, whatever was thrown: a repository
 * of the caller's own may throw anything.
 * @throws NotationError `ERR_ABORTED` or `ERR_TIMEOUT` if the caller's signal is aborted
 */
export function failureOf(error: unknown, { signal }: OperationOptions): Reason {
  rethrowIfAborted(error, signal);
  if (error instanceof NotationError) return reasonOf(error);
  const reason = error instanceof Error ? `: ${oneLine(String(error))}` : '';
  return reasonOf(
    new NotationError('ERR_REGISTRY_RESPONSE', `the signature cannot be fetched or read${reason}`),
  );
}

/** A signature to store. */
export interface NewSignature extends Omit<SignatureManifestContent, 'envelope'>, StoredSignature {}

/**
 * Stores an envelope as a referrer of the artifact: its blob, the config, and last the manifest, so that nobody sees an
 * incomplete signature.
 * @returns The descriptors of the signature manifest and of the envelope.
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signing-and-verification-workflow.md
 * (rule SIGN-6)
 */
export async function storeSignature(
  repository: Repository,
  { mediaType, bytes, ...content }: NewSignature,
  options: OperationOptions = {},
): Promise<{ signature: SignatureDescriptor; envelope: Descriptor }> {
  const [envelope] = await Promise.all([
    repository.pushBlob(mediaType, bytes, options),
    repository.pushBlob(configMediaTypes[content.form], configContent, options),
  ]);
  const manifest = await createSignatureManifest({ ...content, envelope });
  const signature = await repository.pushManifest(manifest.mediaType, manifest.bytes, options);
  return { signature, envelope };
}
