import { Oid } from '../../asn1/oids.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import { findInvalidAt } from '../chain.ts';
import { isIssuedBy } from '../issuance.ts';
import { KnownChains } from '../known-chains.ts';
import { isNameOf, shortSubject } from '../name.ts';
import { isSignatureOf, verifyOrThrow } from '../signature.ts';
import { hashOfKey, isIdOf } from './cert-id.ts';
import {
  type Coverage,
  type Evaluation,
  type EvaluationTime,
  isSignedBefore,
  requireCoverage,
  revokedSince,
  statusUnknown,
  whyExpired,
  whyTooEarly,
} from './evaluation.ts';
import type { OcspRefusal, OcspResponse, SingleResponse } from './ocsp-response.ts';

/** The status of one certificate according to an OCSP response. */
export interface OcspEvaluation extends Evaluation {
  /** A delegated responder whose own status must be determined, because its certificate has no ocsp-nocheck. */
  responderToCheck?: Certificate;
  /** A revocation in a response with defects, or by a responder with a defective certificate: it is not cached. */
  doubtful?: boolean;
}

/**
 * Evaluates the status of a certificate by an OCSP response: who signed it, whether it is about the certificate, whether
 * it is current, and what it says (RFC 6960, sections 3.2 and 4.2.2).
 *
 * @throws NotationError `ERR_OCSP_INVALID` for a response that must not be relied on, `ERR_REVOCATION_UNKNOWN` for one
 * that does not determine the status, `ERR_REVOCATION_EXPIRED_CERTIFICATE` if the responder may have dropped
 * the revocation after the certificate expired
 * @see docs/specification.md, rule REV-20
 */
export async function evaluateOcsp(
  response: OcspResponse | OcspRefusal,
  certificate: Certificate,
  issuer: Certificate,
  at: EvaluationTime,
): Promise<OcspEvaluation> {
  if ('refused' in response) throw undetermined(`the responder refused the request: ${response.refused}`);
  const responder = await findResponder(response, issuer);
  const { single, doubt } = await findSingle(response, certificate, issuer);
  const { thisUpdate, nextUpdate } = single;
  const expired = whyExpired(single, at.now);
  if (expired !== undefined || !nextUpdate) throw undetermined(expired ?? 'it has no nextUpdate');
  const evaluation = { ...evaluateSingle(single, at), thisUpdate, nextUpdate };
  const doubtful = doubt ?? whyDoubtful(response);
  const early = whyTooEarly(single, at.now);
  // A "revoked" status counts even if the response has other defects.
  if (evaluation.answer === 'revoked') {
    const delegated = responder === issuer || isGoodDelegate(responder, at.now);
    const sure = doubtful === undefined && early === undefined && delegated;
    return { ...evaluation, ...(!sure && { doubtful: true }) };
  }
  if (doubtful !== undefined) throw ocspInvalid(doubtful);
  if (early !== undefined) throw undetermined(early);
  if (responder !== issuer) checkDelegate(responder, at.now);
  if (single.status === 'good') requireCoverage('OCSP response', coverageOf(response, single), certificate);
  const sure = responder === issuer || responder.revocation.noCheck;
  return sure ? evaluation : { ...evaluation, responderToCheck: responder };
}

/** The later time counts: an archive cutoff is relative to `producedAt`, and the status is that of `thisUpdate`. */
function coverageOf(
  { producedAt }: OcspResponse,
  { thisUpdate, coversExpiredSince }: SingleResponse,
): Coverage {
  return { issued: producedAt > thisUpdate ? producedAt : thisUpdate, coversExpiredSince };
}

function whyDoubtful({ notUnderstood }: OcspResponse): string | undefined {
  return notUnderstood && `it has the unknown critical extension ${notUnderstood}`;
}

function evaluateSingle(
  { status, revocation }: SingleResponse,
  at: EvaluationTime,
): Pick<Evaluation, 'answer' | 'message' | 'revocation'> {
  if (status === 'unknown')
    return { answer: 'unknown', message: 'the responder does not know the certificate' };
  if (status === 'good' || !revocation) return { answer: 'good', message: 'the certificate is not revoked' };
  const revoked = revokedSince(revocation);
  if (!isSignedBefore(revocation, at)) return { answer: 'revoked', ...revoked };
  return { answer: 'good', message: `${revoked.message}, which is after the authentic signing time` };
}

/**
 * Finds the one single response about the certificate: by name and key of its issuer, and serial number.
 * @see docs/specification.md, rule RFC-16
 */
