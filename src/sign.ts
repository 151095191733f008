import { askedTimestamper, type WithTimestamperOptions } from './default-abilities.ts';
import { type WithDefaultRegistry, withDefaultRegistry } from './default-registry.ts';
import type { Reference } from './oci/reference.ts';
import { type SignOptions, type SignResult, sign as signArtifact } from './signer/sign.ts';

/** What {@link sign} takes beside the reference. */
export type SignArtifactOptions = WithTimestamperOptions<WithDefaultRegistry<SignOptions>>;

/**
 * Signs an artifact and stores the signature beside it. A tag is resolved once; what is signed is the digest.
 *
 * With `platforms: 'all'` the manifests of an image index are signed first and the index last. Where one cannot be
 * signed, the error names it and says how many were signed before; those signatures stay, and the index gets none.
 *
 * @param reference - Such as `registry.example.com/team/app@sha256:9f86…`, or with a tag.
 * @param options - See `SignOptions`; the registry is the one that the reference names by default.
 * @returns What was signed, and the descriptor of the signature.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`,
 * `ERR_NOT_FOUND`, `ERR_CERTIFICATE_INVALID`, `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_CERTIFICATE_NOT_VALID_AT_TIME`,
 * `ERR_ALGORITHM_UNSUPPORTED`, `ERR_LIMIT_EXCEEDED`, `ERR_SIGNER_FAILED`, for an index whose manifests are to be signed
 * `ERR_MANIFEST_INVALID` and `ERR_CONTENT_MISMATCH`, and the codes of the registry:
 * `ERR_REGISTRY_UNAUTHORIZED`, `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`, `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see Specification "Signing and verification workflow", "OCI artifact signing"
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, createSigner, parseReference, sign } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const registry = createMemoryRegistry();
 * const { digest } = await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 *
 * const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' }));
 * const result = await sign(`registry.example.com/app@${digest}`, {
 *   signer,
 *   registry,
 *   format: 'cose',
 *   userMetadata: { buildId: '101' },
 *   expiresIn: 90 * 24 * 60 * 60,
 * });
 * console.log(result.signature.digest);
 * ```
 */
export async function sign(reference: string | Reference, options: SignArtifactOptions): Promise<SignResult> {
  const timestamp = askedTimestamper(options);
  return signArtifact(reference, { ...withDefaultRegistry(options), timestamp });
}
