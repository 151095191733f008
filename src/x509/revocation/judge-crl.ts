import { NotationError } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import { isGreaterNumber, type VerifiedCrl } from './crl.ts';
import { whyOutOfScope } from './crl-scope.ts';
import {
  isSignedBefore,
  type JudgeAt,
  type Judgement,
  type RevocationFact,
  requireCoverage,
  revokedSince,
  whyNotCurrent,
} from './status-evaluation.ts';

/**
 * Judges a certificate by the CRL of its issuer, and by the delta CRL that brings it up to date where there is one
 * (RFC 5280, sections 5.2.4 and 6.3.3).
 *
 * @param addresses - Where the certificate says that its CRLs are.
 * @throws NotationError `ERR_REVOCATION_UNKNOWN` for lists that do not tell, `ERR_REVOCATION_EXPIRED_CERTIFICATE` for
 * lists from which the certificate may have been dropped after it expired, `ERR_CRL_INVALID` for an entry about the
 * certificate that cannot be read
 */
export function judgeByCrl(
  certificate: Certificate,
  base: VerifiedCrl,
  delta: VerifiedCrl | undefined,
  at: JudgeAt,
  addresses: readonly string[] = certificate.revocation.crl,
): Judgement {
  if (base.deltaSince !== undefined) throw untold('it is a delta CRL where a whole one belongs');
  const nextUpdate = checkUsable(base, certificate, at, addresses);
  if (delta) checkDelta(base, delta, certificate, at, addresses);
  else if (base.freshest.length > 0) throw untold('the delta CRL that it points to is missing');
  else if (certificate.revocation.freshestCrl) {
    throw untold('only the certificate, not the CRL, points to a delta CRL, which is not supported');
  }
  const { thisUpdate } = delta ?? base;
  const until = delta?.nextUpdate && delta.nextUpdate < nextUpdate ? delta.nextUpdate : nextUpdate;
  return { ...judgeFacts(certificate, base, delta, at), thisUpdate, nextUpdate: until };
}

function checkUsable(
  crl: VerifiedCrl,
  certificate: Certificate,
  { now }: JudgeAt,
  addresses: readonly string[],
): Date {
  const reason = whyNotCurrent(crl, now) ?? whyOutOfScope(crl.scope, certificate, addresses);
  if (reason !== undefined || !crl.nextUpdate) throw untold(reason ?? 'it does not say when it expires');
  return crl.nextUpdate;
}

/** A delta must belong to its base: same issuer, same scope, made for it or for an older one, and newer than it. */
function checkDelta(
  base: VerifiedCrl,
  delta: VerifiedCrl,
  certificate: Certificate,
  at: JudgeAt,
  addresses: readonly string[],
): void {
  try {
    checkUsable(delta, certificate, at, addresses);
  } catch (error) {
    if (!(error instanceof NotationError)) throw error;
    throw untold(`of its delta CRL: ${error.message}`);
  }
  if (delta.scope?.id !== base.scope?.id) throw untold('its delta CRL covers something else');
  if (delta.deltaSince === undefined) throw untold('its delta CRL does not say that it is one');
  if (base.number === undefined || delta.number === undefined) {
    throw untold('the CRL or its delta CRL has no number');
  }
  if (isGreaterNumber(delta.deltaSince, base.number)) throw untold('its delta CRL is for a newer one');
  if (!isGreaterNumber(delta.number, base.number)) throw untold('its delta CRL is not newer than it');
}

function judgeFacts(
  certificate: Certificate,
  base: VerifiedCrl,
  delta: VerifiedCrl | undefined,
  at: JudgeAt,
): Pick<Judgement, 'answer' | 'message' | 'revocation'> {
  const { serialNumber } = certificate;
  const facts = [...base.index.find(serialNumber), ...(delta?.index.find(serialNumber) ?? [])];
  const revoking = revokingFact(facts.filter((fact) => !isSignedBefore(fact, at)));
  if (revoking) return { answer: 'revoked', ...revokedSince(revoking) };
  if (base.index.unknownCritical || delta?.index.unknownCritical) {
    throw untold('one of its entries has a critical extension that is not understood');
  }
  if (base.scope?.onlySomeReasons) throw untold('it covers some reasons only, and does not make it revoked');
  const spared = facts.find((fact) => isSignedBefore(fact, at));
  if (spared) {
    return {
      answer: 'good',
      message: `${revokedSince(spared).message}, which is after the authentic signing time`,
    };
  }
  // A delta CRL removes entries of expired certificates as well, so both CRLs must cover the certificate.
  for (const { thisUpdate: issued, coversExpiredSince } of delta ? [base, delta] : [base]) {
    requireCoverage('CRL', { issued, coversExpiredSince }, certificate);
  }
  return {
    answer: 'good',
    message: facts.length > 0 ? 'it is taken off the list' : 'it does not list the certificate',
  };
}

/**
 * The fact that makes a certificate revoked. A hold can be taken back, by an entry that removes it; of those the latest
 * one decides, and a hold where two are of the same time. Everything else is for good.
 */
function revokingFact(facts: readonly RevocationFact[]): RevocationFact | undefined {
  const isTemporary = ({ reason }: RevocationFact) =>
    reason === 'certificateHold' || reason === 'removeFromCRL';
  const permanent = facts.find((fact) => !isTemporary(fact));
  if (permanent) return permanent;
  const latest = Math.max(...facts.map(({ time }) => time.getTime()));
  return facts.find(({ reason, time }) => reason === 'certificateHold' && time.getTime() === latest);
}

function untold(reason: string): NotationError {
  return new NotationError('ERR_REVOCATION_UNKNOWN', `the CRL does not tell the status: ${reason}`);
}
