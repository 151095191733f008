import { type DefaultAbilityOptions, withDefaultAbilities } from './default-abilities.ts';
import type { BlobData } from './storage/blob.ts';
import { composeBlobVerifier } from './verifier/blob-verifier.ts';
import type { BlobVerifierOptions, VerifyBlobOptions } from './verifier/options.ts';
import type { BlobVerificationReport } from './verifier/report.ts';

/**
 * Verifies a blob: resolves if its signature satisfies the named statement of the trust policy, or the global one, or the
 * policy says to skip.
 *
 * @param data - The content. A stream may be of any length; it is read once, after the integrity of the signature
 * was verified, and cancelled as soon as no more of it is needed.
 * @param signature - The signature envelope: the content of a file such as `release.tar.jws.sig`.
 * @param options - Trust policy and trust store, and what to require of the blob.
 * @returns The report.
 * @throws BlobVerificationError `ERR_VERIFICATION_FAILED`, with the report, when it cannot be trusted.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`, `ERR_ABORTED`; the errors of a stream are
 * passed on.
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification
 *
 * @example
 * ```ts
 * import { createSigner, createTrustStore, parseBlobTrustPolicy, signBlob, verifyBlob } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * const { signature } = await signBlob(new Blob(['1.0']), { signer: await createSigner(certificate) });
 *
 * const report = await verifyBlob(new Blob(['1.0']).stream(), signature, {
 *   policyName: 'releases',
 *   trustStore: createTrustStore({ 'ca:acme': certificate.root }),
 *   trustPolicy: parseBlobTrustPolicy({
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'releases',
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary, CN=acme.example'],
 *       },
 *     ],
 *   }),
 * });
 * console.log(report.outcome, report.artifact?.size); // verified 3
 * ```
 */
export async function verifyBlob(
  data: BlobData,
  signature: Uint8Array,
  options: BlobVerifierOptions & VerifyBlobOptions & DefaultAbilityOptions,
): Promise<BlobVerificationReport> {
  return composeBlobVerifier(withDefaultAbilities(options)).verify(data, signature, options);
}

/**
 * Evaluates a blob like {@link verifyBlob}, but returns the outcome `rejected` instead of throwing.
 *
 * @param data - As for {@link verifyBlob}.
 * @param signature - As for {@link verifyBlob}.
 * @param options - As for {@link verifyBlob}.
 * @returns The report, with the outcome `verified`, `rejected` or `skipped`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`, `ERR_ABORTED`; the errors of a stream are
 * passed on.
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification
 *
 * @example
 * ```ts
 * import { createTrustStore, evaluateBlob, formatReport, parseBlobTrustPolicy } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * const report = await evaluateBlob(new Blob(['1.0']), new TextEncoder().encode('{}'), {
 *   trustStore: createTrustStore({ 'ca:acme': root }),
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
 * console.log(formatReport(report)); // the blob is NOT trusted …
 * ```
 */
export async function evaluateBlob(
  data: BlobData,
  signature: Uint8Array,
  options: BlobVerifierOptions & VerifyBlobOptions & DefaultAbilityOptions,
): Promise<BlobVerificationReport> {
  return composeBlobVerifier(withDefaultAbilities(options)).evaluate(data, signature, options);
}
