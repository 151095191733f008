import { type DefaultAbilityOptions, withDefaultAbilities } from './default-abilities.ts';
import type { VerifierOptions, VerifyEnvelopeOptions } from './verifier/options.ts';
import type { VerificationReport } from './verifier/report.ts';
import { composeVerifier, type Verifier } from './verifier/verifier.ts';

/**
 * Verifies one signature envelope in memory, like `verify`; no registry is involved. If the policy checks revocation, the
 * URLs that certificates name are fetched, unless `revocation` works without them. A gate must also require
 * `classify(report).class === 'verified'`: this does not throw if the policy skips the verification, or only logs failures.
 *
 * @param bytes - The envelope, at most 32 MiB.
 * @param options - Trust policy and trust store; the media type of the envelope, the descriptor of the artifact it must
 * be about, and the reference whose repository selects the policy statement.
 * @returns The report, with this one signature.
 * @throws VerificationError `ERR_VERIFICATION_FAILED`, with the report, when it cannot be trusted.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_REFERENCE_INVALID`, `ERR_USER_METADATA_INVALID`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification
 *
 * @example
 * ```ts
 * import { createTrustStore, parseTrustPolicy, VerificationError, verifyEnvelope } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * try {
 *   await verifyEnvelope(new TextEncoder().encode('{}'), {
 *     mediaType: 'application/jose+json',
 *     artifact: {
 *       mediaType: 'application/vnd.oci.image.manifest.v1+json',
 *       digest: `sha256:${'0'.repeat(64)}`,
 *       size: 2,
 *     },
 *     reference: 'registry.example.com/app',
 *     trustStore: createTrustStore({ 'ca:acme': root }),
 *     trustPolicy: parseTrustPolicy({
 *       version: '1.0',
 *       trustPolicies: [
 *         {
 *           name: 'production',
 *           registryScopes: ['*'],
 *           signatureVerification: { level: 'strict' },
 *           trustStores: ['ca:acme'],
 *           trustedIdentities: ['*'],
 *         },
 *       ],
 *     }),
 *   });
 * } catch (error) {
 *   if (!(error instanceof VerificationError)) throw error;
 *   console.log(error.report.reason?.code); // ERR_ENVELOPE_INVALID
 * }
 * ```
 */
export async function verifyEnvelope(
  bytes: Uint8Array,
  options: Omit<VerifierOptions, 'registry'> & VerifyEnvelopeOptions & DefaultAbilityOptions,
): Promise<VerificationReport> {
  return createVerifier(options).verifyEnvelope(bytes, options);
}

/**
 * Evaluates an envelope like {@link verifyEnvelope}, but returns the outcome `rejected` instead of throwing.
 *
 * @param bytes - As for {@link verifyEnvelope}.
 * @param options - As for {@link verifyEnvelope}.
 * @returns The report, with this one signature.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_REFERENCE_INVALID`, `ERR_USER_METADATA_INVALID`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification
 *
 * @example
 * ```ts
 * import { createTrustStore, evaluateEnvelope, parseTrustPolicy } from 'notarykit';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * const report = await evaluateEnvelope(new Uint8Array([0xd2, 0x84]), {
 *   mediaType: 'application/cose',
 *   artifact: { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 2 },
 *   reference: 'registry.example.com/app',
 *   trustStore: createTrustStore({ 'ca:acme': root }),
 *   trustPolicy: parseTrustPolicy({
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'production',
 *         registryScopes: ['*'],
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['*'],
 *       },
 *     ],
 *   }),
 * });
 * console.log(report.outcome); // rejected
 * ```
 */
export async function evaluateEnvelope(
  bytes: Uint8Array,
  options: Omit<VerifierOptions, 'registry'> & VerifyEnvelopeOptions & DefaultAbilityOptions,
): Promise<VerificationReport> {
  return createVerifier(options).evaluateEnvelope(bytes, options);
}

/** Without a registry, so that a bundle that only verifies envelopes does not contain its client. */
function createVerifier(options: Omit<VerifierOptions, 'registry'> & DefaultAbilityOptions): Verifier {
  return composeVerifier(withDefaultAbilities(options));
}
