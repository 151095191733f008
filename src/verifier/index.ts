/**
 * Verifying: the workflow that decides whether an artifact can be trusted, and the report that explains it.
 *
 * @packageDocumentation
 */
export type { SourceLocation } from '../encoding/source-location.ts';
export type { VerificationLimits } from '../storage/limits.ts';
export { type BlobVerifier, composeBlobVerifier } from './blob-verifier.ts';
export { type Classification, classify } from './classify.ts';
export type { EvaluationResults, ReferenceList } from './evaluate-all.ts';
export type {
  EvaluateAllOptions,
  EvaluationProgress,
  ListedReference,
  LocatedReference,
} from './evaluate-all-options.ts';
export type {
  Evaluated,
  EvaluatedReference,
  Evaluation,
  EvaluationResult,
  NotEvaluated,
} from './evaluation-result.ts';
export type { Evaluator, EvaluatorSource } from './evaluator.ts';
export type {
  BlobVerifierOptions,
  VerifierOptions,
  VerifyBlobOptions,
  VerifyEnvelopeOptions,
  VerifyOptions,
} from './options.ts';
export type {
  ArtifactFacts,
  BlobFacts,
  BlobVerificationReport,
  CacheUse,
  CertificateSummary,
  Check,
  CheckFacts,
  CheckName,
  FailedCheck,
  Outcome,
  PlatformReport,
  PolicySummary,
  RejectedOutcome,
  SignatureDetails,
  SignatureFacts,
  SignatureReport,
  SkippedOutcome,
  TimestampSummary,
  VerificationReport,
  VerifiedOutcome,
} from './report.ts';
export {
  createVerdictCache,
  type VerdictCache,
  type VerdictCacheOptions,
  type VerdictQuestion,
} from './verdict-cache.ts';
export { BlobVerificationError, VerificationError } from './verification-error.ts';
export { composeVerifier, type Verifier } from './verifier.ts';
