import { Oid } from '../../asn1/oids.ts';
import { hash } from '../../crypto/digest.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { type Certificate, parseCertificate } from '../certificate.ts';
import { findInvalidAt, isIssuedBy } from '../chain.ts';
import { shortSubject } from '../name.ts';
import { keyBits } from '../public-key.ts';
import { isSignatureOf, tellSignature } from '../signature.ts';
import { type CertId, certIdOf } from './ocsp-request.ts';
import type { OcspRefusal, OcspResponse, SingleResponse } from './ocsp-response.ts';
import {
  type Coverage,
  isSignedBefore,
  type JudgeAt,
  type Judgement,
  requireCoverage,
  revokedSince,
  whyExpired,
  whyTooEarly,
} from './status-evaluation.ts';

/** What an OCSP reply says of one certificate. */
export interface OcspJudgement extends Judgement {
  /** A delegated responder whose own revocation must be looked up, because its certificate does not say otherwise. */
  responderToCheck?: Certificate;
  /** A revocation that was told by a responder which should not have, or in a doubtful way: not to be kept. */
  doubtful?: boolean;
}

/**
 * Judges a certificate by an OCSP reply: who signed it, whether it is about the certificate, whether it is current, and
 * what it says (RFC 6960, sections 3.2 and 4.2.2).
 *
 * @throws NotationError `ERR_OCSP_INVALID` for a reply that nobody may rely on, `ERR_REVOCATION_UNKNOWN` for one that
 * does not tell, `ERR_REVOCATION_EXPIRED_CERTIFICATE` for one by a responder that may have dropped the revocation after
 * the certificate expired
 */
export async function judgeByOcsp(
  response: OcspResponse | OcspRefusal,
  certificate: Certificate,
  issuer: Certificate,
  at: JudgeAt,
): Promise<OcspJudgement> {
  if ('refused' in response) throw untold(`it refuses to answer: ${response.refused}`);
  const responder = await findResponder(response, issuer);
  const { single, doubt } = await findSingle(response, certificate, issuer);
  const { thisUpdate, nextUpdate } = single;
  const expired = whyExpired(single, at.now);
  if (expired !== undefined || !nextUpdate) throw untold(expired ?? 'it does not say when it expires');
  const judgement = { ...judgeSingle(single, at), thisUpdate, nextUpdate };
  const doubtful = doubt ?? whyDoubtful(response);
  const early = whyTooEarly(single, at.now);
  // Doubt makes no certificate better: whatever the issuer signed a certificate for may tell of a revocation.
  if (judgement.answer === 'revoked') {
    const appointed = responder === issuer || isGoodDelegate(responder, at.now);
    const sure = doubtful === undefined && early === undefined && appointed;
    return { ...judgement, ...(!sure && { doubtful: true }) };
  }
  if (doubtful !== undefined) throw invalid(doubtful);
  if (early !== undefined) throw untold(early);
  if (responder !== issuer) checkDelegate(responder, at.now);
  if (single.status === 'good') requireCoverage('OCSP response', coverageOf(response, single), certificate);
  const sure = responder === issuer || responder.revocation.noCheck;
  return sure ? judgement : { ...judgement, responderToCheck: responder };
}

/** The archive cutoff counts back from `producedAt`; a status without one is of `thisUpdate` at the earliest. */
function coverageOf(
  { producedAt }: OcspResponse,
  { thisUpdate, coversExpiredSince }: SingleResponse,
): Coverage {
  return { issued: producedAt > thisUpdate ? producedAt : thisUpdate, coversExpiredSince };
}

function whyDoubtful({ notUnderstood }: OcspResponse): string | undefined {
  return notUnderstood && `it has the critical extension ${notUnderstood}, which is not understood`;
}

function judgeSingle(
  { status, revocation }: SingleResponse,
  at: JudgeAt,
): Pick<Judgement, 'answer' | 'message' | 'revocation'> {
  if (status === 'unknown') return { answer: 'unknown', message: 'it does not know the certificate' };
  if (status === 'good' || !revocation) return { answer: 'good', message: 'it is not revoked' };
  const revoked = revokedSince(revocation);
  if (!isSignedBefore(revocation, at)) return { answer: 'revoked', ...revoked };
  return { answer: 'good', message: `${revoked.message}, which is after the authentic signing time` };
}

