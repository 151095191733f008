import { DerReader, Tag } from '../../asn1/der-reader.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { throwIfAborted } from '../../net/abort.ts';
import type { Certificate } from '../certificate.ts';
import type { RevocationChecker, RevocationLookup } from './certificate-status.ts';
import { readCheck, requireClock } from './check-arguments.ts';
import { type Crl, isGreaterNumber, MAX_CRL, parseCrl, type VerifiedCrl, verifyCrl } from './crl.ts';
import { whyOutOfScope } from './crl-scope.ts';
import { judgeByCrl } from './judge-crl.ts';
import { isAbout, judgeByOcsp, type OcspJudgement } from './judge-ocsp.ts';
import { MAX_OCSP_RESPONSE, type OcspResponse, parseOcspResponse } from './ocsp-response.ts';
import type { Judgement } from './status-evaluation.ts';
import {
  answered,
  type Determination,
  failedLookup,
  type RevocationSource,
  type StatusQuestion,
  statusesOf,
} from './status-of.ts';

/** What {@link fromResponses} takes beside the replies. */
export interface FromResponsesOptions {
  /** Gives the time of a check that is not given one; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
}

const MAX_RESPONSES = 1000;
/** Bytes of all of them. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Makes a checker that answers from OCSP replies and CRLs which were collected before, and asks nobody: for machines
 * without a network, and for the edge. They are verified as if they had just been fetched, and they expire.
 *
 * @param responses - OCSP replies and CRLs, DER, in any order, 1000 at most; from `collectRevocation`, or from files.
 * @param options - A clock.
 * @returns The checker, for the option `revocation` of a verifier. What the replies do not tell is unknown.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for bytes that are neither, `ERR_OCSP_INVALID`, `ERR_CRL_INVALID`,
 * `ERR_LIMIT_EXCEEDED`
 * @see Trust store and trust policy specification, "Certificate Revocation Evaluation"
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { parseCertificates } from 'notarykit/x509';
 * import { fromResponses } from 'notarykit/x509/revocation';
 *
 * const { certificates } = await generateTestChain({ name: 'acme.example', keyType: 'EC-256', crl: ['http://crl.example'] });
 * const checker = fromResponses([]); // such as [await readFile('leaf.ocsp'), await readFile('ca.crl')]
 * const [leaf] = await checker.check(parseCertificates(certificates));
 * console.log(leaf?.status); // unknown: no CRL of its issuer was given
 * ```
 */
export function fromResponses(
  responses: Iterable<Uint8Array>,
  options: FromResponsesOptions = {},
): RevocationChecker {
  const clock = requireClock(options.clock);
  const source = new GivenSource(responses);
  return {
    async check(chain, how = {}) {
      const at = readCheck(chain, how, clock);
      throwIfAborted(how.signal);
      const statuses = await statusesOf(chain, source, at);
      return statuses.map(({ status }) => status);
    },
  };
}

/** A reply with the bytes it was read from. */
interface Given<T> {
  der: Uint8Array;
  value: T;
}

class GivenSource implements RevocationSource {
  readonly #ocsp: Given<OcspResponse>[] = [];
  readonly #crls: Crl[] = [];
  /** Each CRL is verified and read once for each issuer that has its name. */
  readonly #verified = new Map<Crl, { issuer: Certificate; crl: Promise<VerifiedCrl> }>();

  constructor(responses: Iterable<Uint8Array>) {
    if (typeof responses?.[Symbol.iterator] !== 'function') {
      throw new NotationError('ERR_ARGUMENT_INVALID', 'give a list of OCSP replies and CRLs');
    }
    let [count, bytes] = [0, 0];
    for (const response of responses) {
      count += 1;
      if (count > MAX_RESPONSES) {
        throw new NotationError('ERR_LIMIT_EXCEEDED', `more than ${MAX_RESPONSES} replies were given`);
      }
      bytes += response?.length ?? 0;
      if (bytes > MAX_BYTES) throw new NotationError('ERR_LIMIT_EXCEEDED', 'the replies given are too large');
      this.#addNamed(response, `reply ${count}`);
    }
  }

  #addNamed(response: Uint8Array, name: string): void {
    try {
      this.#add(response, name);
    } catch (cause) {
      if (!isNotationError(cause)) throw cause;
      throw new NotationError(cause.code, `${name} cannot be used: ${cause.message}`, { cause });
    }
  }

