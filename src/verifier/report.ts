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

/**
 * The steps of verifying a signature, in their order. `authenticity` is about the trust store alone, and the action of
 * the policy's authenticity holds for `identity` too. There is a check `plugin` only where the signature names a
 * verification plugin: that it is installed, and processed every attribute that it must.
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

/** What a check says beside its result. */
export interface CheckFacts {
  name: CheckName;
  /** What the policy does with a failure. Steps that no policy governs are always enforced. */
  action: ValidationAction;
  /** `skipped` where the policy says so; `notRun` where an earlier failure made the step pointless or unsafe. */
  result: 'passed' | 'failed' | 'skipped' | 'notRun';
}

/** A step that failed. */
export interface FailedCheck {
  result: 'failed';
  reason: Reason;
}

/** A certificate of a chain that was evaluated. */
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
  /** Whether it is revoked, who was asked, and what they answered; absent where revocation was not looked up. */
  revocation?: CertificateStatus;
  /** The certificate, base64 of DER; only of a chain that is trusted. */
  der?: string;
}

/** A timestamp that was verified: its authority is trusted by a `tsa` store. */
export interface TimestampSummary {
  /** When the authority says to have seen the signature: RFC 3339, UTC. */
  time: string;
  /** The true time is not before this, RFC 3339, UTC: the time less the accuracy that the authority claims. */
  earliest: string;
  /** The true time is not after this, RFC 3339, UTC. */
  latest: string;
  /** The dotted object identifier of the policy of the authority. */
  policy: string;
  /** Of the timestamp, lower-case hexadecimal. */
  serialNumber: string;
  /** The chain of the authority, leaf first. */
  certificates: CertificateSummary[];
}

/** What an envelope whose integrity was verified says; texts that are very long are cut. */
export interface SignatureDetails {
  signatureAlgorithm: string;
  signingScheme: SigningScheme;
  /** RFC 3339, UTC; the authentic signing time under `notary.x509.signingAuthority`. */
  signingTime: string;
  /** RFC 3339, UTC. */
  expiry?: string;
  /** The subject of the signing certificate. */
  signer: string;
  /** The trusted identity of the policy that the signer matches; `*` for any. Absent where a plugin decided. */
  trustedIdentity?: string;
  /** Leaf first. */
  certificates: CertificateSummary[];
  /** Where the policy demands a timestamp, and there is one that is good. */
  timestamp?: TimestampSummary;
  /** The annotations that were signed; of a rejected signature the first 100. */
  userMetadata: Record<string, string>;
  /** Not signed: anyone may have written it. */
  signingAgent?: string;
}

/** The signature, artifact or blob satisfies the trust policy. */
export interface VerifiedOutcome {
  outcome: 'verified';
  /**
   * Checks that failed where the policy only logs failures. Each has a code, a message and a next step.
   */
  warnings: Reason[];
  /**
   * Until when the verdict holds if nothing else changes, RFC 3339, UTC: the first of the following times after the
   * verification. The expiry of the signature; the end of validity of each certificate of its chain and of its
   * timestamp's chain; the `nextUpdate` of each revocation response that the verdict relied on. Absent where none of
   * them lies ahead, and where nothing was verified.
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

/** The outcome of a signature alone, for the report of what was signed. */
export function verdictOf(signature: SignatureReport): VerifiedOutcome | RejectedOutcome {
  if (signature.outcome === 'rejected') return { outcome: 'rejected', reason: signature.reason };
  const { warnings, validUntil } = signature;
  return { outcome: 'verified', warnings, ...(validUntil && { validUntil }) };
}

/** What a report says of a signature beside its outcome. */
export interface SignatureFacts {
  /** The digest of the signature manifest; absent for an envelope that was given as bytes. */
  digest?: string;
  /** The media type of the envelope, if it could be fetched. */
  mediaType?: string;
  /** Every step, in the order in which they run; empty where the envelope could not be fetched. */
  checks: Check[];
  /** Only where integrity passed. */
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

export function policySummary({ name, level, actions }: StatementBase): PolicySummary {
  return { statement: name, level, actions: { ...actions } };
}

/**
 * The verdict on an artifact, in plain data: it survives `structuredClone` and `JSON.stringify`. `outcome` tells
 * {@link VerifiedOutcome}, {@link RejectedOutcome} and {@link SkippedOutcome} apart.
 */
export type VerificationReport = ArtifactFacts & Outcome;

/** Returns a report with the outcome changed to rejected. */
export function rejectedReport(
  { warnings, validUntil, ...facts }: VerificationReport,
  reason: Reason,
): VerificationReport {
  return { ...facts, outcome: 'rejected', reason };
}

/** How a verification ended. */
export type Outcome = VerifiedOutcome | RejectedOutcome | SkippedOutcome;

/** What a report on an artifact says beside its outcome. */
export interface ArtifactFacts {
  /** The reference as it was given, as a string. */
  reference: string;
  /** What the reference stood for: pull this digest, never the tag again. */
  artifact: Descriptor;
  /** The statement of the trust policy that applied, if one did. */
  policy?: PolicySummary;
  /** Every signature that was tried, in order; where one is good it is the last one. */
  signatures: SignatureReport[];
  /** Where `platforms` was given and the index itself is trusted: each manifest that it lists, in its order. */
  platforms?: PlatformReport[];
}

/** The verdict on a blob, in plain data, with the outcomes of {@link VerificationReport}. */
export type BlobVerificationReport = BlobFacts & Outcome;

/** What a report on a blob says beside its outcome. */
export interface BlobFacts extends Pick<ArtifactFacts, 'policy'> {
  /** What was verified; absent where the blob was not read. Unless a media type was required, it has the signed one. */
  artifact?: Descriptor;
  /** The one signature; empty where the policy says to skip, and where no statement applies. */
  signatures: SignatureReport[];
}

/** The verdict on a manifest that an image index lists. */
export interface PlatformReport {
  /** Of the manifest. */
  digest: string;
  /** Such as `linux/arm64/v8`; absent where the index does not say. */
  platform?: string;
  report: VerificationReport;
}
