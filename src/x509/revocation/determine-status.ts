import { isNotationError, NotationError, reasonOf } from '../../errors/index.ts';
import { escapeUnprintable, quote } from '../../errors/quote.ts';
import type { Certificate } from '../certificate.ts';
import { shortSubject } from '../name.ts';
import { isSelfSigned } from '../trust-store.ts';
import { type CertificateStatus, namesAddress, type RevocationLookup } from './certificate-status.ts';
import type { JudgeAt, Judgement } from './evaluation.ts';

/** A certificate whose status is to be determined. */
export interface StatusQuestion extends JudgeAt {
  certificate: Certificate;
  issuer: Certificate;
  signal?: AbortSignal | undefined;
  /** When the lookup began, in milliseconds. */
  begun: number;
}

/** The result of a lookup by one of the two methods. */
export interface Determination {
  lookups: RevocationLookup[];
  /** Absent if the status could not be determined. */
  judgement?: Judgement & { answer: 'good' | 'revoked' };
  /** The responses that it rests on, DER. */
  evidence: Uint8Array[];
}

/** Where responses come from: the authorities themselves, or a collection made before. */
export interface RevocationSource {
  byOcsp(question: StatusQuestion): Promise<Determination>;
  byCrl(question: StatusQuestion): Promise<Determination>;
}

/** A status with what it rests on. */
export interface StatusWithEvidence {
  status: CertificateStatus;
  evidence: Uint8Array[];
}

/** Determines the status of each certificate of a chain. */
export function statusesOf(
  chain: readonly Certificate[],
  source: RevocationSource,
  at: JudgeAt & { signal?: AbortSignal | undefined },
): Promise<StatusWithEvidence[]> {
  return Promise.all(
    chain.map(async (certificate, i) => {
      const issuer = chain[i + 1];
      if (!issuer) return statusOfLast(certificate);
      return statusOf({ certificate, issuer, ...at, begun: Date.now() }, source);
    }),
  );
}

/** A root is not checked: the store decides whether it is trusted. Any other certificate needs its issuer. */
async function statusOfLast(certificate: Certificate): Promise<StatusWithEvidence> {
  if (!namesAddress(certificate) || (await isSelfSigned(certificate))) return notChecked();
  return { status: unknown(certificate, [], 'the chain ends before its issuer'), evidence: [] };
}

/**
 * Determines a status by OCSP if the certificate names a responder, and otherwise, or if that fails, by CRL (trust store
 * and trust policy specification, "Certificate Revocation Evaluation").
 */
async function statusOf(question: StatusQuestion, source: RevocationSource): Promise<StatusWithEvidence> {
  const { certificate } = question;
  const { ocsp, crl } = certificate.revocation;
  if (!namesAddress(certificate)) return notChecked();
  const lookups: RevocationLookup[] = [];
  for (const ask of [ocsp.length > 0 && source.byOcsp, crl.length > 0 && source.byCrl]) {
    if (!ask) continue;
    const determination = await ask.call(source, question);
    lookups.push(...determination.lookups);
    const { judgement, evidence } = determination;
    if (judgement) return { status: settled(certificate, judgement, lookups), evidence };
  }
  return { status: unknown(certificate, lookups), evidence: [] };
}

function notChecked(): StatusWithEvidence {
  return { status: { status: 'notChecked', lookups: [] }, evidence: [] };
}

function settled(
  certificate: Certificate,
  { answer, message, revocation }: Judgement & { answer: 'good' | 'revoked' },
  lookups: RevocationLookup[],
): CertificateStatus {
  if (answer === 'good') return { status: 'good', lookups };
  const asked = lookups.at(-1)?.address;
  const where = asked === undefined ? '' : `, according to ${quote(asked)}`;
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
    .map(({ method, address, message }) =>
      address === undefined ? message : `${method} ${quote(address)}: ${message}`,
    )
    .join('; ');
}

/** How an address was queried. */
export interface Asked extends Pick<RevocationLookup, 'method' | 'source'> {
  address?: string | undefined;
  notes?: readonly string[];
  now: Date;
}

/** Characters of an address in a report. */
const MAX_ADDRESS = 2000;

/** Returns the entry of a report about a response. */
export function answered(
  asked: Asked,
  { answer, message, thisUpdate, nextUpdate }: Judgement,
): RevocationLookup {
  const age = Math.floor((asked.now.getTime() - thisUpdate.getTime()) / 1000);
  return {
    ...lookupOf(asked, answer, message),
    thisUpdate: thisUpdate.toISOString(),
    nextUpdate: nextUpdate.toISOString(),
    age: Math.max(0, age),
  };
}

/**
 * Returns the entry of a report about an address that did not determine the status.
 * @throws NotationError `ERR_ABORTED`, which is not a failure of the address; anything that is not a NotationError
 */
export function failedLookup(asked: Asked, error: unknown): RevocationLookup {
  if (!isNotationError(error) || error.code === 'ERR_ABORTED') throw error;
  return { ...lookupOf(asked, 'unknown', error.message), code: error.code };
}

function lookupOf(
  { method, address, source, notes = [] }: Asked,
  answer: RevocationLookup['answer'],
  message: string,
): RevocationLookup {
  const where = address === undefined ? {} : { address: address.slice(0, MAX_ADDRESS) };
  const text = escapeUnprintable([message, ...notes].join('; '));
  return { method, ...where, source, answer, message: text };
}
