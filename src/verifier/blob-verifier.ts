import { readClock } from '../encoding/clock.ts';
import type { Descriptor } from '../encoding/descriptor.ts';
import { KnownChains } from '../envelope/known-chains.ts';
import type { SignatureEnvelope, SignatureFormat } from '../envelope/model.ts';
import { readUserMetadata, type TargetArtifact } from '../envelope/payload.ts';
import { isNotationError, NotationError, reasonOf } from '../errors/index.ts';
import { throwIfAborted } from '../net/abort.ts';
import { selectBlobStatement } from '../policy/select-blob.ts';
import type { BlobTrustPolicy, BlobTrustPolicyStatement } from '../policy/types.ts';
import {
  type BlobData,
  checkBlobData,
  checkMediaType,
  describeBlob,
  discardBlob,
  envelopeTypeOf,
} from '../storage/blob.ts';
import { checkVerifierOptions } from './arguments.ts';
import { checkArtifact } from './checks.ts';
import { evaluateSignature } from './evaluate-signature.ts';
import { BlobVerificationError, type BlobVerificationReport } from './report.ts';
import type { VerifierOptions, VerifyOptions } from './verifier.ts';

/** What a {@link BlobVerifier} is made of. */
export interface BlobVerifierOptions extends Omit<VerifierOptions, 'trustPolicy' | 'registry'> {
  /** From `parseBlobTrustPolicy`. */
  trustPolicy: BlobTrustPolicy;
}

/** What one verification of a blob may differ in. */
export interface VerifyBlobOptions extends Pick<VerifyOptions, 'userMetadata' | 'pluginConfig' | 'signal'> {
  /** The statement of the trust policy that applies; that with `globalPolicy` by default. */
  policyName?: string | undefined;
  /** What the blob must have been signed as; by default any media type is good. */
  mediaType?: string | undefined;
  /**
   * The format that the signature must have, as the name of its file says; by default it is told from its first byte.
   */
  signatureFormat?: SignatureFormat | undefined;
}

/** Decides whether blobs can be trusted. Reusable: policy and store are set up once. */
export interface BlobVerifier {
  /**
   * Resolves when the signature of a blob satisfies the trust policy, or the policy says to skip.
   * @throws BlobVerificationError `ERR_VERIFICATION_FAILED` with the report; other NotationErrors where no verdict
   * could be reached.
   */
  verify(data: BlobData, signature: Uint8Array, options?: VerifyBlobOptions): Promise<BlobVerificationReport>;
  /** The same work; distrust is an outcome of the report instead of an error. */
  evaluate(
    data: BlobData,
    signature: Uint8Array,
    options?: VerifyBlobOptions,
  ): Promise<BlobVerificationReport>;
}

/**
 * Makes a verifier of blobs. The blob is read once, when the integrity of its signature was verified, and no further
 * than what was signed is long; where there is no need for that, a stream is cancelled.
 *
 * @param options - Policy and trust store.
 * @returns The verifier, which can be used any number of times and concurrently.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a trust policy or trust store that is none
 * @see Trust store and trust policy specification, "Signature Verification"
 *
 * @example
 * ```ts
 * import { parseBlobTrustPolicy } from 'notarykit/policy';
 * import { createSigner, signBlob } from 'notarykit/signer';
 * import { generateTestCertificate } from 'notarykit/testing';
 * import { createBlobVerifier } from 'notarykit/verifier';
 * import { createTrustStore } from 'notarykit/x509';
 *
 * const certificate = await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' });
 * const verifier = createBlobVerifier({
 *   trustStore: createTrustStore({ 'ca:acme': certificate.root }),
 *   trustPolicy: parseBlobTrustPolicy({
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'releases',
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['*'],
 *         globalPolicy: true,
 *       },
 *     ],
 *   }),
 * });
 * const { signature } = await signBlob(new Blob(['1.0']), { signer: await createSigner(certificate) });
 * console.log((await verifier.evaluate(new Blob(['1.1']), signature)).outcome); // rejected
 * ```
 */