  #add(response: Uint8Array, name: string): void {
    const der = response instanceof Uint8Array ? new Uint8Array(response) : new Uint8Array();
    const kind = kindOf(der);
    if (!kind)
      throw new NotationError('ERR_ARGUMENT_INVALID', `${name} is neither an OCSP reply nor a CRL in DER`);
    if (der.length > (kind === 'crl' ? MAX_CRL : MAX_OCSP_RESPONSE)) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', `${name} of ${der.length} bytes is too large`);
    }
    if (kind === 'crl') {
      this.#crls.push(parseCrl(der));
      return;
    }
    const value = parseOcspResponse(der);
    // A refusal to answer says nothing of any certificate.
    if (!('refused' in value)) this.#ocsp.push({ der, value });
  }

  async byOcsp(question: StatusQuestion): Promise<Determination> {
    const { certificate, issuer, now } = question;
    const asked = { method: 'OCSP', source: 'given', now } as const;
    const lookups: RevocationLookup[] = [];
    let known: Determination | undefined;
    for (const { der, value } of this.#ocsp) {
      try {
        if (!(await isAbout(value, certificate, issuer))) continue;
        const judgement = await judgeByOcsp(value, certificate, issuer, question);
        const { answer, evidence } = await this.#settle(judgement, question, lookups);
        lookups.push(answered(asked, { ...judgement, answer }));
        if (answer === 'unknown') continue;
        const found = { lookups, judgement: { ...judgement, answer }, evidence: [der, ...evidence] };
        if (answer === 'revoked') return found;
        known ??= found;
      } catch (error) {
        lookups.push(failedLookup(asked, error));
      }
    }
    if (known || lookups.length > 0) return known ?? { lookups, evidence: [] };
    return { lookups: [failedLookup(asked, missing('no OCSP reply about it was given'))], evidence: [] };
  }

  /** A delegated responder must itself be known to be good. */
  async #settle(
    { answer, responderToCheck }: OcspJudgement,
    question: StatusQuestion,
    lookups: RevocationLookup[],
  ): Promise<{ answer: Judgement['answer']; evidence: Uint8Array[] }> {
    if (!responderToCheck) return { answer, evidence: [] };
    const known = await this.byCrl({
      ...question,
      certificate: responderToCheck,
      authenticSigningTime: undefined,
    });
    lookups.push(...known.lookups);
    return known.judgement?.answer === 'good'
      ? { answer, evidence: known.evidence }
      : { answer: 'unknown', evidence: [] };
  }

  /** Of the lists that cover the certificate and can be relied on, none may revoke it, and one must tell. */
  async byCrl(question: StatusQuestion): Promise<Determination> {
    const { certificate, issuer, now } = question;
    const asked = { method: 'CRL', source: 'given', now } as const;
    const lookups: RevocationLookup[] = [];
    const evidence: Uint8Array[] = [];
    let known: Determination['judgement'];
    for (const base of this.#crlsFor(certificate).filter(({ deltaSince }) => deltaSince === undefined)) {
      try {
        const verified = await this.#verify(base, issuer);
        const { answer, delta, ...judgement } = await this.#judge(verified, question);
        lookups.push(answered(asked, { answer, ...judgement }));
        if (answer === 'unknown') continue;
        evidence.push(base.der, ...(delta ? [delta.der] : []));
        known = { answer, ...judgement };
        if (answer === 'revoked') break;
      } catch (error) {
        // Of another issuer of the same name, or older than another one: it spoils none that tells.
        lookups.push(failedLookup(asked, error));
      }
    }
    if (known) return { lookups, judgement: known, evidence };
    if (lookups.length > 0) return { lookups, evidence: [] };
    return { lookups: [failedLookup(asked, missing('no CRL that covers it was given'))], evidence: [] };
  }

  /** With the newest delta CRL that belongs to the base, where the base points to one. */
  async #judge(base: VerifiedCrl, question: StatusQuestion): Promise<Judgement & { delta?: VerifiedCrl }> {
    const { certificate, issuer } = question;
    let failure: unknown;
    const deltas = this.#crlsFor(certificate).filter(({ deltaSince }) => deltaSince !== undefined);
    for (const crl of base.freshest.length > 0 ? deltas.sort(newestFirst) : []) {
      try {
        const delta = await this.#verify(crl, issuer);
        return { ...judgeByCrl(certificate, base, delta, question), delta };
      } catch (error) {
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
    return judgeByCrl(certificate, base, undefined, question);
  }

  #crlsFor(certificate: Certificate): Crl[] {
    return this.#crls.filter(
      ({ issuer, scope }) =>
        equalBytes(issuer, certificate.issuer.der) &&
        whyOutOfScope(scope, certificate, certificate.revocation.crl) === undefined,
    );
  }

  #verify(crl: Crl, issuer: Certificate): Promise<VerifiedCrl> {
    const known = this.#verified.get(crl);
    if (known && equalBytes(known.issuer.der, issuer.der)) return known.crl;
    const verified = verifyCrl(crl, issuer);
    this.#verified.set(crl, { issuer, crl: verified });
    return verified;
  }
}

function newestFirst({ number: a = '' }: Crl, { number: b = '' }: Crl): number {
  return isGreaterNumber(a, b) ? -1 : isGreaterNumber(b, a) ? 1 : 0;
}

/** An OCSP reply begins with its status, a CRL with what is signed. */
function kindOf(der: Uint8Array): 'ocsp' | 'crl' | undefined {
  try {
    const first = new DerReader(der, 'reply', 'ERR_ARGUMENT_INVALID').enter(Tag.sequence).peek();
    return first === Tag.enumerated ? 'ocsp' : first === Tag.sequence ? 'crl' : undefined;
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return undefined;
  }
}

function missing(reason: string): NotationError {
  return new NotationError('ERR_REVOCATION_UNKNOWN', reason);
}
