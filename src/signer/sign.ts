import type { SignatureAlgorithm } from '../crypto/algorithms.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { createEnvelope, type Signer } from '../envelope/envelope.ts';
import type { EnvelopeMediaType } from '../envelope/model.ts';
import { createPayload } from '../envelope/payload.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import { NotationError } from '../errors/index.ts';
import type { Reference } from '../oci/reference.ts';
import type { Registry, Repository } from '../oci/repository.ts';
import { readClock, readUserMetadata } from '../storage/arguments.ts';
import { findArtifact } from '../storage/artifact.ts';
import { checkPlatforms } from '../storage/platforms.ts';
import { configMediaTypes, type ManifestForm } from '../storage/signature-manifest.ts';
import { type SignatureDescriptor, storeSignature } from '../storage/signatures.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { checkValidThroughout } from '../x509/chain.ts';
import type { Timestamper } from '../x509/timestamp-verifier.ts';
import { signPlatforms } from './sign-platforms.ts';
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
  /**
   * Has the signature time-stamped, so that it can be verified after its certificate has expired: `createTimestamper`
   * of `notarykit/x509/timestamp`. Signing fails if anything is wrong with the time-stamp.
   */
  timestamp?: Timestamper | undefined;
  /**
   * `'all'`, for an image index (OCI or Docker): signs the index and each manifest that it lists, those of nested
   * indexes included (3 deep and 100 manifests at most), so that whoever pulls for one platform finds a signature of
   * what is pulled. Attestations, of the platform `unknown/unknown`, are signed as well; nested indexes are not. By
   * default only what the reference names is signed.
   */
  platforms?: 'all' | undefined;
  /** Gives the signing time; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
  /** Stops with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
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

/** A manifest of an image index that was signed. */
export interface SignedPlatform extends SignedManifest {
  /** Such as `linux/arm64/v8`; absent where the index does not say. */
  platform?: string;
}

/** One manifest that was signed. */
export interface SignedManifest {
  /** What was signed; in the whole result what the reference stood for. */
  artifact: Descriptor;
  /** The signature manifest, a referrer of the artifact. */
  signature: SignatureDescriptor;
  /** The signature envelope, a blob of the same repository. */
  envelope: Descriptor;
  /** The time of the time-stamp, if one was asked for: RFC 3339, UTC. */
  timestamp?: string;
}

const MEDIA_TYPES: Readonly<Record<SignatureFormat, EnvelopeMediaType>> = {
  cose: 'application/cose',
  jws: 'application/jose+json',
};

/**
 * Signs an artifact and stores the signature beside it. A tag is resolved once; what is signed is the digest.
 *
 * With `platforms: 'all'` the manifests of an image index are signed first and the index last: an index that has a
 * signature of this call has one of every manifest. Where one cannot be signed, the error names it, with the code of
 * what went wrong, and says how many were signed before; those signatures stay, and the index gets none.
 *
 * @param reference - Such as `registry.example.com/team/app@sha256:9f86…`, or with a tag.
 * @param options - The signer, the registry and what goes into the signature.
 * @returns What was signed, and the descriptor of the signature.
 * @throws NotationError `ERR_REFERENCE_INVALID`, `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`,
 * `ERR_NOT_FOUND`, `ERR_CERTIFICATE_INVALID`, `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_CERTIFICATE_NOT_VALID_AT_TIME`,
 * `ERR_ALGORITHM_UNSUPPORTED`, `ERR_LIMIT_EXCEEDED`, `ERR_SIGNER_FAILED`, what the time-stamper throws, for an index
 * whose manifests are to be signed `ERR_MANIFEST_INVALID` and `ERR_CONTENT_MISMATCH`, and the codes of the registry:
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
 * const signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' }));
 * const result = await sign(`registry.example.com/app@${artifact.digest}`, { signer, registry, format: 'cose' });
 * console.log(result.signature.digest);
 * ```
 */
export async function sign(reference: string | Reference, options: SignOptions): Promise<SignResult> {
  const { registry, platforms, signal } = options;
  const content = readContent(options);
  if (platforms !== undefined) checkPlatforms(platforms);
  const { repository, artifact } = await findArtifact(reference, registry, { signal });
  const signOne = (manifest: Descriptor) => signManifest(repository, manifest, content, options);
  const signed = platforms && (await signPlatforms(repository, artifact, signOne, { signal }));
  const { signingTime, expiry } = content;
  return {
    ...(signed?.index ?? (await signOne(artifact))),
    signingTime: formatRfc3339(signingTime),
    ...(expiry && { expiry: formatRfc3339(expiry) }),
    ...(signed && { platforms: signed.platforms }),
  };
}