export function createBlobVerifier(options: BlobVerifierOptions): BlobVerifier {
  checkVerifierOptions(options, 'parseBlobTrustPolicy');
  const { trustPolicy, trustStore, revocation, timestamp, plugins, clock } = options;
  const abilities = { trustStore, revocation, timestamp, plugins };
  const knownChains = new KnownChains();

  async function evaluate(
    data: BlobData,
    signature: Uint8Array,
    options: VerifyBlobOptions = {},
  ): Promise<BlobVerificationReport> {
    const { policyName, mediaType, pluginConfig, signal } = options;
    checkArguments(data, signature, options);
    const demands = { userMetadata: readUserMetadata(options.userMetadata), now: readClock(clock) };
    const statement = applicableStatement(trustPolicy, policyName);
    const blob = new BlobToRead(data, mediaType, signal);
    try {
      throwIfAborted(signal);
      if (statement instanceof NotationError) return { outcome: 'rejected', reason: reasonOf(statement) };
      const { name, level, actions } = statement;
      const policy = { statement: name, level, actions: { ...actions } };
      if (level === 'skip') return { outcome: 'skipped', policy };
      const context = { ...abilities, ...demands, knownChains, statement, pluginConfig, signal };
      const judged = await evaluateSignature(signature, envelopeTypeOf(signature, options.signatureFormat), {
        ...context,
        checkArtifact: (signed, envelope) => blob.check(signed, envelope),
      });
      blob.throwIfUnreadable();
      const { artifact } = blob;
      const { outcome, reason } = judged;
      return { outcome, ...(reason && { reason }), policy, ...(artifact && { artifact }), signature: judged };
    } finally {
      blob.discard();
    }
  }

  return {
    evaluate,
    async verify(data, signature, options) {
      const report = await evaluate(data, signature, options);
      if (report.outcome === 'rejected') throw new BlobVerificationError(report);
      return report;
    },
  };
}

/** The content of a blob, which is read when the signature says by which hash. */
class BlobToRead {
  artifact: Descriptor | undefined;
  #failure: { cause: unknown } | undefined;
  #begun = false;
  readonly #data: BlobData;
  readonly #mediaType: string | undefined;
  readonly #signal: AbortSignal | undefined;

  constructor(data: BlobData, mediaType: string | undefined, signal: AbortSignal | undefined) {
    this.#data = data;
    this.#mediaType = mediaType;
    this.#signal = signal;
  }

  /** @throws NotationError `ERR_ARTIFACT_MISMATCH` */
  async check(signed: TargetArtifact, { algorithm }: SignatureEnvelope): Promise<void> {
    this.#begun = true;
    const mediaType = this.#mediaType ?? signed.mediaType;
    try {
      const { digest } = algorithm;
      this.artifact = await describeBlob(this.#data, digest, mediaType, this.#signal, signed.size);
    } catch (cause) {
      if (!isNotationError(cause, 'ERR_ARTIFACT_MISMATCH')) this.#failure = { cause };
      throw cause;
    }
    checkArtifact(signed, this.artifact);
  }

  /** That a stream broke off is no verdict on the blob: what it failed with is passed on. */
  throwIfUnreadable(): void {
    if (this.#failure) throw this.#failure.cause;
  }

  discard(): void {
    if (!this.#begun) discardBlob(this.#data);
  }
}

function applicableStatement(
  policy: BlobTrustPolicy,
  name: string | undefined,
): BlobTrustPolicyStatement | NotationError {
  try {
    return selectBlobStatement(policy, name);
  } catch (error) {
    if (error instanceof NotationError) return error;
    throw error;
  }
}

function checkArguments(
  data: BlobData,
  signature: Uint8Array,
  { policyName, mediaType }: VerifyBlobOptions,
): void {
  checkBlobData(data);
  if (mediaType !== undefined) checkMediaType(mediaType);
  if (policyName !== undefined && typeof policyName !== 'string') throw invalid('policyName must be a text');
  if (!(signature instanceof Uint8Array)) throw invalid('the signature must be a Uint8Array');
}

function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
