/**
 * Sign OCI artifacts, and verify their Notary Project signatures.
 *
 * Here every ability has a default; the other entry points have the parts, for a bundle that contains only what it uses.
 *
 * @packageDocumentation
 */
export type { KeySpec } from './crypto/algorithms.ts';
export { probeAlgorithms } from './crypto/probe.ts';
export type { CryptoKey, HashName } from './crypto/types.ts';
export type { DefaultAbilityOptions } from './default-abilities.ts';
export type { Descriptor } from './encoding/descriptor.ts';
export type { DigestAlgorithm } from './encoding/digest.ts';
export type { SourceLocation } from './encoding/source-location.ts';
export type { SignatureFormat } from './envelope/model.ts';
export type { EnvelopeSigner, Signer, SignerCallOptions } from './envelope/signer.ts';
export { type ErrorCode, isNotationError, NotationError, type Reason } from './errors/index.ts';
export type { PrivateJwk, PrivateKeyInput } from './keys/private-key.ts';
export type { Budget, OperationLimits, Resource } from './net/budget.ts';
export type { OpenBlob } from './oci/blob-source.ts';
export { createMemoryRegistry } from './oci/memory.ts';
export { type ParseReferenceOptions, parseReference, type Reference } from './oci/reference.ts';
export {
  type Capability,
  type CheckRegistryOptions,
  checkRegistry,
  type ProbeRemains,
  type RegistryCheck,
} from './oci/registry/check-registry.ts';
export type { ReferrersTag } from './oci/registry/push-manifest.ts';
export {
  createRegistry,
  type RegistryOptions,
  type RemoteRegistry,
  type RemoteRepository,
} from './oci/registry/registry.ts';
export type {
  DeleteManifestOptions,
  FetchBlobOptions,
  IncrementalHash,
  ListableRegistry,
  PushBlobOptions,
  Registry,
  Repository,
  StreamBlobOptions,
} from './oci/repository.ts';
export type { PolicyDocument } from './policy/given-policy.ts';
export { parseTrustPolicy, type TrustPolicyOptions } from './policy/parse.ts';
export { parseBlobTrustPolicy } from './policy/parse-blob.ts';
export type { BlobTrustPolicy, TrustPolicy } from './policy/types.ts';
export { formatReport } from './report/format-report.ts';
export type { SigningLimits } from './signer/limits.ts';
export { createSigner, type SignerOptions } from './signer/local-signer.ts';
export { type SignOptions, type SignResult, sign } from './signer/sign.ts';
export { type BlobSignature, type SignBlobOptions, signBlob } from './signer/sign-blob.ts';
export type { SignedManifest } from './signer/sign-manifest.ts';
export type { SignedPlatform } from './signer/sign-platforms.ts';
export type { SigningOptions } from './signer/signing.ts';
export type { BlobData } from './storage/blob.ts';
export {
  type CopiedSignature,
  type CopyOptions,
  type CopyResult,
  copySignatures,
  type UncopiedSignature,
} from './storage/copy.ts';
export { type DeleteOptions, deleteSignature } from './storage/delete.ts';
export {
  type BlobInspection,
  type InspectBlobOptions,
  type InspectedCertificate,
  type InspectedSignature,
  type InspectedTimestamp,
  type InspectOptions,
  inspect,
  inspectBlob,
  type SignatureInspection,
  type UnreadableSignature,
  type UnreadableTimestamp,
} from './storage/inspect.ts';
export type { CopyLimits, VerificationLimits } from './storage/limits.ts';
export { type ListOptions, listSignatures } from './storage/list.ts';
export type { ManifestForm } from './storage/signature-manifest.ts';
export type { SignatureDescriptor } from './storage/signatures.ts';
export { type Classification, classify } from './verifier/classify.ts';
export type { EvaluationResults, ReferenceList } from './verifier/evaluate-all.ts';
export type {
  EvaluateAllOptions,
  EvaluationProgress,
  ListedReference,
  LocatedReference,
} from './verifier/evaluate-all-options.ts';
export type {
  Evaluated,
  EvaluatedReference,
  Evaluation,
  EvaluationResult,
  NotEvaluated,
} from './verifier/evaluation-result.ts';
export type {
  BlobVerifierOptions,
  VerifierOptions,
  VerifyBlobOptions,
  VerifyEnvelopeOptions,
  VerifyOptions,
} from './verifier/options.ts';
export type {
  BlobVerificationReport,
  CacheUse,
  Check,
  PlatformReport,
  PolicySummary,
  RejectedOutcome,
  SignatureReport,
  SkippedOutcome,
  VerificationReport,
  VerifiedOutcome,
} from './verifier/report.ts';
export {
  createVerdictCache,
  type VerdictCache,
  type VerdictCacheOptions,
  type VerdictQuestion,
} from './verifier/verdict-cache.ts';
export { BlobVerificationError, VerificationError } from './verifier/verification-error.ts';
export type { Verifier } from './verifier/verifier.ts';
export { createVerifier, evaluate, evaluateAll, verify } from './verify.ts';
export { evaluateBlob, verifyBlob } from './verify-blob.ts';
export { evaluateEnvelope, verifyEnvelope } from './verify-envelope.ts';
export type { CertificateInput } from './x509/certificate.ts';
export type {
  CertificateStatus,
  RevocationChecker,
  RevocationCheckOptions,
  RevocationLookup,
} from './x509/revocation/certificate-status.ts';
export { createRevocationChecker, type RevocationCheckerOptions } from './x509/revocation/checker.ts';
export {
  type FetchRevocationResponsesOptions,
  fetchRevocationResponses,
  type RevocationSubject,
} from './x509/revocation/fetch-responses.ts';
export {
  createOfflineRevocationChecker,
  type OfflineRevocationCheckerOptions,
} from './x509/revocation/offline-checker.ts';
export type { TimestamperOptions } from './x509/timestamp/timestamper.ts';
export type {
  Timestamper,
  TimestampForm,
  TimestampOptions,
  TimestampVerifier,
  VerifiedTimestamp,
} from './x509/timestamp/types.ts';
export { createTrustStore, type TrustStore } from './x509/trust-store.ts';
