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
