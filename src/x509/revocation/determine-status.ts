import { isNotationError, NotationError, reasonOf } from '../../errors/index.ts';
import { escapeUnprintable, quote } from '../../errors/quote.ts';
import type { Budget } from '../../net/budget.ts';
import type { Certificate } from '../certificate.ts';
import { shortSubject } from '../name.ts';
import { isSelfSigned } from '../trust-store.ts';
import { type CertificateStatus, namesRevocationUrl, type RevocationLookup } from './certificate-status.ts';
import type { Evaluation, EvaluationTime } from './evaluation.ts';
import type { StatusLookup, StatusWithEvidence } from './status-lookup.ts';

/** A certificate whose status is to be determined. */
export interface StatusQuery extends EvaluationTime {
  certificate: Certificate;
  issuer: Certificate;
  signal?: AbortSignal | undefined;
  budget?: Budget | undefined;
  /** When the lookup began, in milliseconds. */
  begun: number;
}

/** The result of a lookup by one of the two methods. */
export interface Determination {
  lookups: RevocationLookup[];
  /** Absent if the status could not be determined. */
  evaluation?: Evaluation & { answer: 'good' | 'revoked' };
  /** The responses that it is based on, DER. */
  evidence: Uint8Array[];
}

/** The source of responses: the network, or the caller. */
export interface RevocationSource {
  byOcsp(query: StatusQuery): Promise<Determination>;
  byCrl(query: StatusQuery): Promise<Determination>;
}

/** Returns a lookup that determines statuses from the responses of a source. */
export function lookUpIn(source: RevocationSource): StatusLookup {
  return (chain, at) =>
    Promise.all(
      chain.map(async (certificate, i) => {
        const issuer = chain[i + 1];
        if (!issuer) return determineLast(certificate);
        return determineStatus({ certificate, issuer, ...at, begun: Date.now() }, source);
      }),
    );
}

/** A root is not checked: the store decides whether it is trusted. Any other certificate needs its issuer. */
async function determineLast(certificate: Certificate): Promise<StatusWithEvidence> {
  if (!namesRevocationUrl(certificate) || (await isSelfSigned(certificate))) return notChecked();
  return { status: unknown(certificate, [], 'the chain ends before its issuer'), evidence: [] };
}

/**
 * Determines a status by OCSP if the certificate names a responder, and otherwise, or if that fails, by CRL (trust store
 * and trust policy specification, "Certificate Revocation Evaluation").
 * @see docs/specification.md, rules REV-2, REV-3
 */
async function determineStatus(query: StatusQuery, source: RevocationSource): Promise<StatusWithEvidence> {
  const { certificate } = query;
  const { ocsp, crl } = certificate.revocation;
  if (!namesRevocationUrl(certificate)) return notChecked();
  const lookups: RevocationLookup[] = [];
  for (const method of [ocsp.length > 0 && source.byOcsp, crl.length > 0 && source.byCrl]) {
    if (!method) continue;
    const determination = await method.call(source, query);
    lookups.push(...determination.lookups);
    const { evaluation, evidence } = determination;
    if (evaluation) return { status: settled(certificate, evaluation, lookups), evidence };
  }
  return { status: unknown(certificate, lookups), evidence: [] };
}

function notChecked(): StatusWithEvidence {
  return { status: { status: 'notChecked', lookups: [] }, evidence: [] };
}

function settled(
  certificate: Certificate,
  { answer, message, revocation }: Evaluation & { answer: 'good' | 'revoked' },
  lookups: RevocationLookup[],
): CertificateStatus {
  if (answer === 'good') return { status: 'good', lookups };
  const url = lookups.at(-1)?.url;
  const where = url === undefined ? '' : `, according to ${quote(url)}`;
  const text = `the certificate "${shortSubject(certificate)}" was ${message}${where}`;
  const reason = reasonOf(new NotationError('ERR_CERTIFICATE_REVOKED', text));
  return { status: 'revoked', reason, ...(revocation && { revocation }), lookups };
}

function unknown(
  certificate: Certificate,
  lookups: RevocationLookup[],
  why = failuresOf(lookups),
): CertificateStatus {
  // One lookup decides the code: responders often refuse requests about expired certificates.
  const expired = 'ERR_REVOCATION_EXPIRED_CERTIFICATE';
  const reason = new NotationError(
    lookups.some(({ code }) => code === expired) ? expired : 'ERR_REVOCATION_UNKNOWN',
    `the revocation status of the certificate "${shortSubject(certificate)}" cannot be determined: ${why}`,
  );
  return { status: 'unknown', reason: reasonOf(reason), lookups };
}

function failuresOf(lookups: readonly RevocationLookup[]): string {
  return lookups
    .filter(({ answer }) => answer === 'unknown')
    .map(({ method, url, message }) => (url === undefined ? message : `${method} ${quote(url)}: ${message}`))
    .join('; ');
}

/** A request to a URL, or a response that was given. */
export interface LookupOrigin extends Pick<RevocationLookup, 'method' | 'source'> {
  url?: string | undefined;
  notes?: readonly string[];
  now: Date;
}

/** Characters of a URL in a report. */
const MAX_URL = 2000;

/** Returns the entry of a report about a response. */
export function answeredLookup(
  origin: LookupOrigin,
  { answer, message, thisUpdate, nextUpdate }: Evaluation,
): RevocationLookup {
  const age = Math.floor((origin.now.getTime() - thisUpdate.getTime()) / 1000);
  return {
    ...lookupOf(origin, answer, message),
    thisUpdate: thisUpdate.toISOString(),
    nextUpdate: nextUpdate.toISOString(),
    age: Math.max(0, age),
  };
}

/**
 * Returns the entry of a report about a lookup that did not determine the status.
 * @throws NotationError `ERR_ABORTED`, which is not a failure of the lookup; anything that is not a NotationError
 */
export function failedLookup(origin: LookupOrigin, error: unknown): RevocationLookup {
  if (!isNotationError(error) || error.code === 'ERR_ABORTED') throw error;
  return { ...lookupOf(origin, 'unknown', error.message), code: error.code };
}

function lookupOf(
  { method, url, source, notes = [] }: LookupOrigin,
  answer: RevocationLookup['answer'],
  message: string,
): RevocationLookup {
  const where = url === undefined ? {} : { url: url.slice(0, MAX_URL) };
  const text = escapeUnprintable([message, ...notes].join('; '));
  return { method, ...where, source, answer, message: text };
}
