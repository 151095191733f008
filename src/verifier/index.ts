/**
 * Verifying: the workflow that decides whether an artifact can be trusted, and the report that explains it.
 *
 * @packageDocumentation
 */
export { formatReport } from './format-report.ts';
export {
  type CertificateSummary,
  type Check,
  type CheckName,
  type PlatformReport,
  type SignatureDetails,
  type SignatureReport,
  type TimestampSummary,
  VerificationError,
  type VerificationReport,
} from './report.ts';
export {
  createVerifier,
  type Verifier,
  type VerifierOptions,
  type VerifyEnvelopeOptions,
  type VerifyOptions,
} from './verifier.ts';