/** One answer should be about the certificate: name and key of its issuer, and serial number. */
async function findSingle(
  response: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
): Promise<{ single: SingleResponse; doubt?: string }> {
  const answers = await answersAbout(response, certificate, issuer);
  const [single] = answers;
  if (!single) throw invalid('it is about another certificate');
  if (answers.length === 1) return { single };
  const worst = answers.find(({ status }) => status === 'revoked') ?? single;
  return { single: worst, doubt: 'it answers more than once about the certificate' };
}

/** Whether a reply has an answer about a certificate, good or not. */
export async function isAbout(
  response: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
): Promise<boolean> {
  return (await answersAbout(response, certificate, issuer)).length > 0;
}

async function answersAbout(
  { responses }: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
): Promise<SingleResponse[]> {
  const found: SingleResponse[] = [];
  for (const single of responses) {
    if (!single.certId) continue;
    const asked = await certIdOf(certificate, issuer, single.certId.hash);
    if (isSameId(single.certId, asked)) found.push(single);
  }
  return found;
}

function isSameId(a: CertId, b: CertId): boolean {
  return (
    a.serialNumber === b.serialNumber &&
    equalBytes(a.issuerNameHash, b.issuerNameHash) &&
    equalBytes(a.issuerKeyHash, b.issuerKeyHash)
  );
}

/** The certificate whose key signed: the issuer itself, or one that it issued. */
async function findResponder(response: OcspResponse, issuer: Certificate): Promise<Certificate> {
  if ((await isNamed(response, issuer)) && (await isMadeBy(response, issuer))) return issuer;
  let stranger: Certificate | undefined;
  for (const der of response.certificates) {
    const certificate = readDelegate(der);
    if (!(await isNamed(response, certificate)) || !(await isMadeBy(response, certificate))) continue;
    if (await isDelegated(certificate, issuer)) return certificate;
    stranger = certificate;
  }
  throw invalid(
    stranger
      ? `its responder "${shortSubject(stranger)}" was not appointed by the issuer of the certificate`
      : 'it was signed neither by the issuer of the certificate nor by a responder whose certificate is in it',
  );
}

async function isMadeBy(response: OcspResponse, { publicKey }: Certificate): Promise<boolean> {
  const { signatureAlgorithm: algorithm, signature, signedBytes } = response;
  if (algorithm.name === 'unsupported')
    throw invalid(`it is signed with ${algorithm.reason}, which is not allowed`);
  return relied('its signature', () => isSignatureOf(publicKey, algorithm, signature, signedBytes));
}

async function isNamed({ responder }: OcspResponse, { subject, publicKey }: Certificate): Promise<boolean> {
  if ('name' in responder) return equalBytes(responder.name, subject.der);
  return equalBytes(responder.keyHash, await hash('SHA-1', keyBits(publicKey)));
}

function readDelegate(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw invalid(`a certificate in it cannot be read: ${cause.message}`, cause);
  }
}

async function isDelegated(delegate: Certificate, issuer: Certificate): Promise<boolean> {
  return relied('the certificate of its responder', () => isIssuedBy(delegate, issuer));
}

/** RFC 6960, section 4.2.2.2, and RFC 5280, section 4.2: for this purpose, in its time, and wholly understood. */
function checkDelegate(delegate: Certificate, now: Date): void {
  const name = `its responder "${shortSubject(delegate)}"`;
  if (delegate.unknownCritical !== undefined) {
    throw invalid(
      `${name} has a certificate with the unknown critical extension ${delegate.unknownCritical}`,
    );
  }
  if (!delegate.extendedKeyUsage?.purposes.includes(Oid.ocspSigning)) {
    throw invalid(`${name} has a certificate that is not for OCSP signing`);
  }
  if (delegate.keyUsage && !delegate.keyUsage.usages.has('digitalSignature')) {
    throw invalid(`${name} has a certificate without the key usage digitalSignature`);
  }
  if (findInvalidAt([delegate], now)) throw invalid(`${name} has a certificate that is not valid now`);
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

function relied(what: string, check: () => Promise<boolean>): Promise<boolean> {
  return tellSignature(check, (reason, cause) => invalid(`${what} ${reason}`, cause));
}

function invalid(reason: string, cause?: unknown): NotationError {
  const options = cause === undefined ? {} : { cause };
  return new NotationError('ERR_OCSP_INVALID', `the OCSP reply cannot be relied on: ${reason}`, options);
}

function untold(reason: string): NotationError {
  return new NotationError('ERR_REVOCATION_UNKNOWN', `the OCSP reply does not tell the status: ${reason}`);
}
