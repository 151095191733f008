import { type DerReader, Tag } from '../../asn1/der-reader.ts';
import { readTime } from '../../asn1/values.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import type { CertificateStatus } from './certificate-status.ts';

/** When a status is judged. */
export interface JudgeAt {
  now: Date;
  authenticSigningTime?: Date | undefined;
}

/** What an OCSP reply or a CRL says of one certificate. */
export interface Judgement {
  answer: 'good' | 'revoked' | 'unknown';
  /** What it says, to follow after a colon. */
  message: string;
  thisUpdate: Date;
  nextUpdate: Date;
  revocation?: NonNullable<CertificateStatus['revocation']>;
}

/** How far the clock of an authority may be ahead, in milliseconds. */
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

/** When a reply begins to count, and when it ends. */
interface Validity {
  thisUpdate: Date;
  nextUpdate?: Date | undefined;
}

/** Why a reply does not count at a time, if it does not. Both ends of its validity count as valid. */
export function whyNotCurrent(reply: Validity, now: Date): string | undefined {
  return whyExpired(reply, now) ?? whyTooEarly(reply, now);
}

/** It has expired, or does not say when it will. */
export function whyExpired({ thisUpdate, nextUpdate }: Validity, now: Date): string | undefined {
  if (!nextUpdate) return 'it does not say when it expires';
  if (nextUpdate < thisUpdate) return 'it expires before it is made';
  // Said so that no comparison with an invalid date passes.
  if (!(now <= nextUpdate)) return `it expired on ${nextUpdate.toISOString()}`;
  return undefined;
}

/** It is of the future. */
export function whyTooEarly({ thisUpdate }: Validity, now: Date): string | undefined {
  if (thisUpdate.getTime() - now.getTime() <= MAX_SKEW) return undefined;
  return `it is of the future, ${thisUpdate.toISOString()}`;
}

/** From when on silence of an authority about a certificate means that it is not revoked. */
export interface Coverage {
  /** When the authority issued the CRL or OCSP response. */
  issued: Date;
  /** The authority keeps revocations of certificates that expired at this time or later. */
  coversExpiredSince?: Date | undefined;
}

/**
 * Requires that a CRL without an entry, or the OCSP status "good", means that a certificate is not revoked. A CA may
 * drop the revocation of a certificate that has expired, and does so without a trace.
 *
 * RFC 5280, section 3.3, keeps the entry in one more CRL, issued after the expiry. Nobody can tell that CRL from later
 * ones, so a CRL or response counts only if it was issued before the certificate expired, or if it says that it covers
 * certificates that expired so long ago: by the extension expiredCertsOnCRL of X.509, or by the archive cutoff of OCSP
 * (RFC 6960, section 4.4.4).
 *
 * @param what - Names the CRL or response in the error.
 * @throws NotationError `ERR_REVOCATION_EXPIRED_CERTIFICATE`
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

/** What an authority knows of a revocation. */
export interface RevocationFact {
  time: Date;
  reason?: string | undefined;
  invalidityDate?: Date | undefined;
}

/** Whether a signature was made before the certificate became invalid, which only an authentic time can tell. */
export function isSignedBefore(
  { invalidityDate }: RevocationFact,
  { authenticSigningTime }: JudgeAt,
): boolean {
  return (
    invalidityDate !== undefined &&
    authenticSigningTime !== undefined &&
    authenticSigningTime < invalidityDate
  );
}

/** The part of a judgement that tells of a revocation. */
export function revokedSince(fact: RevocationFact): Pick<Judgement, 'message' | 'revocation'> {
  const { reason, invalidityDate } = fact;
  const time = fact.time.toISOString();
  const invalid = invalidityDate?.toISOString();
  return {
    message:
      `it is revoked since ${time}` +
      (reason === undefined ? '' : ` for ${reason}`) +
      (invalid === undefined ? '' : `, invalid since ${invalid}`),
    revocation: {
      time,
      ...(reason !== undefined && { reason }),
      ...(invalid !== undefined && { invalidityDate: invalid }),
    },
  };
}
