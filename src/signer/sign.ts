import type { Descriptor } from '../encoding/descriptor.ts';
import { createEnvelope, type Signer } from '../envelope/envelope.ts';
import type { EnvelopeMediaType } from '../envelope/model.ts';
import { createPayload } from '../envelope/payload.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import { NotationError } from '../errors/index.ts';
import { parseReference, type Reference, referenceTarget } from '../oci/reference.ts';
import type { Registry } from '../oci/repository.ts';
import type { ManifestForm } from '../storage/signature-manifest.ts';
import { type SignatureDescriptor, storeSignature } from '../storage/signatures.ts';
import { VERSION } from './version.ts';

/** The formats of a signature envelope, by their short names. */
export type SignatureFormat = 'cose' | 'jws';

/** What {@link sign} takes beside the reference. */
export interface SignOptions {
  /** The key and its certificate chain, from `createSigner` or your own. */
  signer: Signer;
  /** Where the artifact is, and the signature goes. */
  registry: Registry;
  /** `jws` by default, as the `notation` CLI. */
  format?: SignatureFormat | undefined;
  /** Signed with the artifact, as annotations; keys must not start with `io.cncf.notary`. */
  userMetadata?: Readonly<Record<string, string>> | undefined;
  /** Whole seconds after which the signature expires; it never does by default. */
  expiresIn?: number | undefined;
  /**
   * How the signature manifest names its type: by its `artifactType` (the default), or by the media type of its
   * `config`, for registries that do not know OCI 1.1 and versions of notation before 2.
   */
  manifestForm?: ManifestForm | undefined;
  /** What made the signature, for people; not signed. `notarykit/<version>` by default. */
  signingAgent?: string | undefined;
  /** Gives the signing time; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
  /** Stops with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

/** What was signed, and where the signature is. */
export interface SignResult {
  /** What the reference stood for. */
  artifact: Descriptor;
  /** The signature manifest, a referrer of the artifact. */
  signature: SignatureDescriptor;
  /** The signature envelope, a blob of the same repository. */
  envelope: Descriptor;
  /** RFC 3339, UTC. */
  signingTime: string;
  /** RFC 3339, UTC. */
  expiry?: string;
}

const MEDIA_TYPES: Readonly<Record<SignatureFormat, EnvelopeMediaType>> = {
  cose: 'application/cose',
  jws: 'application/jose+json',
};

/**
 * Signs an artifact and stores the signature beside it. A tag is resolved once; what is signed is the digest.
 *
 * @param reference - Such as `registry.example.com/team/app@sha256:9f86…`, or with a tag.
 * @param options - The signer, the registry and what goes into the signature.
 * @returns What was signed, and the descriptor of the signature.
 * @throws {@link NotationError} `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`,
 * `ERR_NOT_FOUND`, `ERR_CERTIFICATE_NOT_VALID_AT_TIME`, `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_SIGNER_FAILED`, and the
 * codes of the registry: `ERR_REGISTRY_UNAUTHORIZED`, `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`,
 * `ERR_TIMEOUT`, `ERR_ABORTED`
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
 * const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' }));
 * const result = await sign(`registry.example.com/app@${artifact.digest}`, { signer, registry, format: 'cose' });
 * console.log(result.signature.digest);
 * ```
 */
export async function sign(reference: string | Reference, options: SignOptions): Promise<SignResult> {
  const { signer, registry, format = 'jws', userMetadata, manifestForm = 'artifactType', signal } = options;
  const mediaType = mediaTypeOf(format);
  const { signingTime, expiry } = signingTimes(options);
  const parsed = typeof reference === 'string' ? parseReference(reference) : reference;
  const repository = registry.repository(parsed);
  const artifact = identityOf(await repository.resolve(referenceTarget(parsed), { signal }));
  const bytes = await createEnvelope(
    {
      mediaType,
      payload: createPayload(artifact, userMetadata),
      signingScheme: 'notary.x509',
      signingTime,
      expiry,
      signingAgent: options.signingAgent ?? `notarykit/${VERSION}`,
    },
    signer,
  );
  const { certificates } = signer;
  const stored = await storeSignature(
    repository,
    { mediaType, bytes, subject: artifact, certificates, signingTime, form: manifestForm },
    { signal },
  );
  return {
    artifact,
    ...stored,
    signingTime: formatRfc3339(signingTime),
    ...(expiry && { expiry: formatRfc3339(expiry) }),
  };
}

function mediaTypeOf(format: SignatureFormat): EnvelopeMediaType {
  if (Object.hasOwn(MEDIA_TYPES, format)) return MEDIA_TYPES[format];
  throw new NotationError('ERR_ARGUMENT_INVALID', 'the format of a signature is "cose" or "jws"');
}

/** In whole seconds: fractions should not be used (envelope specifications). */
function signingTimes({ clock, expiresIn }: SignOptions): { signingTime: Date; expiry?: Date } {
  const signingTime = new Date(Math.floor((clock?.() ?? new Date()).getTime() / 1000) * 1000);
  if (expiresIn === undefined) return { signingTime };
  const expiry = new Date(signingTime.getTime() + expiresIn * 1000);
  if (!Number.isSafeInteger(expiresIn) || expiresIn <= 0 || !(expiry.getUTCFullYear() <= 9999)) {
    throw new NotationError('ERR_ARGUMENT_INVALID', 'expiresIn must be a positive number of whole seconds');
  }
  return { signingTime, expiry };
}

/** Of a descriptor only what identifies the artifact is signed; annotations are for user metadata. */
function identityOf({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
