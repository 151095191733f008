import { type ErrorCode, isNotationError } from '../errors/index.ts';
import type { BlobVerificationReport, RejectedOutcome, VerificationReport } from './report.ts';
import { BlobVerificationError, VerificationError } from './verification-error.ts';

/**
 * The kind of result of a verification: `verified`; `warned` if checks failed that the policy only logs; `unsigned` if
 * there is no signature; `rejected`; `skipped` by the policy; `misconfigured` if an argument, the policy, a trust store
 * or the set of abilities must be corrected first; `undecided` if no verdict could be reached, with whether a retry can
 * help.
 */
export type Classification =
  | { class: 'verified' | 'warned' | 'unsigned' | 'rejected' | 'skipped' | 'misconfigured' }
  | { class: 'undecided'; retryable: boolean };

const UNSIGNED: Classification = { class: 'unsigned' };
const REJECTED: Classification = { class: 'rejected' };
const MISCONFIGURED: Classification = { class: 'misconfigured' };
const RETRY: Classification = { class: 'undecided', retryable: true };
const NO_RETRY: Classification = { class: 'undecided', retryable: false };

/** Each code is in one class; a code without a class does not compile. */
const CLASSES: Readonly<Record<ErrorCode, Classification>> = {
  ERR_ARGUMENT_INVALID: MISCONFIGURED,
  ERR_ENCODING_INVALID: MISCONFIGURED,
  ERR_LIMIT_EXCEEDED: REJECTED,
  ERR_RUNTIME_UNSUPPORTED: MISCONFIGURED,
  ERR_PLAIN_HTTP_BLOCKED: MISCONFIGURED,
  ERR_ALGORITHM_UNSUPPORTED: REJECTED,
  ERR_KEY_INVALID: MISCONFIGURED,
  ERR_PASSPHRASE_INVALID: MISCONFIGURED,
  ERR_KEY_MISMATCH: MISCONFIGURED,
  ERR_CERTIFICATE_INVALID: REJECTED,
  ERR_CERTIFICATE_CHAIN_INVALID: REJECTED,
  ERR_CERTIFICATE_NOT_VALID_AT_TIME: REJECTED,
  ERR_TRUST_STORE_INVALID: MISCONFIGURED,
  ERR_TRUST_STORE_NOT_FOUND: MISCONFIGURED,
  ERR_ENVELOPE_INVALID: REJECTED,
  ERR_ENVELOPE_UNSUPPORTED: REJECTED,
  ERR_SIGNATURE_INVALID: REJECTED,
  ERR_PAYLOAD_INVALID: REJECTED,
  ERR_CRITICAL_ATTRIBUTE_UNKNOWN: REJECTED,
  // A signature of any origin may name a plugin: a verifier without plugins is not misconfigured.
  ERR_PLUGIN_REQUIRED: REJECTED,
  // Only the plugin of a trusted signature is looked up.
  ERR_PLUGIN_NOT_FOUND: MISCONFIGURED,
  ERR_PLUGIN_INVALID: MISCONFIGURED,
  ERR_PLUGIN_EXISTS: MISCONFIGURED,
  ERR_PLUGIN_INCOMPATIBLE: MISCONFIGURED,
  ERR_PLUGIN_RESPONSE: RETRY,
  ERR_PLUGIN_FAILED: RETRY,
  ERR_PLUGIN_REJECTED: REJECTED,
  ERR_ROOT_UNTRUSTED: REJECTED,
  ERR_IDENTITY_UNTRUSTED: REJECTED,
  ERR_SIGNATURE_EXPIRED: REJECTED,
  ERR_TIMESTAMP_MISSING: REJECTED,
  ERR_TIMESTAMP_UNSUPPORTED: MISCONFIGURED,
  ERR_TIMESTAMP_INVALID: REJECTED,
  ERR_TIMESTAMP_UNTRUSTED: REJECTED,
  ERR_TIMESTAMP_REFUSED: NO_RETRY,
  ERR_CERTIFICATE_REVOKED: REJECTED,
  ERR_REVOCATION_UNKNOWN: RETRY,
  ERR_REVOCATION_EXPIRED_CERTIFICATE: REJECTED,
  ERR_REVOCATION_UNSUPPORTED: MISCONFIGURED,
  ERR_OCSP_INVALID: RETRY,
  ERR_CRL_INVALID: RETRY,
  ERR_AUTHORITY_UNREACHABLE: RETRY,
  ERR_AUTHORITY_RESPONSE: RETRY,
  ERR_ARTIFACT_MISMATCH: REJECTED,
  ERR_USER_METADATA_INVALID: MISCONFIGURED,
  ERR_USER_METADATA_MISMATCH: REJECTED,
  ERR_POLICY_INVALID: MISCONFIGURED,
  ERR_POLICY_NOT_FOUND: MISCONFIGURED,
  // The specification: an artifact to which no statement applies is untrusted.
  ERR_POLICY_NOT_APPLICABLE: REJECTED,
  ERR_REFERENCE_INVALID: MISCONFIGURED,
  // Only a warning: the digest decides.
  ERR_TAG_MISMATCH: REJECTED,
  ERR_PLATFORM_NOT_FOUND: REJECTED,
  ERR_NOT_IN_INDEX: REJECTED,
  ERR_DESCRIPTOR_INVALID: REJECTED,
  ERR_MANIFEST_INVALID: REJECTED,
  ERR_CONTENT_MISMATCH: REJECTED,
  ERR_NOT_FOUND: NO_RETRY,
  ERR_REGISTRY_UNAUTHORIZED: NO_RETRY,
  ERR_REGISTRY_RESPONSE: RETRY,
  ERR_REGISTRY_UNREACHABLE: RETRY,
  ERR_DELETION_UNSUPPORTED: MISCONFIGURED,
  ERR_LISTING_UNSUPPORTED: MISCONFIGURED,
  ERR_LAYOUT_INVALID: MISCONFIGURED,
  ERR_BUDGET_EXCEEDED: NO_RETRY,
  ERR_TIMEOUT: RETRY,
  ERR_ABORTED: NO_RETRY,
  ERR_SIGNER_FAILED: NO_RETRY,
  ERR_KEY_NOT_FOUND: MISCONFIGURED,
  ERR_KMS_UNAUTHORIZED: MISCONFIGURED,
  ERR_KMS_RESPONSE: RETRY,
  ERR_KMS_UNREACHABLE: RETRY,
  ERR_CONFIG_INVALID: MISCONFIGURED,
  ERR_DCT_METADATA_INVALID: REJECTED,
  ERR_DCT_ROOT_UNTRUSTED: REJECTED,
  ERR_DCT_ROOT_SKIPPED: REJECTED,
  ERR_DCT_ROLLBACK: REJECTED,
  ERR_DCT_FREEZE: REJECTED,
  ERR_DCT_MIX_AND_MATCH: REJECTED,
  ERR_DCT_ENDLESS_DATA: REJECTED,
  ERR_DCT_TOO_LARGE: REJECTED,
  ERR_DCT_THRESHOLD: REJECTED,
  ERR_DCT_EXPIRED: REJECTED,
  ERR_DCT_TARGET_INVALID: REJECTED,
  ERR_DCT_DELEGATION_CYCLE: REJECTED,
  ERR_DCT_TAG_UNTRUSTED: REJECTED,
  ERR_DCT_DIVERGED: REJECTED,
  ERR_NO_SIGNATURE: UNSIGNED,
  ERR_NO_TRUSTED_SIGNATURE: REJECTED,
  ERR_VERIFICATION_FAILED: REJECTED,
};

