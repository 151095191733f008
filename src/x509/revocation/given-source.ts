import { equalBytes } from '../../encoding/bytes.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import { isNameOf } from '../name.ts';
import type { RevocationLookup } from './certificate-status.ts';
import { type Crl, isGreaterNumber, parseCrl, type VerifiedCrl, verifyCrl } from './crl.ts';
import { whyOutOfScope } from './crl-scope.ts';
import {
  answeredLookup,
  type Determination,
  failedLookup,
  lookUpIn,
  type RevocationSource,
  type StatusQuery,
} from './determine-status.ts';
import { evaluateCrl } from './evaluate-crl.ts';
import { evaluateOcsp, isAbout, type OcspEvaluation } from './evaluate-ocsp.ts';
import type { Evaluation } from './evaluation.ts';
import { MAX_OCSP_RESPONSE, type OcspResponse, parseOcspResponse } from './ocsp-response.ts';
import type { StatusLookup } from './status-lookup.ts';

/** A response of the caller, not parsed yet. */
export interface GivenResponse {
  kind: 'ocsp' | 'crl';
  der: Uint8Array;
}

/**
 * Parses responses, and returns a lookup in them.
 * @throws NotationError `ERR_OCSP_INVALID`, `ERR_CRL_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export function lookUpInResponses(responses: readonly GivenResponse[]): StatusLookup {
  return lookUpIn(new GivenSource(responses));
}

class GivenSource implements RevocationSource {
  readonly #ocsp: { der: Uint8Array; value: OcspResponse }[] = [];
  readonly #crls: Crl[] = [];
  /** Each CRL is verified and indexed once per issuer with its name. */
  readonly #verified = new Map<Crl, { issuer: Certificate; crl: Promise<VerifiedCrl> }>();

  constructor(responses: readonly GivenResponse[]) {
    for (const [i, response] of responses.entries()) {
      try {
        this.#add(response);
      } catch (cause) {
        if (!isNotationError(cause)) throw cause;
        throw new NotationError(cause.code, `response ${i + 1} cannot be used: ${cause.message}`, { cause });
      }
    }
  }

  #add({ kind, der }: GivenResponse): void {
    if (kind === 'crl') {
      this.#crls.push(parseCrl(der));
      return;
    }
    if (der.length > MAX_OCSP_RESPONSE) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', `an OCSP response of ${der.length} bytes is too large`);
    }
    const value = parseOcspResponse(der);
    // A refusal says nothing about any certificate.
    if (!('refused' in value)) this.#ocsp.push({ der, value });
  }

  async byOcsp(query: StatusQuery): Promise<Determination> {
    const { certificate, issuer, now } = query;
    const origin = { method: 'OCSP', source: 'given', now } as const;
    const lookups: RevocationLookup[] = [];
    let known: Determination | undefined;
    for (const { der, value } of this.#ocsp) {
      try {
        if (!(await isAbout(value, certificate, issuer))) continue;
        const evaluation = await evaluateOcsp(value, certificate, issuer, query);
        const { answer, evidence } = await this.#settle(evaluation, query, lookups);
        lookups.push(answeredLookup(origin, { ...evaluation, answer }));
        if (answer === 'unknown') continue;
        const found = { lookups, evaluation: { ...evaluation, answer }, evidence: [der, ...evidence] };
        if (answer === 'revoked') return found;
        known ??= found;
      } catch (error) {
        lookups.push(failedLookup(origin, error));
      }
    }
    if (known || lookups.length > 0) return known ?? { lookups, evidence: [] };
    return {
      lookups: [failedLookup(origin, missing('no OCSP response about the certificate was given'))],
      evidence: [],
    };
  }

  /** A response by a delegated responder counts only if the responder is known to be good. */
  async #settle(
    { answer, responderToCheck }: OcspEvaluation,
    query: StatusQuery,
    lookups: RevocationLookup[],
  ): Promise<{ answer: Evaluation['answer']; evidence: Uint8Array[] }> {
    if (!responderToCheck) return { answer, evidence: [] };
    const known = await this.byCrl({
      ...query,
      certificate: responderToCheck,
      authenticSigningTime: undefined,
    });
    lookups.push(...known.lookups);
    return known.evaluation?.answer === 'good'
      ? { answer, evidence: known.evidence }
      : { answer: 'unknown', evidence: [] };
  }

  /** One usable CRL must cover the certificate, and none may revoke it. */
  async byCrl(query: StatusQuery): Promise<Determination> {
    const { now } = query;
    const origin = { method: 'CRL', source: 'given', now } as const;
    const lookups: RevocationLookup[] = [];
    const evidence: Uint8Array[] = [];
    const crls = await this.#crlsFor(query, lookups);
    let known: Determination['evaluation'];
    for (const base of crls.filter(({ deltaSince }) => deltaSince === undefined)) {
      try {
        const { answer, delta, ...evaluation } = evaluate(base, crls, query);
        lookups.push(answeredLookup(origin, { answer, ...evaluation }));
        if (answer === 'unknown') continue;
        evidence.push(base.der, ...(delta ? [delta.der] : []));
        known = { answer, ...evaluation };
        if (answer === 'revoked') break;
      } catch (error) {
        // An outdated CRL must not hide a usable one.
        lookups.push(failedLookup(origin, error));
      }
    }
    if (known) return { lookups, evaluation: known, evidence };
    if (lookups.length > 0) return { lookups, evidence: [] };
    return {
      lookups: [failedLookup(origin, missing('no CRL that covers the certificate was given'))],
      evidence: [],
    };
  }

  /** Returns the CRLs that cover a certificate. Only the signature of a CRL makes what it says about that count. */
  async #crlsFor(
    { certificate, issuer, now }: StatusQuery,
    lookups: RevocationLookup[],
  ): Promise<VerifiedCrl[]> {
    const found: VerifiedCrl[] = [];
    for (const crl of this.#crls) {
      if (!isNameOf(crl.issuer, certificate.issuer)) continue;
      try {
        const verified = await this.#verify(crl, issuer);
        const reason = whyOutOfScope(verified.scope, certificate, certificate.revocation.crl);
        if (reason === undefined) found.push(verified);
      } catch (error) {
        // A CRL of another issuer with the same name must not hide a usable one.
        lookups.push(failedLookup({ method: 'CRL', source: 'given', now }, error));
      }
    }
    return found;
  }

  #verify(crl: Crl, issuer: Certificate): Promise<VerifiedCrl> {
    const known = this.#verified.get(crl);
    if (known && equalBytes(known.issuer.der, issuer.der)) return known.crl;
    const verified = verifyCrl(crl, issuer);
    this.#verified.set(crl, { issuer, crl: verified });
    return verified;
  }
}

/** Uses the newest delta CRL that belongs to the base, if the base points to one. */
function evaluate(
  base: VerifiedCrl,
  crls: readonly VerifiedCrl[],
  query: StatusQuery,
): Evaluation & { delta?: VerifiedCrl } {
  const { certificate } = query;
  const deltas = crls.filter(({ deltaSince }) => deltaSince !== undefined).sort(newestFirst);
  let failure: unknown;
  for (const delta of base.freshest.length > 0 ? deltas : []) {
    try {
      return { ...evaluateCrl(certificate, base, delta, query), delta };
    } catch (error) {
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return evaluateCrl(certificate, base, undefined, query);
}

function newestFirst({ number: a = '' }: VerifiedCrl, { number: b = '' }: VerifiedCrl): number {
  return isGreaterNumber(a, b) ? -1 : isGreaterNumber(b, a) ? 1 : 0;
}

function missing(reason: string): NotationError {
  return new NotationError('ERR_REVOCATION_UNKNOWN', reason);
}