/** What is the same in all signatures of one call. */
interface SignatureContent {
  signer: Signer;
  mediaType: EnvelopeMediaType;
  form: ManifestForm;
  signingTime: Date;
  expiry?: Date;
  signingAgent: string;
  userMetadata: Record<string, string>;
}

function readContent(options: SignOptions): SignatureContent {
  const { format = 'jws', manifestForm: form = 'artifactType' } = options;
  const { signingAgent = `notarykit/${VERSION}` } = options;
  const signer = readSigner(options.signer);
  checkForm(form, signingAgent);
  const mediaType = mediaTypeOf(format);
  const times = signingTimes(options);
  const userMetadata = readUserMetadata(options.userMetadata);
  checkTimestamper(options.timestamp);
  return { signer, mediaType, form, ...times, signingAgent, userMetadata };
}

async function signManifest(
  repository: Repository,
  artifact: Descriptor,
  content: SignatureContent,
  options: SignOptions,
): Promise<SignedManifest> {
  const { signer, mediaType, form, signingTime, expiry, signingAgent, userMetadata } = content;
  const { signal } = options;
  const stamp = stamping(signer, options);
  const bytes = await createEnvelope(
    {
      mediaType,
      payload: createPayload(artifact, userMetadata),
      signingScheme: 'notary.x509',
      signingTime,
      expiry,
      signingAgent,
      ...(stamp && { timestamp: stamp.token }),
    },
    signer,
  );
  const stored = await storeSignature(
    repository,
    { mediaType, bytes, subject: artifact, certificates: signer.certificates, signingTime, form },
    { signal },
  );
  return { artifact, ...stored, ...(stamp?.time && { timestamp: formatRfc3339(stamp.time) }) };
}

/** Asks for the token of an envelope, and remembers its time. */
interface Stamping {
  token(signature: Uint8Array, algorithm: SignatureAlgorithm): Promise<Uint8Array>;
  time?: Date;
}

function stamping(signer: Signer, { timestamp, signal }: SignOptions): Stamping | undefined {
  if (timestamp === undefined) return undefined;
  const stamp: Stamping = {
    async token(signature, { hash }) {
      const issued = await timestamp.timestamp(signature, hash, { signal });
      if (!(issued?.token instanceof Uint8Array)) throw invalid('timestamp() must give a token');
      // A clock that is off here or there: such a signature would never be trusted.
      checkValidThroughout(signer.certificates.map(parseCertificate), issued);
      stamp.time = issued.time;
      return issued.token;
    },
  };
  return stamp;
}

function checkTimestamper(timestamp: Timestamper | undefined): void {
  if (timestamp === undefined || typeof timestamp?.timestamp === 'function') return;
  throw invalid('timestamp must be what createTimestamper returns, or have a method timestamp()');
}

/** The signer with one chain for the envelope and its manifest, whatever becomes of it meanwhile. */
function readSigner(signer: Signer): Signer {
  const certificates: readonly unknown[] = Array.isArray(signer?.certificates)
    ? [...signer.certificates]
    : [];
  const inDer = certificates.filter((certificate) => certificate instanceof Uint8Array);
  if (inDer.length === 0 || inDer.length < certificates.length || typeof signer.sign !== 'function') {
    throw invalid(
      'signer must be what createSigner returns, or have certificates in DER and a method sign()',
    );
  }
  return { certificates: inDer, sign: (bytes) => signer.sign(bytes) };
}

function checkForm(manifestForm: ManifestForm, signingAgent: string): void {
  if (!Object.hasOwn(configMediaTypes, manifestForm)) {
    throw invalid('manifestForm must be "artifactType" or "config"');
  }
  if (typeof signingAgent !== 'string') throw invalid('signingAgent must be a text');
}

function mediaTypeOf(format: SignatureFormat): EnvelopeMediaType {
  if (Object.hasOwn(MEDIA_TYPES, format)) return MEDIA_TYPES[format];
  throw invalid('the format of a signature is "cose" or "jws"');
}

/** In whole seconds: fractions should not be used (envelope specifications). */
function signingTimes({ clock, expiresIn }: SignOptions): { signingTime: Date; expiry?: Date } {
  const signingTime = new Date(Math.floor(readClock(clock).getTime() / 1000) * 1000);
  if (expiresIn === undefined) return { signingTime };
  const whole = Number.isSafeInteger(expiresIn) && expiresIn > 0;
  const expiry = new Date(whole ? signingTime.getTime() + expiresIn * 1000 : Number.NaN);
  if (expiry.getUTCFullYear() <= 9999) return { signingTime, expiry };
  throw invalid('expiresIn must be a positive number of whole seconds');
}

function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
