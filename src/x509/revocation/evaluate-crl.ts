import { equalBytes } from '../../encoding/bytes.ts';
import { isNotationError, type NotationError } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import { isGreaterNumber, type VerifiedCrl } from './crl.ts';
import { type CrlScope, whyOutOfScope } from './crl-scope.ts';
import {
  type Evaluation,
  type EvaluationTime,
  isSignedBefore,
  type RevocationFact,
  requireCoverage,
  revokedSince,
  statusUnknown,
  whyNotCurrent,
} from './evaluation.ts';

/**
 * Evaluates the status of a certificate by the CRL of its issuer, and by the delta CRL that updates it if there is one
 * (RFC 5280, sections 5.2.4 and 6.3.3).
 *
 * @param urls - The CRL URLs in the certificate.
 * @throws NotationError `ERR_REVOCATION_UNKNOWN` for CRLs that do not determine it, `ERR_REVOCATION_EXPIRED_CERTIFICATE` for
 * CRLs from which the certificate may have been dropped after it expired, `ERR_CRL_INVALID` for an entry about the
 * certificate that cannot be read
 * @see docs/specification.md, rule REV-4
 */
export function evaluateCrl(
  certificate: Certificate,
  base: VerifiedCrl,
  delta: VerifiedCrl | undefined,
  at: EvaluationTime,
  urls: readonly string[] = certificate.revocation.crl,
): Evaluation {
  if (base.deltaSince !== undefined) throw undetermined('expected a complete CRL, got a delta CRL');
  const nextUpdate = checkUsable(base, certificate, at, urls);
  if (delta) checkDelta(base, delta, certificate, at, urls);
  else if (base.freshest.length > 0) throw undetermined('the delta CRL that it points to is missing');
  else if (certificate.revocation.freshestCrl) {
    throw undetermined('a delta CRL that only the certificate points to is not supported');
  }
  const { thisUpdate } = delta ?? base;
  const until = delta?.nextUpdate && delta.nextUpdate < nextUpdate ? delta.nextUpdate : nextUpdate;
  return { ...evaluateFacts(certificate, base, delta, at), thisUpdate, nextUpdate: until };
}

function checkUsable(
  crl: VerifiedCrl,
  certificate: Certificate,
  { now }: EvaluationTime,
  urls: readonly string[],
): Date {
  const reason = whyNotCurrent(crl, now) ?? whyOutOfScope(crl.scope, certificate, urls);
  if (reason !== undefined || !crl.nextUpdate) throw undetermined(reason ?? 'it has no nextUpdate');
  return crl.nextUpdate;
}

/**
 * Checks that a delta CRL belongs to its base: same scope, issued for this base or an older one, and newer than it.
 * @see docs/specification.md, rule REV-15
 */
function checkDelta(
  base: VerifiedCrl,
  delta: VerifiedCrl,
  certificate: Certificate,
  at: EvaluationTime,
  urls: readonly string[],
): void {
  try {
    checkUsable(delta, certificate, at, urls);
  } catch (error) {
    if (!isNotationError(error)) throw error;
    throw undetermined(`its delta CRL is not usable: ${error.message}`);
  }
  if (!isSameScope(delta.scope, base.scope)) throw undetermined('its delta CRL has another scope');
  if (delta.deltaSince === undefined) throw undetermined('expected a delta CRL, got a complete CRL');
  if (base.number === undefined || delta.number === undefined) {
    throw undetermined('the CRL or its delta CRL has no CRL number');
  }
  if (isGreaterNumber(delta.deltaSince, base.number)) throw undetermined('its delta CRL is for a newer base');
  if (!isGreaterNumber(delta.number, base.number))
    throw undetermined('its delta CRL is not newer than the base');
}

function isSameScope(a: CrlScope | undefined, b: CrlScope | undefined): boolean {
  return a && b ? equalBytes(a.der, b.der) : a === b;
}

function evaluateFacts(
  certificate: Certificate,
  base: VerifiedCrl,
  delta: VerifiedCrl | undefined,
  at: EvaluationTime,
): Pick<Evaluation, 'answer' | 'message' | 'revocation'> {
  const { serialNumber } = certificate;
  const facts = [...base.index.find(serialNumber), ...(delta?.index.find(serialNumber) ?? [])];
  const revoking = revokingFact(facts.filter((fact) => !isSignedBefore(fact, at)));
  if (revoking) return { answer: 'revoked', ...revokedSince(revoking) };
  if (base.index.unknownCritical || delta?.index.unknownCritical) {
    throw undetermined('one of its entries has an unknown critical extension');
  }
  if (base.scope?.onlySomeReasons)
    throw undetermined('it covers some reasons only, and does not list the certificate for one of them');
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
    message: facts.length > 0 ? 'the certificate was removed from it' : 'it does not list the certificate',
  };
}

/**
 * Returns the entry that revokes a certificate, if one does. A hold can be removed by a later entry; between a hold and a
 * removal of the same time the hold decides. Every other revocation is permanent.
 * @see docs/specification.md, rule REV-12
 */
function revokingFact(facts: readonly RevocationFact[]): RevocationFact | undefined {
  const isTemporary = ({ reason }: RevocationFact) =>
    reason === 'certificateHold' || reason === 'removeFromCRL';
  const permanent = facts.find((fact) => !isTemporary(fact));
  if (permanent) return permanent;
  const latest = Math.max(...facts.map(({ time }) => time.getTime()));
  return facts.find(({ reason, time }) => reason === 'certificateHold' && time.getTime() === latest);
}

function undetermined(reason: string): NotationError {
  return statusUnknown('CRL', reason);
}
