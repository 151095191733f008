import { readBytes } from '../encoding/bytes.ts';
import { NotationError, reasonOf } from '../errors/index.ts';
import { blobKind } from '../policy/parse-blob.ts';
import { selectBlobStatement } from '../policy/select-blob.ts';
import type { BlobTrustPolicy, BlobTrustPolicyStatement } from '../policy/types.ts';
import { type BlobData, describeBlob, discardBlob, envelopeTypeOf, openBlob } from '../storage/blob.ts';
import { KnownChains } from '../x509/known-chains.ts';
import { type DescribeBlob, readRequest, type VerifierSetup, withinLimits } from './context.ts';
import { evaluateSignature, type SignatureEvaluation } from './evaluate-signature.ts';
import {
  type BlobVerifierOptions,
  checkBlobOptions,
  readVerifierOptions,
  type VerifyBlobOptions,
} from './options.ts';
import { type BlobVerificationReport, type PolicySummary, policySummary, verdictOf } from './report.ts';
import { BlobVerificationError } from './verification-error.ts';

/** Decides whether blobs can be trusted. Reusable: policy and store are set up once. */
export interface BlobVerifier {
  /**
   * Resolves when the signature of a blob satisfies the trust policy, or the policy says to skip. A gate must also
   * require `classify(report).class === 'verified'`.
   * @throws BlobVerificationError `ERR_VERIFICATION_FAILED` with the report; other NotationErrors if no verdict could be
   * reached.
   */
  verify(data: BlobData, signature: Uint8Array, options?: VerifyBlobOptions): Promise<BlobVerificationReport>;
  /** Like `verify`, but returns the outcome `rejected` instead of throwing. */
  evaluate(
    data: BlobData,
    signature: Uint8Array,
    options?: VerifyBlobOptions,
  ): Promise<BlobVerificationReport>;
}

/**
 * Composes a verifier of blobs by hand: it has only the abilities that are given. The blob is read once, after the
 * integrity of its signature was verified, and no further than the signed size; a stream that need not be read is
 * cancelled.
 *
 * @param options - Policy and trust store; optionally revocation checker, timestamp verifier and plugins.
 * @returns The verifier, which can be used any number of times and concurrently.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an option of the wrong type; for a trust policy document those of
 * `parseBlobTrustPolicy`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification
 *
 * @example
 * ```ts
 * import { parseBlobTrustPolicy } from 'notarykit/policy';
 * import { createSigner, signBlob } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 * import { composeBlobVerifier } from 'notarykit/verifier';
 * import { createTrustStore } from 'notarykit/x509';
 *
 * const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * const verifier = composeBlobVerifier({
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
export function composeBlobVerifier(options: BlobVerifierOptions): BlobVerifier {
  const trustPolicy = readVerifierOptions(options, blobKind);
  const setup: VerifierSetup = { ...options, knownChains: KnownChains.of(options.trustStore) };

  async function evaluate(
    data: BlobData,
    signature: Uint8Array,
    options: VerifyBlobOptions = {},
  ): Promise<BlobVerificationReport> {
    checkBlobOptions(options);
    const envelope = readBytes(signature, 'the signature');
    const mediaType = envelopeTypeOf(envelope, options.signatureFormat);
    const statement = applicableStatement(trustPolicy, options.policyName);
    // Before anything is awaited: nobody else can read a stream from here on.
    const blob = openBlob(data);
    let evaluation: SignatureEvaluation | undefined;
    try {
      return await withinLimits('a blob', options, setup, async (budgeted) => {
        const request = readRequest(budgeted, setup);
        if (statement instanceof NotationError) {
          return { outcome: 'rejected', reason: reasonOf(statement), signatures: [] };
        }
        const policy = policySummary(statement);
        if (statement.level === 'skip') return { outcome: 'skipped', policy, signatures: [] };
        const describe: DescribeBlob = (algorithm, { mediaType, size }) =>
          describeBlob(blob, algorithm, options.mediaType ?? mediaType, request.signal, size);
        const context = { ...setup, ...request, statement, target: { describe } };
        evaluation = await evaluateSignature(envelope, mediaType, context);
        return reportOf(evaluation, policy);
      });
    } finally {
      // Without integrity nothing has read the blob.
      if (!evaluation?.signature) discardBlob(blob);
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

/** Makes the report, or throws the error of a stream: that is not a verdict on the blob. */
function reportOf({ report, signature }: SignatureEvaluation, policy: PolicySummary): BlobVerificationReport {
  if (signature?.unreadable) throw signature.unreadable.cause;
  const artifact = signature?.artifact;
  return { ...verdictOf(report), policy, ...(artifact && { artifact }), signatures: [report] };
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