/**
 * Classifies the result of a verification, so that a caller can decide without knowing the error codes.
 *
 * If none of several signatures is trusted, one that could not be decided makes the result `undecided`, and one that
 * fails because of the configuration makes it `misconfigured`.
 *
 * @param reportOrError - The report of `evaluate` or `verify` (of artifacts, envelopes or blobs), or the error that they
 * threw. Any other value is `undecided`.
 * @returns The class; for `undecided`, `retryable` says whether a retry can help.
 *
 * @example
 * ```ts
 * import { classify, NotationError } from 'notarykit';
 *
 * console.log(classify(new NotationError('ERR_TIMEOUT', 'the registry did not respond in time')));
 * // { class: 'undecided', retryable: true }
 * ```
 */
export function classify(reportOrError: unknown): Classification {
  if (reportOrError instanceof VerificationError || reportOrError instanceof BlobVerificationError) {
    return classifyRejection(reportOrError.report);
  }
  if (isNotationError(reportOrError)) return { ...CLASSES[reportOrError.code] };
  return isReport(reportOrError) ? classifyReport(reportOrError) : { ...NO_RETRY };
}

/** Returns the class of a failure by its code alone. */
export function classOfCode(code: ErrorCode): Classification['class'] {
  return CLASSES[code].class;
}

type Report = VerificationReport | BlobVerificationReport;

/** Reports whether a value has the form of a report; its content is not checked. */
export function isReport(value: unknown): value is Report {
  const { outcome, signatures } = Object(value) as Partial<Report>;
  return ['verified', 'rejected', 'skipped'].includes(outcome ?? '') && Array.isArray(signatures);
}

function classifyReport(report: Report): Classification {
  if (report.outcome === 'skipped') return { class: 'skipped' };
  if (report.outcome === 'rejected') return classifyRejection(report);
  return { class: report.warnings.length > 0 ? 'warned' : 'verified' };
}

function classifyRejection({
  reason,
  signatures,
}: RejectedOutcome & Pick<Report, 'signatures'>): Classification {
  if (reason.code !== 'ERR_NO_TRUSTED_SIGNATURE') return { ...CLASSES[reason.code] };
  const classes = signatures.flatMap(({ reason }) => (reason ? [CLASSES[reason.code]] : []));
  const decisive = [RETRY, NO_RETRY, MISCONFIGURED].find((one) => classes.includes(one)) ?? REJECTED;
  return { ...decisive };
}
