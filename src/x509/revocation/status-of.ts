import { isNotationError, NotationError, reasonOf } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import { shortSubject } from '../name.ts';
import { isSelfSigned } from '../trust-store.ts';
import { type CertificateStatus, namesAddress, type RevocationLookup } from './certificate-status.ts';
import type { JudgeAt, Judgement } from './status-evaluation.ts';

/** A certificate whose status is wanted. */
export interface StatusQuestion extends JudgeAt {
  certificate: Certificate;
  issuer: Certificate;
  signal?: AbortSignal | undefined;
  /** When asking began, in milliseconds. */
  begun: number;
}

/** What came of asking in one of the two ways. */
export interface Determination {
  lookups: RevocationLookup[];
  /** Absent where the status could not be determined. */
  judgement?: Judgement & { answer: 'good' | 'revoked' };
  /** The replies that it rests on, DER. */
  evidence: Uint8Array[];
}

/** Where answers come from: the authorities themselves, or replies that were collected before. */
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
 * Asks by OCSP where the certificate names a responder, and by CRL where that does not tell (trust store and trust
 * policy specification, "Certificate Revocation Evaluation").
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
  const where = asked === undefined ? '' : `, says ${JSON.stringify(asked)}`;
  const text = `the certificate "${shortSubject(certificate)}" is revoked: ${message}${where}`;
  const reason = reasonOf(new NotationError('ERR_CERTIFICATE_REVOKED', text));
  return { status: 'revoked', reason, ...(revocation && { revocation }), lookups };
}

function unknown(
  certificate: Certificate,
  lookups: RevocationLookup[],
  why = failuresOf(lookups),
): CertificateStatus {
  // A responder often refuses to answer about an expired certificate, so one lookup decides the code.
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
      address === undefined ? message : `${method} ${JSON.stringify(address)}: ${message}`,
    )
    .join('; ');
}

/** How an address was asked. */
export interface Asked extends Pick<RevocationLookup, 'method' | 'source'> {
  address?: string | undefined;
  notes?: readonly string[];
  now: Date;
}

/** Characters of an address that a report holds. */
const MAX_ADDRESS = 2000;

/** The line of a report about what an address answered. */
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
 * The line of a report about an address that gave no answer that counts.
 * @throws NotationError `ERR_ABORTED`: that is no answer of an address
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
  const text = [message, ...notes].join('; ').replace(/\p{Cc}/gu, ' ');
  return { method, ...where, source, answer, message: text };
}
