import { type Descriptor, identityOf } from '../encoding/descriptor.ts';
import type { SignatureFormat } from '../envelope/model.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { readLimits } from '../net/budget.ts';
import { checkDefaultTag, type Reference } from '../oci/reference.ts';
import type { Registry } from '../oci/repository.ts';
import type { PluginSource } from '../plugin/plugin.ts';
import { type GivenPolicy, type PolicyDocument, readGivenPolicy } from '../policy/given-policy.ts';
import type { PolicyKind } from '../policy/read-document.ts';
import type { BlobTrustPolicy, Dialect, PolicyOf, StatementBase, TrustPolicy } from '../policy/types.ts';
import { checkMediaType } from '../storage/blob.ts';
import { VERIFICATION_LIMITS, type VerificationLimits } from '../storage/limits.ts';
import type { CertificateInput } from '../x509/certificate.ts';
import type { RevocationChecker } from '../x509/revocation/certificate-status.ts';
import type { TimestampVerifier } from '../x509/timestamp/types.ts';
import type { TrustStore } from '../x509/trust-store.ts';
import type { VerdictCache } from './verdict-cache.ts';

/** The options of a verifier of OCI artifacts. */
export interface VerifierOptions {
  /**
   * The trust policy: the document as JSON, in a string or UTF-8 bytes, or the value that `JSON.parse` returns; or what
   * `parseTrustPolicy` or `loadTrustPolicy` returns.
   */
  trustPolicy: TrustPolicy | PolicyDocument;
  /** The dialect of a document, as `parseTrustPolicy` takes it; `spec` by default. A parsed policy has its own. */
  dialect?: Dialect | undefined;
  /** The certificates that are trusted, as `createTrustStore` returns them, or a store of your own. */
  trustStore: TrustStore<CertificateInput>;
  /** The registry in which references are resolved. Without one, `composeVerifier` verifies envelopes in memory only. */
  registry?: Registry | undefined;
  /**
   * Reports whether certificates are revoked, such as `createRevocationChecker`. With `composeVerifier` there is no
   * default: without one, a certificate that names an OCSP or CRL URL is never trusted if the policy enforces revocation.
   */
  revocation?: RevocationChecker | undefined;
  /**
   * Verifies timestamps, such as `verifyTimestamp` of `notarykit/x509/timestamp`. With `composeVerifier` there is no
   * default: without it, a signature whose timestamp the policy requires is never trusted.
   */
  timestamp?: TimestampVerifier | undefined;
  /**
   * The verification plugins that signatures may name: `createPluginManager` of `notarykit/node`, or a `Map` of what
   * `createVerificationPlugin` of `notarykit/plugin` makes, by name. Without it, such a signature is never trusted.
   */
  plugins?: PluginSource | undefined;
  /**
   * The tag of a reference that has neither a tag nor a digest, such as `latest`. None by default: such a reference is
   * `ERR_REFERENCE_INVALID`.
   */
  defaultTag?: string | undefined;
  /** Returns the time of verification; the clock of the machine by default. */
  clock?: (() => Date) | undefined;
  /** Verdicts that were reached before, as `createVerdictCache` makes it; none by default. Not used for envelopes and blobs. */
  verdictCache?: VerdictCache | undefined;
  /** The limits of each verification; the options of one verification may have others. */
  limits?: VerificationLimits | undefined;
}

/** The options of a verifier of blobs. */
export interface BlobVerifierOptions
  extends Omit<VerifierOptions, 'trustPolicy' | 'registry' | 'defaultTag' | 'verdictCache'> {
  /** The trust policy for blobs, in the forms of {@link VerifierOptions}; or what `parseBlobTrustPolicy` returns. */
  trustPolicy: BlobTrustPolicy | PolicyDocument;
}

