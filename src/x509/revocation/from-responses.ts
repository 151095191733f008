import { DerReader, Tag } from '../../asn1/der-reader.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
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

/** Options of {@link fromResponses}. */
export interface FromResponsesOptions {
  /** Returns the time of a check without `now`; the default is the clock of the machine. */
  clock?: (() => Date) | undefined;
}

const MAX_RESPONSES = 1000;
/** Limit of all responses together, in bytes. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Makes a checker that uses OCSP responses and CRLs collected before, and sends no requests: for machines without a
 * network, and for the edge. They are verified as if they had just been fetched, and they expire.
 *
 * @param responses - OCSP responses and CRLs, DER, in any order, 1000 at most; from `collectRevocation`, or from files.
 * @param options - A clock.
 * @returns The checker, for the option `revocation` of a verifier. A status that they do not determine is unknown.
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
 * const { certificates } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256', crl: ['http://crl.example'] });
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

/** A response with the bytes it was read from. */
interface Given<T> {
  der: Uint8Array;
  value: T;
}

class GivenSource implements RevocationSource {
  readonly #ocsp: Given<OcspResponse>[] = [];
  readonly #crls: Crl[] = [];
  /** Each CRL is verified and indexed once per issuer with its name. */
  readonly #verified = new Map<Crl, { issuer: Certificate; crl: Promise<VerifiedCrl> }>();

  constructor(responses: Iterable<Uint8Array>) {
    if (typeof responses?.[Symbol.iterator] !== 'function') {
      throw argumentInvalid('give a list of OCSP responses and CRLs');
    }
    let [count, bytes] = [0, 0];
    for (const response of responses) {
      count += 1;
      if (count > MAX_RESPONSES) {
        throw new NotationError('ERR_LIMIT_EXCEEDED', `more than ${MAX_RESPONSES} responses were given`);
      }
      bytes += response?.length ?? 0;
      if (bytes > MAX_BYTES)
        throw new NotationError('ERR_LIMIT_EXCEEDED', `more than ${MAX_BYTES} bytes of responses were given`);
      this.#addNamed(response, `response ${count}`);
    }
  }

  #addNamed(response: Uint8Array, name: string): void {
    try {
      this.#add(response);
    } catch (cause) {
      if (!isNotationError(cause)) throw cause;
      throw new NotationError(cause.code, `${name} cannot be used: ${cause.message}`, { cause });
    }
  }

  #add(response: Uint8Array): void {
    const der = response instanceof Uint8Array ? new Uint8Array(response) : new Uint8Array();
    const kind = kindOf(der);
    if (!kind) throw argumentInvalid('it is neither an OCSP response nor a CRL in DER');
    if (der.length > (kind === 'crl' ? MAX_CRL : MAX_OCSP_RESPONSE)) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', `its ${der.length} bytes are too many`);
    }
    if (kind === 'crl') {
      this.#crls.push(parseCrl(der));
      return;
    }
    const value = parseOcspResponse(der);
    // A refusal says nothing about any certificate.
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
    return {
      lookups: [failedLookup(asked, missing('no OCSP response about the certificate was given'))],
      evidence: [],
    };
  }

  /** A response by a delegated responder counts only if the responder is known to be good. */
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

  /** One usable CRL must cover the certificate, and none may revoke it. */
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
        // A CRL of another issuer with the same name, or an outdated one, must not hide a usable one.
        lookups.push(failedLookup(asked, error));
      }
    }
    if (known) return { lookups, judgement: known, evidence };
    if (lookups.length > 0) return { lookups, evidence: [] };
    return {
      lookups: [failedLookup(asked, missing('no CRL that covers the certificate was given'))],
      evidence: [],
    };
  }

  /** Uses the newest delta CRL that belongs to the base, if the base points to one. */
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

/** An OCSP response begins with an ENUMERATED, a CRL with a SEQUENCE. */
function kindOf(der: Uint8Array): 'ocsp' | 'crl' | undefined {
  try {
    const first = new DerReader(der, 'response', 'ERR_ARGUMENT_INVALID').enter(Tag.sequence).peek();
    return first === Tag.enumerated ? 'ocsp' : first === Tag.sequence ? 'crl' : undefined;
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return undefined;
  }
}

function missing(reason: string): NotationError {
  return new NotationError('ERR_REVOCATION_UNKNOWN', reason);
}
