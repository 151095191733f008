import type { Reference } from '../oci/reference.ts';
import { ociKind } from '../policy/parse.ts';
import { completeReference } from '../storage/read-reference.ts';
import { KnownChains } from '../x509/known-chains.ts';
import { type VerifierSetup, withinLimits } from './context.ts';
import type { EvaluationResults, ReferenceList } from './evaluate-all.ts';
import type { EvaluateAllOptions } from './evaluate-all-options.ts';
import type { ArtifactSource } from './evaluate-artifact.ts';
import { evaluateEnvelope } from './evaluate-envelope.ts';
import type { EvaluationResult } from './evaluation-result.ts';
import {
  readVerifierOptions,
  type VerifierOptions,
  type VerifyEnvelopeOptions,
  type VerifyOptions,
} from './options.ts';
import type { VerificationReport } from './report.ts';
import { VerificationError } from './verification-error.ts';

/** Decides whether artifacts can be trusted. Reusable: policy, store and connections are set up once. */
export interface Verifier {
  /**
   * Resolves when one signature of the artifact satisfies the trust policy, or the policy says to skip. A gate must also
   * require `classify(report).class === 'verified'`.
   * @throws VerificationError `ERR_VERIFICATION_FAILED` with the report; other NotationErrors if no verdict could be
   * reached.
   */
  verify(reference: string | Reference, options?: VerifyOptions): Promise<VerificationReport>;
  /** Like `verify`, but returns the outcome `rejected` instead of throwing. */
  evaluate(reference: string | Reference, options?: VerifyOptions): Promise<VerificationReport>;
  /**
   * Evaluates many references, a few at a time, with the connections, tokens and revocation responses of this verifier.
   * Iterate over the results to get each as soon as there is one, or call `all()` for all of them in the order of the
   * references. What goes wrong with one reference is its result, which `classify(result.report ?? result.error)`
   * classifies.
   * @throws NotationError From the iteration or `all()`, before any request if an argument or a trust store must be
   * corrected: `ERR_ARGUMENT_INVALID`, `ERR_USER_METADATA_INVALID`, `ERR_TRUST_STORE_NOT_FOUND`,
   * `ERR_TRUST_STORE_INVALID`; later `ERR_ABORTED`, and whatever `onResult` or the references throw.
   */
  evaluateAll(references: ReferenceList, options?: EvaluateAllOptions): EvaluationResults;
  /** Like `verify`, for one envelope in memory; no registry is involved. */
  verifyEnvelope(bytes: Uint8Array, options: VerifyEnvelopeOptions): Promise<VerificationReport>;
  /** Like `evaluate`, for one envelope in memory; no registry is involved. */
  evaluateEnvelope(bytes: Uint8Array, options: VerifyEnvelopeOptions): Promise<VerificationReport>;
}

/**
 * Composes a verifier by hand, for a bundle that contains only what it uses: it has only the abilities that are given.
 * `createVerifier` of `notarykit` has them all.
 *
 * @param options - Policy and trust store; optionally registry, revocation checker, timestamp verifier and plugins.
 * @returns The verifier, which can be used any number of times and concurrently.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an option of the wrong type; for a trust policy document those of
 * `parseTrustPolicy`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signing-and-verification-workflow.md
 *
 * @example
 * ```ts
 * import { createMemoryRegistry } from 'notarykit/oci';
 * import { parseTrustPolicy } from 'notarykit/policy';
 * import { generateTestCertificate } from 'notarykit/testing';
 * import { composeVerifier } from 'notarykit/verifier';
 * import { createTrustStore } from 'notarykit/x509';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example' });
 * const verifier = composeVerifier({
 *   registry: createMemoryRegistry(),
 *   trustStore: createTrustStore({ 'ca:acme': root }),
 *   trustPolicy: parseTrustPolicy({
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'everything',
 *         registryScopes: ['*'],
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary, CN=acme.example'],
 *       },
 *     ],
 *   }),
 * });
 * console.log(typeof verifier.verify);
 * ```
 */
export function composeVerifier(options: VerifierOptions): Verifier {
  const trustPolicy = readVerifierOptions(options, ociKind);
  const { defaultTag, verdictCache } = options;
  const setup: VerifierSetup = { ...options, knownChains: KnownChains.of(options.trustStore) };
  const sourceOf = ({ registry = options.registry }: VerifyOptions): ArtifactSource => ({
    trustPolicy,
    registry,
    setup,
  });

  async function evaluate(
    given: string | Reference,
    options: VerifyOptions = {},
  ): Promise<VerificationReport> {
    const reference = completeReference(given, defaultTag);
    if (!verdictCache) return evaluateNow(reference, options);
    const { evaluateCached } = await import('./evaluate-cached.ts');
    const source = { ...sourceOf(options), evaluate: evaluateNow };
    return evaluateCached(reference, options, source, verdictCache);
  }

  async function evaluateNow(
    reference: string | Reference,
    options: VerifyOptions,
  ): Promise<VerificationReport> {
    // Loaded lazily: a bundle that verifies envelopes in memory does not need it.
    const { evaluateReference } = await import('./evaluate-reference.ts');
    return evaluateReference(reference, options, sourceOf(options));
  }

  const evaluateBytes: Verifier['evaluateEnvelope'] = async (bytes, options) =>
    withinLimits('an envelope', options, setup, (budgeted) =>
      evaluateEnvelope(bytes, budgeted, { trustPolicy, setup }),
    );

  const evaluateAll: Verifier['evaluateAll'] = (references, options = {}) => {
    const source = { ...sourceOf(options), evaluate };
    const results = async function* () {
      const { evaluateEach } = await import('./evaluate-all.ts');
      yield* evaluateEach(references, options, source);
    };
    return {
      [Symbol.asyncIterator]: results,
      all: async () => {
        const ordered: EvaluationResult[] = [];
        for await (const result of results()) ordered[result.index] = result;
        return ordered;
      },
    };
  };

  return {
    evaluate,
    evaluateAll,
    evaluateEnvelope: evaluateBytes,
    verify: async (reference, options) => requireTrust(await evaluate(reference, options)),
    verifyEnvelope: async (bytes, options) => requireTrust(await evaluateBytes(bytes, options)),
  };
}

function requireTrust(report: VerificationReport): VerificationReport {
  if (report.outcome === 'rejected') throw new VerificationError(report);
  return report;
}
