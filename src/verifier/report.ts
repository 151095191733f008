import type { Descriptor } from '../encoding/descriptor.ts';
import type { SigningScheme } from '../envelope/attributes.ts';
import type { Reason } from '../errors/index.ts';
import type {
  StatementBase,
  ValidationAction,
  ValidationActions,
  VerificationLevel,
} from '../policy/types.ts';
import type { CertificateStatus } from '../x509/revocation/certificate-status.ts';
import type { TimestampForm } from '../x509/timestamp/types.ts';

/**
 * The names of the checks: each step makes one. `STEPS` in evaluate-signature.ts defines the order in which the steps run.
 * `authenticity` covers the trust store alone; the policy's action for authenticity applies to `identity` too. The check
 * `plugin` exists only if the signature names a verification plugin: it must be installed, and must have processed every
 * attribute left to it.
 */
export type CheckName =
  | 'integrity'
  | 'artifact'
  | 'userMetadata'
  | 'authenticity'
  | 'identity'
  | 'expiry'
  | 'authenticTimestamp'
  | 'revocation'
  | 'plugin';

/** The result of one step. */
export type Check = CheckFacts &
  (FailedCheck | { result: 'passed' | 'skipped' | 'notRun'; reason?: undefined });

/** The facts of every check. */
export interface CheckFacts {
  name: CheckName;
  /** The action on a failure. The policy decides it for its own validations; every other step is enforced. */
  action: ValidationAction;
  /** `skipped` if the policy says so; `notRun` if an earlier failure made the step pointless or unsafe. */
  result: 'passed' | 'failed' | 'skipped' | 'notRun';
}

/** A step that failed. */
export interface FailedCheck {
  result: 'failed';
  reason: Reason;
}

/** A certificate of an evaluated chain. */
export interface CertificateSummary {
  /** RFC 4514, as the `notation` CLI writes it. */
  subject: string;
  issuer: string;
  /** Lower-case hexadecimal. */
  serialNumber: string;
  /** RFC 3339, UTC. */
  notBefore: string;
  /** RFC 3339, UTC. */
  notAfter: string;
  /** Its revocation status with every lookup; absent if revocation was not checked. */
  revocation?: CertificateStatus;
  /** The certificate, base64 of DER; only in a trusted chain. */
  der?: string;
}

/** A verified timestamp: a `tsa` store trusts its TSA. */
export interface TimestampSummary {
  /** When the TSA claims to have seen the signature: RFC 3339, UTC. */
  time: string;
  /** The earliest possible time, RFC 3339, UTC: `time` minus the accuracy that the TSA claims. */
  earliest: string;
  /** The latest possible time, RFC 3339, UTC: `time` plus the accuracy. */
  latest: string;
  /** The dotted object identifier of the TSA policy. */
  policy: string;
  /** The serial number of the timestamp, lower-case hexadecimal. */
  serialNumber: string;
  /** The chain of the TSA, leaf first. */
  certificates: CertificateSummary[];
  /** The forms that it has, and that the `notation` CLI rejects; absent unless `accept` of verifyTimestamp allowed them. */
  accepted?: TimestampForm[];
}

/** The content of an envelope whose integrity was verified; very long strings are cut. */
export interface SignatureDetails {
  signatureAlgorithm: string;
  signingScheme: SigningScheme;
  /** RFC 3339, UTC; the authentic signing time under `notary.x509.signingAuthority`. */
  signingTime: string;
  /** RFC 3339, UTC. */
  expiry?: string;
  /** The subject of the signing certificate. */
  signer: string;
  /** The trusted identity of the policy that the signer matches; `*` for any. Absent if a plugin decided. */
  trustedIdentity?: string;
  /** Leaf first. */
  certificates: CertificateSummary[];
  /** The verified timestamp, if the policy requires one. */
  timestamp?: TimestampSummary;
  /** The signed annotations; of a rejected signature the first 100. */
  userMetadata: Record<string, string>;
  /** The program that made the signature. It is not signed: anyone may have written it. */
  signingAgent?: string;
}

/** The signature, artifact or blob satisfies the trust policy. */
export interface VerifiedOutcome {
  outcome: 'verified';
  /**
   * The failures that the policy only logs, and for a reference with tag and digest that the tag does not name the digest
   * (`ERR_TAG_MISMATCH`) or could not be resolved. Each has a code, a message and a next step.
   */
  warnings: Reason[];
  /**
   * The time until which the verdict is valid if nothing else changes, RFC 3339, UTC: the first of the following times
   * after the verification. The expiry of the signature; the end of validity of each certificate of its chain and of
   * its timestamp's chain; the `nextUpdate` of each revocation response that the verdict relied on. Absent if none of
   * them lies ahead, and if nothing was verified.
   */
  validUntil?: string;
  reason?: undefined;
}

/** The signature, artifact or blob does not satisfy the trust policy. */
export interface RejectedOutcome {
  outcome: 'rejected';
  /** Why: the first failure that the policy enforces, or that nothing could be verified. */
  reason: Reason;
  warnings?: undefined;
  validUntil?: undefined;
}

