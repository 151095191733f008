import { argumentInvalid, type Reason } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { throwIfAborted } from '../net/abort.ts';
import { isIndexType } from '../oci/media-types.ts';
import { checkDefaultTag, formatReference, type Reference } from '../oci/reference.ts';
import { createRegistry } from '../oci/registry/registry.ts';
import type { Registry } from '../oci/repository.ts';
import { findArtifact, tagWarnings } from '../storage/artifact.ts';
import { checkPlatforms } from '../storage/platforms.ts';
import { completeReference, readReference } from '../storage/read-reference.ts';
import { configMediaTypes, type ManifestForm } from '../storage/signature-manifest.ts';
import { signWithinLimits } from './limits.ts';
import { type SignedManifest, signManifest } from './sign-manifest.ts';
import { findPlatforms, type SignedPlatform, signPlatforms } from './sign-platforms.ts';
import { readSigning, type SigningOptions, timesOf } from './signing.ts';

/** The options of {@link sign}. */
export interface SignOptions extends SigningOptions {
  /** The registry of the artifact and its signature; by default the one that the reference names, without credentials. */
  registry?: Registry | undefined;
  /**
   * How the signature manifest names its type: by its `artifactType` (the default), or by the media type of its
   * `config`, for registries without OCI 1.1 and versions of notation before 2.
   */
  manifestForm?: ManifestForm | undefined;
  /**
   * `'all'`, for an image index (OCI or Docker): signs the index and each manifest that it lists, those of nested
   * indexes included (3 deep and 100 manifests at most), so that the manifest pulled for one platform has a signature
   * of its own. Attestations (platform `unknown/unknown`) are signed as well; nested indexes are not. An artifact that is
   * not an index is signed as itself. By default only the artifact that the reference names is signed.
   */
  platforms?: 'all' | undefined;
  /**
   * The tag of a reference that has neither a tag nor a digest, such as `latest`. None by default: such a reference is
   * `ERR_REFERENCE_INVALID`.
   */
  defaultTag?: string | undefined;
}

/** The signed artifact, and the descriptor of the signature. */
export interface SignResult extends SignedManifest {
  /** RFC 3339, UTC. */
  signingTime: string;
  /** RFC 3339, UTC. */
  expiry?: string;
  /** If `platforms` was given and the artifact is an index: each manifest that it lists, in its order. */
  platforms?: SignedPlatform[];
  /**
   * For a reference with tag and digest: the digest was signed, but the tag names something else
   * (`ERR_TAG_MISMATCH`) or could not be resolved. Absent if there is no warning.
   */
  warnings?: Reason[];
}

/**
 * Signs an artifact and stores the signature in its repository. A tag is resolved once, and its digest is signed.
 *
 * With `platforms: 'all'` the manifests of an image index are signed first and the index last: once the index is
 * signed, so is every manifest. If a manifest cannot be signed, the error names it and says how many were signed before;
 * its code is that of the failure. Those signatures stay, and the index is not signed.
 *
 * @param reference - The reference, such as `registry.example.com/team/app@sha256:9f86…`, or with a tag. With both the
 * digest is signed, and the result has a warning if the tag names something else.
 * @param options - The signer and the content of the signature; the registry is by default the one that the reference
 * names.
 * @returns The signed artifact, and the descriptor of the signature.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`,
 * `ERR_NOT_FOUND`, `ERR_CERTIFICATE_INVALID`, `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_CERTIFICATE_NOT_VALID_AT_TIME`,
 * `ERR_ALGORITHM_UNSUPPORTED`, `ERR_LIMIT_EXCEEDED`, `ERR_SIGNER_FAILED`, those of the timestamper, with `platforms`
 * also `ERR_MANIFEST_INVALID` and `ERR_CONTENT_MISMATCH`, and the codes of the registry:
 * `ERR_REGISTRY_UNAUTHORIZED`, `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`, `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signing-and-verification-workflow.md
 *
 * @example
 * ```ts
 * import { createMemoryRegistry, parseReference } from 'notarykit/oci';
 * import { createSigner, sign } from 'notarykit';
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
  const { registry = createRegistry(), manifestForm: form = 'artifactType', platforms } = options;
  checkDefaultTag(options.defaultTag);
  if (!Object.hasOwn(configMediaTypes, form)) {
    throw argumentInvalid('manifestForm must be "artifactType" or "config"');
  }
  if (platforms !== undefined) checkPlatforms(platforms);
  const complete = readReference(completeReference(reference, options.defaultTag));
  const found = await signWithinLimits(quote(formatReference(complete)), options, async (budget) => {
    const own = { signal: budget.signal, budget };
    const { repository, artifact } = await findArtifact(complete, registry, own);
    const warnings = await tagWarnings(repository, complete, own);
    throwIfAborted(own.signal);
    if (platforms && isIndexType(artifact.mediaType)) {
      return { repository, artifact, warnings, manifests: await findPlatforms(repository, artifact, own) };
    }
    return { warnings, signed: await signManifest(repository, artifact, signing, form, own) };
  });
  const { warnings } = found;
  const result = { ...timesOf(signing), ...(warnings.length > 0 && { warnings }) };
  if ('signed' in found) return { ...found.signed, ...result };
  const { index, ...signed } = await signPlatforms(found.artifact, found.manifests, (manifest) =>
    signWithinLimits(manifest.digest, options, (budget) =>
      signManifest(found.repository, manifest, signing, form, { signal: budget.signal, budget }),
    ),
  );
  return { ...index, ...result, ...signed };
}
