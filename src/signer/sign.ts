import type { Descriptor } from '../encoding/descriptor.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import type { Reference } from '../oci/reference.ts';
import { createRegistry } from '../oci/registry/registry.ts';
import type { Registry } from '../oci/repository.ts';
import { findArtifact } from '../storage/artifact.ts';
import { checkPlatforms } from '../storage/platforms.ts';
import { configMediaTypes, type ManifestForm } from '../storage/signature-manifest.ts';
import { type SignedManifest, signManifest } from './sign-manifest.ts';
import { type SignedPlatform, signPlatforms } from './sign-platforms.ts';
import { readSigning, type SigningOptions, timesOf } from './signing.ts';

/** What {@link sign} takes beside the reference. */
export interface SignOptions extends SigningOptions {
  /** Where the artifact is, and the signature goes; the registry that the reference names by default, without credentials. */
  registry?: Registry | undefined;
  /**
   * How the signature manifest names its type: by its `artifactType` (the default), or by the media type of its
   * `config`, for registries that do not know OCI 1.1 and versions of notation before 2.
   */
  manifestForm?: ManifestForm | undefined;
  /**
   * `'all'`, for an image index (OCI or Docker): signs the index and each manifest that it lists, those of nested
   * indexes included (3 deep and 100 manifests at most), so that whoever pulls for one platform finds a signature of
   * what is pulled. Attestations, of the platform `unknown/unknown`, are signed as well; nested indexes are not. By
   * default only what the reference names is signed.
   */
  platforms?: 'all' | undefined;
}

/** What was signed, and where the signature is. */
export interface SignResult extends SignedManifest {
  /** RFC 3339, UTC. */
  signingTime: string;
  /** RFC 3339, UTC. */
  expiry?: string;
  /** Where `platforms` was asked for: each manifest that the index lists, in its order. */
  platforms?: SignedPlatform[];
}

/**
 * Signs an artifact and stores the signature beside it. A tag is resolved once; what is signed is the digest.
 *
 * With `platforms: 'all'` the manifests of an image index are signed first and the index last: an index that has a
 * signature of this call has one of every manifest. Where one cannot be signed, the error names it, with the code of
 * what went wrong, and says how many were signed before; those signatures stay, and the index gets none.
 *
 * @param reference - Such as `registry.example.com/team/app@sha256:9f86…`, or with a tag.
 * @param options - The signer and what goes into the signature; the registry is the one that the reference names by
 * default.
 * @returns What was signed, and the descriptor of the signature.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`,
 * `ERR_NOT_FOUND`, `ERR_CERTIFICATE_INVALID`, `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_CERTIFICATE_NOT_VALID_AT_TIME`,
 * `ERR_ALGORITHM_UNSUPPORTED`, `ERR_LIMIT_EXCEEDED`, `ERR_SIGNER_FAILED`, those of the timestamper, for an index whose
 * manifests are to be signed `ERR_MANIFEST_INVALID` and `ERR_CONTENT_MISMATCH`, and the codes of the registry:
 * `ERR_REGISTRY_UNAUTHORIZED`, `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`, `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see Specification "Signing and verification workflow", "OCI artifact signing"
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, parseReference } from 'notarykit/oci';
 * import { createSigner, sign } from 'notarykit/signer';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const registry = createMemoryRegistry();
 * const artifact = await registry
 *   .repository(parseReference('registry.example.com/app'))
 *   .pushManifest('application/vnd.oci.image.index.v1+json', new TextEncoder().encode('{"manifests":[]}'));
 *
 * const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
 * const result = await sign(`registry.example.com/app@${artifact.digest}`, { signer, registry, format: 'cose' });
 * console.log(result.signature.digest);
 * ```
 */
export async function sign(reference: string | Reference, options: SignOptions): Promise<SignResult> {
  const signing = readSigning(options);
  const { registry = createRegistry(), manifestForm: form = 'artifactType', platforms, signal } = options;
  if (!Object.hasOwn(configMediaTypes, form)) {
    throw argumentInvalid('manifestForm must be "artifactType" or "config"');
  }
  if (platforms !== undefined) checkPlatforms(platforms);
  const { repository, artifact } = await findArtifact(reference, registry, { signal });
  const signOne = (manifest: Descriptor) => signManifest(repository, manifest, signing, form);
  const signed = platforms && (await signPlatforms(repository, artifact, signOne, { signal }));
  return {
    ...(signed?.index ?? (await signOne(artifact))),
    ...timesOf(signing),
    ...(signed && { platforms: signed.platforms }),
  };
}