/** The trust policy says to verify nothing. */
export interface SkippedOutcome {
  outcome: 'skipped';
  reason?: undefined;
  warnings?: undefined;
  validUntil?: undefined;
}

/** One signature that was tried. */
export type SignatureReport = SignatureFacts & (VerifiedOutcome | RejectedOutcome);

/** Returns the outcome of a signature, for the report on its artifact or blob. */
export function verdictOf(signature: SignatureReport): VerifiedOutcome | RejectedOutcome {
  if (signature.outcome === 'rejected') return { outcome: 'rejected', reason: signature.reason };
  const { warnings, validUntil } = signature;
  return { outcome: 'verified', warnings, ...(validUntil && { validUntil }) };
}

/** The facts of a report on a signature. */
export interface SignatureFacts {
  /** The digest of the signature manifest; absent for an envelope that was given as bytes. */
  digest?: string;
  /** The media type of the envelope, if it could be fetched. */
  mediaType?: string;
  /** Every step, in the order in which they run; empty if the envelope could not be fetched. */
  checks: Check[];
  /** The content of the envelope; only if integrity passed. */
  details?: SignatureDetails;
}

/** The statement of the trust policy that applied. */
export interface PolicySummary {
  /** The name of the statement. */
  statement: string;
  /** The level as the statement writes it. */
  level: VerificationLevel;
  /** The actions of the level with the overrides of the statement applied. */
  actions: ValidationActions;
}

/** Summarizes the statement that applied. */
export function policySummary({ name, level, actions }: StatementBase): PolicySummary {
  return { statement: name, level, actions: { ...actions } };
}

/**
 * The verdict on an artifact, as plain data: it survives `structuredClone` and `JSON.stringify`. `outcome` discriminates
 * {@link VerifiedOutcome}, {@link RejectedOutcome} and {@link SkippedOutcome}.
 */
export type VerificationReport = ArtifactFacts & Outcome;

/** Returns a report with the outcome changed to rejected. */
export function rejectedReport(
  { warnings, validUntil, ...facts }: VerificationReport,
  reason: Reason,
): VerificationReport {
  return { ...facts, outcome: 'rejected', reason };
}

/** The report on a trusted artifact. */
export type VerifiedReport = ArtifactFacts & VerifiedOutcome;

/** Returns the report on a manifest that a trusted index lists: the verdict on the index holds for it as well. */
export function coveredReport(
  index: VerifiedReport,
  manifest: Pick<ArtifactFacts, 'reference' | 'artifact'>,
): VerifiedReport {
  return { ...index, ...manifest, coveredBy: index.artifact };
}

/** The outcome of a verification. */
export type Outcome = VerifiedOutcome | RejectedOutcome | SkippedOutcome;

/** How a verdict cache was used. */
export interface CacheUse {
  /** Whether the report is that of an earlier evaluation; `stale` if it is too old, but no new one could be had. */
  result: 'hit' | 'miss' | 'stale';
  /** When that was, RFC 3339, UTC; absent of a miss. */
  evaluatedAt?: string;
  /** What was wrong with the storage or its entry; empty if nothing was. */
  notes: string[];
}

/** The facts of a report on an artifact. */
export interface ArtifactFacts {
  /** The reference as it was given, as a string; with the default tag if that was used. */
  reference: string;
  /** The descriptor that the reference resolved to: pull this digest, not the tag. */
  artifact: Descriptor;
  /**
   * The image index that lists the artifact, if the verdict relies on the signatures of the index instead of the artifact's
   * own: then `signatures`, `warnings` and `validUntil` are those of the index. Only in a verified report.
   */
  coveredBy?: Descriptor;
  /** The statement of the trust policy that applied, if one did. */
  policy?: PolicySummary;
  /** Every signature that was tried, in order; a trusted one is the last. */
  signatures: SignatureReport[];
  /**
   * If `platforms` was given and the artifact is trusted itself. With a platform: its one manifest for that platform, which
   * is the artifact itself if it is not an index: pull the `digest` of it. With `'all'`: each manifest that the index lists,
   * in its order; absent for an artifact that is not an index.
   */
  platforms?: PlatformReport[];
  /** How the verdict cache was used; absent without one, and if the policy alone decided. */
  cache?: CacheUse;
}

/** The verdict on a blob, as plain data, with the outcomes of {@link VerificationReport}. */
export type BlobVerificationReport = BlobFacts & Outcome;

/** The facts of a report on a blob. */
export interface BlobFacts extends Pick<ArtifactFacts, 'policy'> {
  /** The descriptor of the blob; absent if it was not read. It has the signed media type unless another was required. */
  artifact?: Descriptor;
  /** The one signature; empty if the policy says to skip or no statement applies. */
  signatures: SignatureReport[];
}

/** The verdict on a manifest that an image index lists, or on a single image that was verified for a platform. */
export interface PlatformReport {
  /** The digest of the manifest. */
  digest: string;
  /** The platform, such as `linux/arm64/v8`; absent if the index does not name it. */
  platform?: string;
  /** The verdict by the manifest's own signatures or, if it has `coveredBy`, by those of the index. */
  report: VerificationReport;
}
