/**
 * Verifying: the workflow that decides whether an artifact can be trusted, and the report that explains it.
 *
 * @packageDocumentation
 */
export {
  type BlobVerifier,
  type BlobVerifierOptions,
  createBlobVerifier,
  type VerifyBlobOptions,
} from './blob-verifier.ts';
export { formatReport } from './format-report.ts';
export {
  BlobVerificationError,
  type BlobVerificationReport,
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