async function findSingle(
  response: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
): Promise<{ single: SingleResponse; doubt?: string }> {
  const statuses = await findStatuses(response, certificate, issuer);
  const [single] = statuses;
  if (!single) throw ocspInvalid('it is about another certificate');
  const critical = statuses.find(({ notUnderstood }) => notUnderstood)?.notUnderstood;
  if (critical) throw ocspInvalid(`it has the unknown critical extension ${critical}`);
  if (statuses.length === 1) return { single };
  const worst = statuses.find(({ status }) => status === 'revoked') ?? single;
  return { single: worst, doubt: 'it has more than one status of the certificate' };
}

/** Reports whether a response has a status of a certificate. */
export async function isAbout(
  response: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
): Promise<boolean> {
  return (await findStatuses(response, certificate, issuer)).length > 0;
}

async function findStatuses(
  { responses }: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
): Promise<SingleResponse[]> {
  const found: SingleResponse[] = [];
  for (const single of responses) {
    if (single.certId && (await isIdOf(single.certId, certificate, issuer))) found.push(single);
  }
  return found;
}

/** Finds the certificate whose key signed: that of the issuer, or one that it issued (rule REV-18). */
async function findResponder(response: OcspResponse, issuer: Certificate): Promise<Certificate> {
  if ((await isNamed(response, issuer)) && (await isMadeBy(response, issuer))) return issuer;
  const known = KnownChains.of(issuer);
  let stranger: Certificate | undefined;
  let unreadable: NotationError | undefined;
  for (const der of response.certificates) {
    const certificate = readDelegate(der, known);
    if (isNotationError(certificate)) {
      unreadable ??= certificate;
      continue;
    }
    if (!(await isNamed(response, certificate)) || !(await isMadeBy(response, certificate))) continue;
    if (await isDelegated(certificate, issuer)) {
      known.add([certificate]);
      return certificate;
    }
    stranger = certificate;
  }
  if (!stranger && unreadable) throw unreadable;
  throw ocspInvalid(
    stranger
      ? `its responder "${shortSubject(stranger)}" was not delegated by the issuer of the certificate`
      : 'it is signed neither by the issuer of the certificate nor by a responder whose certificate it contains',
  );
}

async function isMadeBy(response: OcspResponse, { publicKey }: Certificate): Promise<boolean> {
  const { signatureAlgorithm: algorithm, signature, signedBytes } = response;
  if (algorithm.name === 'unsupported')
    throw ocspInvalid(`it is signed with ${algorithm.reason}, which is not allowed`);
  return verifyPart('its signature', () => isSignatureOf(publicKey, algorithm, signature, signedBytes));
}

async function isNamed({ responder }: OcspResponse, { subject, publicKey }: Certificate): Promise<boolean> {
  if ('name' in responder) return isNameOf(responder.name, subject);
  return equalBytes(responder.keyHash, await hashOfKey('SHA-1', publicKey));
}

/** Returns a certificate of a response, or why it cannot be read: it need not be that of the responder. */
function readDelegate(der: Uint8Array, known: KnownChains): Certificate | NotationError {
  try {
    return known.read(der);
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    return ocspInvalid(`a certificate in it cannot be read: ${cause.message}`, cause);
  }
}

async function isDelegated(delegate: Certificate, issuer: Certificate): Promise<boolean> {
  return verifyPart('the certificate of its responder', () => isIssuedBy(delegate, issuer));
}

/**
 * Checks that a certificate is for OCSP signing and valid now (RFC 6960, section 4.2.2.2), and has no unknown critical
 * extension (RFC 5280, section 4.2).
 * @see docs/specification.md, rule REV-18
 */
function checkDelegate(delegate: Certificate, now: Date): void {
  const name = `its responder "${shortSubject(delegate)}"`;
  if (delegate.unknownCritical !== undefined) {
    throw ocspInvalid(
      `${name} has a certificate with the unknown critical extension ${delegate.unknownCritical}`,
    );
  }
  if (!delegate.extendedKeyUsage?.purposes.includes(Oid.ocspSigning)) {
    throw ocspInvalid(`${name} has a certificate that is not for OCSP signing`);
  }
  if (delegate.keyUsage && !delegate.keyUsage.usages.has('digitalSignature')) {
    throw ocspInvalid(`${name} has a certificate without the key usage digitalSignature`);
  }
  if (findInvalidAt([delegate], now)) throw ocspInvalid(`${name} has a certificate that is not valid now`);
}

function isGoodDelegate(delegate: Certificate, now: Date): boolean {
  try {
    checkDelegate(delegate, now);
    return true;
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return false;
  }
}

function verifyPart(what: string, check: () => Promise<boolean>): Promise<boolean> {
  return verifyOrThrow(check, (reason, cause) => ocspInvalid(`${what} ${reason}`, cause));
}

function ocspInvalid(reason: string, cause?: unknown): NotationError {
  return new NotationError('ERR_OCSP_INVALID', `the OCSP response is invalid: ${reason}`, { cause });
}

function undetermined(reason: string): NotationError {
  return statusUnknown('OCSP response', reason);
}
