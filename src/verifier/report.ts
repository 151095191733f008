import type { Descriptor } from '../encoding/descriptor.ts';
import type { SigningScheme } from '../envelope/attributes.ts';
import { NotationError, type Reason } from '../errors/index.ts';
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

/** The result of one check. */
export interface Check {
  name: CheckName;
  /** What the policy does with a failure. `plugin`, `artifact` and `userMetadata` are always enforced. */
  action: ValidationAction;
  /** `skipped` where the policy says so; `notRun` where an earlier failure made it pointless or unsafe. */
  result: 'passed' | 'failed' | 'skipped' | 'notRun';
  /** Of a failure. */
  reason?: Reason;
}

/** A certificate of a chain that was judged. */
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

/** A time-stamp that was verified: its authority is trusted by a `tsa` store. */
export interface TimestampSummary {
  /** When the authority says to have seen the signature: RFC 3339, UTC. */
  time: string;
  /** The true time is not before this, RFC 3339, UTC: the time less the accuracy that the authority claims. */
  earliest: string;
  /** The true time is not after this, RFC 3339, UTC. */
  latest: string;
  /** The dotted object identifier of the policy of the authority. */
  policy: string;
  /** Of the time-stamp, lower-case hexadecimal. */
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
  /** Where the policy demands a time-stamp, and there is one that is good. */
  timestamp?: TimestampSummary;
  /** The annotations that were signed; of a rejected signature the first 100. */
  userMetadata: Record<string, string>;
  /** Not signed: anyone may have written it. */
  signingAgent?: string;
}

/** One signature that was tried. */
export interface SignatureReport {
  /** The digest of the signature manifest; absent for an envelope that was given as bytes. */
  digest?: string;
  /** The format of the envelope, if it could be fetched. */
  mediaType?: string;
  outcome: 'verified' | 'rejected';
  /** Why it was rejected: the first failure that the policy enforces, or that the envelope could not be had. */
  reason?: Reason;
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

/** The verdict on an artifact, in plain data: it survives `structuredClone` and `JSON.stringify`. */
export interface VerificationReport {
  /** As it was asked for, in text. */
  reference: string;
  /** What the reference stood for: pull this digest, never the tag again. */
  artifact: Descriptor;
  outcome: 'verified' | 'rejected' | 'skipped';
  /** Why it was rejected as a whole. */
  reason?: Reason;
  /** The statement of the trust policy that applied, if one did. */
  policy?: PolicySummary;
  /** Every signature that was tried, in order; the last one is the good one where there is one. */
  signatures: SignatureReport[];
  /** Where `platforms` was asked for and the index itself is trusted: each manifest that it lists, in its order. */
  platforms?: PlatformReport[];
}

/** The verdict on a blob, in plain data: it survives `structuredClone` and `JSON.stringify`. */
export interface BlobVerificationReport extends Pick<VerificationReport, 'outcome' | 'reason' | 'policy'> {
  /** What was verified; absent where the blob was not read. Without a media type to demand, it has the signed one. */
  artifact?: Descriptor;
  /** Absent where the policy says to skip, and where no statement applies. */
  signature?: SignatureReport;
}

/** The verdict on a manifest that an image index lists. */
export interface PlatformReport {
  /** Of the manifest. */
  digest: string;
  /** Such as `linux/arm64/v8`; absent where the index does not say. */
  platform?: string;
  report: VerificationReport;
}

/**
 * The blob cannot be trusted.
 *
 * @example
 * ```ts
 * import { BlobVerificationError } from 'notarykit/verifier';
 *
 * const explain = (error: unknown) => {
 *   if (!(error instanceof BlobVerificationError)) throw error;
 *   return error.report.reason?.code;
 * };
 * console.log(typeof explain);
 * ```
 */
export class BlobVerificationError extends NotationError {
  override readonly name = 'BlobVerificationError';
  readonly report: BlobVerificationReport;

  /** @param report - Of a rejected blob. */
  constructor(report: BlobVerificationReport) {
    const reason = report.reason?.message ?? 'its signature could not be verified';
    super('ERR_VERIFICATION_FAILED', `the blob is not trusted: ${reason}`);
    this.report = report;
  }
}

/**
 * The artifact cannot be trusted, or trust could not be established.
 *
 * @example
 * ```ts
 * import { VerificationError } from 'notarykit/verifier';
 *
 * const explain = (error: unknown) => {
 *   if (!(error instanceof VerificationError)) throw error;
 *   return error.report.reason?.code;
 * };
 * console.log(typeof explain);
 * ```
 */
export class VerificationError extends NotationError {
  override readonly name = 'VerificationError';
  readonly report: VerificationReport;

  /** @param report - Of a rejected artifact. */
  constructor(report: VerificationReport) {
    const reason = report.reason?.message ?? 'no signature could be verified';
    super('ERR_VERIFICATION_FAILED', `${report.reference} is not trusted: ${reason}`);
    this.report = report;
  }
}