/** The options of one verification of an artifact. */
export interface VerifyOptions {
  /**
   * The registry of this call, in place of the verifier's: for a caller whose own credentials decide what may be read. It must
   * have the same content: verdicts of the verdict cache count for every registry, and calls at the same time share one
   * evaluation.
   */
  registry?: Registry | undefined;
  /** Key and value pairs that must be signed with the artifact. */
  userMetadata?: Readonly<Record<string, string>> | undefined;
  /**
   * The limits of this verification; those of the verifier by default. With `platforms: 'all'` each manifest has its own,
   * so that of an index only its own signatures and the list count.
   */
  limits?: VerificationLimits | undefined;
  /**
   * Which manifests of an image index (OCI or Docker) must be trusted in addition to the index itself. An artifact that
   * is not an index is verified as itself. By default only the artifact that the reference names is verified.
   *
   * `'all'`: each manifest that the index lists must have a trusted signature of its own, including those of nested indexes
   * (3 deep and 100 manifests at most) and attestations (platform `unknown/unknown`). They are fetched only if the index
   * itself is trusted, four at a time.
   *
   * A platform, such as `linux/arm64` or `linux/arm/v7`: the manifest for it, found in the trusted index and its nested
   * indexes. The signature of the index covers it; it needs none of its own. It is the first entry of `platforms` in the
   * report, with `coveredBy`. Among several, containerd's rules decide: the same variant first, then older ones (`v7`, then
   * `v6`), then 32-bit architectures that the platform also runs; the first of those that are equal. Entries without a
   * platform and attestations never match. If nothing does, the reason is `ERR_PLATFORM_NOT_FOUND`; so it is for a single
   * image whose configuration states another platform. Any other single image is the entry itself, without `coveredBy`.
   */
  platforms?: 'all' | (string & {}) | undefined;
  /**
   * The digest or the tag of an image index in the same repository, if the artifact is one of its manifests: the
   * signatures of the index are verified instead of the artifact's own, and cover what the index lists, including nested
   * indexes and their manifests (3 deep and 100 manifests at most). The report has `coveredBy`. An artifact that the index
   * does not list is rejected with `ERR_NOT_IN_INDEX`. Excludes `platforms`.
   */
  index?: string | undefined;
  /**
   * For how many milliseconds beyond its age a verdict of the verdict cache counts if no new one can be had for now; never
   * beyond its `validUntil`. 0 by default.
   */
  staleIfError?: number | undefined;
  /** Passed to the verification plugin that a signature names; the plugin defines the keys. */
  pluginConfig?: Readonly<Record<string, string>> | undefined;
  /** Stops the verification with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

/** The options of one verification of an envelope in memory. */
export interface VerifyEnvelopeOptions
  extends Pick<VerifyOptions, 'userMetadata' | 'pluginConfig' | 'limits' | 'signal'> {
  /** The media type of the envelope: `application/jose+json` or `application/cose`. */
  mediaType: string;
  /** The descriptor of the artifact that the signature must be about. */
  artifact: Descriptor;
  /** The reference of the artifact: its repository selects the statement of the trust policy. */
  reference: string | Reference;
}

/** The options of one verification of a blob. */
export interface VerifyBlobOptions
  extends Pick<VerifyOptions, 'userMetadata' | 'pluginConfig' | 'limits' | 'signal'> {
  /** The name of the trust policy statement that applies; by default the one with `globalPolicy`. */
  policyName?: string | undefined;
  /** The media type that the blob must have been signed as; any by default. */
  mediaType?: string | undefined;
  /** The format of the signature, as its file name says; by default its first byte decides. */
  signatureFormat?: SignatureFormat | undefined;
}

// Callers may write JavaScript. A value of the wrong type must not pass as if it had been left out.

/**
 * Checks the options of a verifier, and reads its trust policy.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an option of the wrong type; for a document those of its parser
 */
export function readVerifierOptions<Statement extends StatementBase>(
  options: Partial<GivenPolicy<Statement> & Omit<VerifierOptions, 'trustPolicy'>> = {},
  kind: PolicyKind<Statement>,
): PolicyOf<Statement> {
  const { trustStore, revocation, timestamp, plugins, verdictCache } = options;
  if ('defaultTag' in options) checkDefaultTag(options.defaultTag);
  const policy = readGivenPolicy(options, kind);
  if (typeof trustStore?.certificates !== 'function') {
    throw argumentInvalid('trustStore must be the result of createTrustStore, or another TrustStore');
  }
  if (revocation !== undefined && typeof revocation?.check !== 'function') {
    throw argumentInvalid(
      'revocation must be the result of createRevocationChecker, or another RevocationChecker',
    );
  }
  if (timestamp !== undefined && typeof timestamp !== 'function') {
    throw argumentInvalid('timestamp must be verifyTimestamp, or another function that verifies timestamps');
  }
  if (plugins !== undefined && typeof plugins?.get !== 'function') {
    throw argumentInvalid(
      'plugins must be the result of createPluginManager, or a Map of plugins by their names',
    );
  }
  if (verdictCache !== undefined && typeof verdictCache?.report !== 'function') {
    throw argumentInvalid('verdictCache must be the result of createVerdictCache');
  }
  readLimits<VerificationLimits>(VERIFICATION_LIMITS, options.limits);
  return policy;
}

/**
 * Reads the descriptor of the artifact that an envelope must be about.
 * @throws NotationError `ERR_ARGUMENT_INVALID` also for a media type of the wrong type
 */
export function readEnvelopeOptions({
  mediaType,
  artifact,
}: Partial<VerifyEnvelopeOptions> = {}): Descriptor {
  if (typeof mediaType !== 'string') {
    throw argumentInvalid('mediaType must be the media type of the envelope');
  }
  if (typeof artifact?.digest === 'string') return identityOf(artifact);
  throw argumentInvalid('artifact must be the descriptor of the artifact: mediaType, digest and size');
}

/**
 * Checks the options of one verification of a blob.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an option of the wrong type
 */
export function checkBlobOptions({ policyName, mediaType }: VerifyBlobOptions): void {
  if (mediaType !== undefined) checkMediaType(mediaType);
  if (policyName !== undefined && typeof policyName !== 'string') {
    throw argumentInvalid('policyName must be a string');
  }
}
