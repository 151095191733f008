import { type DerReader, Tag } from '../../asn1/der-reader.ts';
import { readInteger, readTime } from '../../asn1/values.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import type { CertificateStatus } from './certificate-status.ts';

/** When a status is evaluated. */
export interface EvaluationTime {
  now: Date;
  authenticSigningTime?: Date | undefined;
}

/** The status of one certificate according to an OCSP response or a CRL. */
export interface Evaluation {
  answer: 'good' | 'revoked' | 'unknown';
  /** What the response says, in a form that can follow a colon. */
  message: string;
  thisUpdate: Date;
  nextUpdate: Date;
  revocation?: NonNullable<CertificateStatus['revocation']>;
}

/** How far the clock of a CA or responder may be ahead, in milliseconds. */
const MAX_SKEW = 5 * 60 * 1000;

/** CRLReason of RFC 5280, section 5.3.1, by number; 7 is not used. */
export const REVOCATION_REASONS: readonly (string | undefined)[] = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  undefined,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
];

/** Reads a CRLReason. An unknown one is ignored; the certificate stays revoked. */
export function readReason(value: DerReader): string | undefined {
  const [number = -1, ...more] = readInteger(value.enterImplicit(Tag.enumerated, Tag.integer));
  return more.length === 0 ? REVOCATION_REASONS[number] : undefined;
}

/** The validity of a CRL or OCSP response. */
interface Validity {
  thisUpdate: Date;
  nextUpdate?: Date | undefined;
}

/**
 * Makes the error of a CRL or OCSP response that leaves a status open.
 * @param what - Names it.
 */
export function statusUnknown(what: 'CRL' | 'OCSP response', reason: string): NotationError {
  return new NotationError('ERR_REVOCATION_UNKNOWN', `the ${what} does not determine the status: ${reason}`);
}

/** Returns why a CRL or OCSP response is not valid at a time, if it is not. Both ends of its validity are valid. */
export function whyNotCurrent(validity: Validity, now: Date): string | undefined {
  return whyExpired(validity, now) ?? whyTooEarly(validity, now);
}

/**
 * Returns why a CRL or OCSP response counts as expired, if it does: without nextUpdate it always does.
 * @see docs/specification.md, rules REV-9, REV-19
 */
export function whyExpired({ thisUpdate, nextUpdate }: Validity, now: Date): string | undefined {
  if (!nextUpdate) return 'it has no nextUpdate';
  if (nextUpdate < thisUpdate) return 'nextUpdate is before thisUpdate';
  // Negated, so that a comparison with an invalid date fails.
  if (!(now <= nextUpdate)) return `it expired on ${nextUpdate.toISOString()}`;
  return undefined;
}

/** Returns why a CRL or OCSP response is not valid yet, if it is not. */
export function whyTooEarly({ thisUpdate }: Validity, now: Date): string | undefined {
  if (thisUpdate.getTime() - now.getTime() <= MAX_SKEW) return undefined;
  return `thisUpdate ${thisUpdate.toISOString()} is in the future`;
}

/** Which certificates a CRL or OCSP response covers. */
export interface Coverage {
  /** When the CRL or OCSP response was issued. */
  issued: Date;
  /** The issuer keeps revocations of certificates that expired at this time or later. */
  coversExpiredSince?: Date | undefined;
}

/**
 * Requires that a CRL without an entry, or the OCSP status "good", means that a certificate is not revoked. A CA may
 * drop the revocation of a certificate that has expired, and does so without a trace.
 *
 * RFC 5280, section 3.3, keeps the entry in one more CRL, issued after the expiry. That CRL cannot be told from later
 * ones, so a CRL or response counts only if it was issued before the certificate expired, or if it says that it covers
 * certificates that expired so long ago: by the extension expiredCertsOnCRL of X.509, or by the archive cutoff of OCSP
 * (RFC 6960, section 4.4.4).
 *
 * @param what - Names the CRL or response in the error.
 * @throws NotationError `ERR_REVOCATION_EXPIRED_CERTIFICATE`
 * @see docs/specification.md, rule RFC-15
 */
export function requireCoverage(
  what: string,
  { issued, coversExpiredSince }: Coverage,
  { notAfter }: Certificate,
): void {
  if (issued <= notAfter) return;
  if (coversExpiredSince && coversExpiredSince <= notAfter) return;
  const limit = coversExpiredSince
    ? `it covers only certificates that were still valid at ${coversExpiredSince.toISOString()}`
    : `it was issued later, at ${issued.toISOString()}, and does not say that it covers expired certificates`;
  throw new NotationError(
    'ERR_REVOCATION_EXPIRED_CERTIFICATE',
    `the ${what} does not prove that the certificate, which expired on ${notAfter.toISOString()}, is not revoked: ${limit}`,
  );
}

/**
 * Reads the GeneralizedTime of an extension that can only make a status better. A malformed one claims nothing, so it
 * is ignored: it must not hide a revocation next to it.
 */
export function readFavourableTime(value: DerReader): Date | undefined {
  try {
    if (value.peek() !== Tag.generalizedTime) return undefined;
    const time = readTime(value);
    value.end();
    return time;
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return undefined;
  }
}

/** An entry of a CRL, or the status "revoked" of an OCSP response. */
export interface RevocationFact {
  time: Date;
  reason?: string | undefined;
  invalidityDate?: Date | undefined;
}

/** Reports whether the authentic signing time is before the certificate became invalid (rule REV-10). */
export function isSignedBefore(
  { invalidityDate }: RevocationFact,
  { authenticSigningTime }: EvaluationTime,
): boolean {
  return (
    invalidityDate !== undefined &&
    authenticSigningTime !== undefined &&
    authenticSigningTime < invalidityDate
  );
}

/** Returns the part of an evaluation that describes a revocation. */
export function revokedSince(fact: RevocationFact): Pick<Evaluation, 'message' | 'revocation'> {
  const { reason, invalidityDate } = fact;
  const time = fact.time.toISOString();
  const invalid = invalidityDate?.toISOString();
  return {
    message:
      `revoked at ${time}` +
      (reason === undefined ? '' : ` (${reason})`) +
      (invalid === undefined ? '' : `, invalid since ${invalid}`),
    revocation: {
      time,
      ...(reason !== undefined && { reason }),
      ...(invalid !== undefined && { invalidityDate: invalid }),
    },
  };
}
