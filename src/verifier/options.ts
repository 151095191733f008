import type { Descriptor } from '../encoding/descriptor.ts';
import type { SignatureFormat } from '../envelope/model.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { checkDefaultTag, type Reference } from '../oci/reference.ts';
import type { Registry } from '../oci/repository.ts';
import type { PluginSource } from '../plugin/plugin.ts';
import { requireParsed } from '../policy/levels.ts';
import type { BlobTrustPolicy, StatementBase, TrustPolicy } from '../policy/types.ts';
import { identityOf } from '../storage/artifact.ts';
import { type BlobData, checkBlobData, checkMediaType } from '../storage/blob.ts';
import type { VerificationLimits } from '../storage/limits.ts';
import type { RevocationChecker } from '../x509/revocation/certificate-status.ts';
import type { TimestampVerifier } from '../x509/timestamp/types.ts';
import type { TrustStore } from '../x509/trust-store.ts';

/** The options of a verifier of OCI artifacts. */
export interface VerifierOptions {
  /** The trust policy, as `parseTrustPolicy` returns it. */
  trustPolicy: TrustPolicy;
  /** The certificates that are trusted, as `createTrustStore` returns them, or a store of your own. */
  trustStore: TrustStore;
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
  /** The limits of each verification; the options of one verification may have others. */
  limits?: VerificationLimits | undefined;
}

/** The options of a verifier of blobs. */
export interface BlobVerifierOptions
  extends Omit<VerifierOptions, 'trustPolicy' | 'registry' | 'defaultTag'> {
  /** The trust policy, as `parseBlobTrustPolicy` returns it. */
  trustPolicy: BlobTrustPolicy;
}

/** The options of one verification of an artifact. */
export interface VerifyOptions {
  /** Key and value pairs that must be signed with the artifact. */
  userMetadata?: Readonly<Record<string, string>> | undefined;
  /**
   * The limits of this verification; those of the verifier by default. With `platforms: 'all'` each manifest has its own,
   * so that of an index only its own signatures and the list count.
   */
  limits?: VerificationLimits | undefined;
  /**
   * What of an image index (OCI or Docker) must be trusted in addition to the index itself. An artifact that is not an
   * index is verified as itself. By default only the artifact that the reference names is verified.
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
   * image whose configuration states another platform.
   */
  platforms?: 'all' | (string & {}) | undefined;
  /**
   * The digest or the tag of an image index in the same repository, if the artifact is one of its manifests: the
   * signatures of the index are verified instead of the artifact's own, and cover what the index lists, including nested
   * indexes and their manifests (3 deep and 100 manifests at most). The report has `coveredBy`. An artifact that the index
   * does not list is rejected with `ERR_NOT_IN_INDEX`. Excludes `platforms`.
   */
  index?: string | undefined;
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
 * Checks the options of a verifier.
 * @param parser - The function that the trust policy must come from.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an option of the wrong type
 */
export function checkVerifierOptions(
  options: Partial<VerifierOptions | BlobVerifierOptions> = {},
  parser: 'parseTrustPolicy' | 'parseBlobTrustPolicy' = 'parseTrustPolicy',
): void {
  const { trustPolicy, trustStore, revocation, timestamp, plugins } = options;
  if ('defaultTag' in options) checkDefaultTag(options.defaultTag);
  const statements: readonly StatementBase[] | undefined = trustPolicy?.statements;
  const member = parser === 'parseTrustPolicy' ? 'registryScopes' : 'globalPolicy';
  if (!Array.isArray(statements) || !statements.every((statement) => member in Object(statement))) {
    throw argumentInvalid(`trustPolicy must be the result of ${parser}`);
  }
  for (const statement of statements) requireParsed(statement, parser);
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
}

/**
 * Reads the descriptor of the artifact that an envelope must be about.
 * @throws NotationError `ERR_ARGUMENT_INVALID` also for an envelope or media type of the wrong type
 */
export function readEnvelopeArguments(
  bytes: Uint8Array,
  { mediaType, artifact }: Partial<VerifyEnvelopeOptions> = {},
): Descriptor {
  if (!(bytes instanceof Uint8Array)) throw argumentInvalid('the envelope must be a Uint8Array');
  if (typeof mediaType !== 'string') {
    throw argumentInvalid('mediaType must be the media type of the envelope');
  }
  if (typeof artifact?.digest === 'string') return identityOf(artifact);
  throw argumentInvalid('artifact must be the descriptor of the artifact: mediaType, digest and size');
}

/**
 * Checks the arguments of one verification of a blob.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for data, a signature or an option of the wrong type
 */
export function checkBlobArguments(
  data: BlobData,
  signature: Uint8Array,
  { policyName, mediaType }: VerifyBlobOptions,
): void {
  checkBlobData(data);
  if (mediaType !== undefined) checkMediaType(mediaType);
  if (policyName !== undefined && typeof policyName !== 'string') {
    throw argumentInvalid('policyName must be a string');
  }
  if (!(signature instanceof Uint8Array)) throw argumentInvalid('the signature must be a Uint8Array');
}
