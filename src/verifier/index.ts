/**
 * Verifying: the workflow that decides whether an artifact can be trusted, and the report that explains it.
 *
 * @packageDocumentation
 */
export { type BlobVerifier, composeBlobVerifier } from './blob-verifier.ts';
export { formatReport } from './format-report.ts';
export type {
  BlobVerifierOptions,
  VerifierOptions,
  VerifyBlobOptions,
  VerifyEnvelopeOptions,
  VerifyOptions,
} from './options.ts';
export {
  BlobVerificationError,
  type BlobVerificationReport,
  type CertificateSummary,
  type Check,
  type CheckName,
  type PlatformReport,
  type PolicySummary,
  type SignatureDetails,
  type SignatureReport,
  type TimestampSummary,
  VerificationError,
  type VerificationReport,
} from './report.ts';
export { composeVerifier, type Verifier } from './verifier.ts';
