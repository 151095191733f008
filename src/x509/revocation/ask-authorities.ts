import { encodeUtf8 } from '../../encoding/bytes.ts';
import { NotationError } from '../../errors/index.ts';
import { askAuthority } from '../../net/authority.ts';
import type { RevocationLookup } from '../revocation-status.ts';
import { MAX_CRL, parseCrl, type VerifiedCrl, verifyCrl } from './crl.ts';
import { judgeByCrl } from './judge-crl.ts';
import { judgeByOcsp, type OcspJudgement } from './judge-ocsp.ts';
import { whyNotCurrent } from './judgement.ts';
import { type CertIdHash, createOcspRequest, ocspGetAddress } from './ocsp-request.ts';
import { MAX_OCSP_RESPONSE, parseOcspResponse } from './ocsp-response.ts';
import type { FoundReply, Replies } from './replies.ts';
import {
  answered,
  type Determination,
  failedLookup,
  type RevocationSource,
  type StatusQuestion,
} from './status-of.ts';

/** Addresses of one kind that are asked about one certificate. */
const MAX_ADDRESSES = 4;
/** Milliseconds after which no further address is asked about one certificate. */
const MAX_TIME = 30_000;
/** Milliseconds for one request, as in the reference. */
const OCSP_TIMEOUT = 2000;
const CRL_TIMEOUT = 5000;

/** How authorities are asked. */
export interface AskingOptions {
  fetch?: typeof globalThis.fetch | undefined;
  timeout?: number | undefined;
  hash: CertIdHash;
  replies: Replies;
}

/** Asks the OCSP responders and CRL distribution points that certificates name. */
export class AskingSource implements RevocationSource {
  readonly #options: AskingOptions;

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  /** The first responder that answers decides, even if it does not know the certificate. */
  async byOcsp(question: StatusQuestion): Promise<Determination> {
    const { certificate, now } = question;
    const lookups: RevocationLookup[] = [];
    const begun = Date.now();
    for (const address of certificate.revocation.ocsp.slice(0, MAX_ADDRESSES)) {
      const asked = { method: 'OCSP', source: 'network', address, now } as const;
      try {
        checkTime(begun);
        const { judgement, reply, evidence } = await this.#askResponder(address, question, lookups);
        const { source, notes } = reply;
        lookups.push(answered({ ...asked, source, notes }, judgement));
        const { answer } = judgement;
        return answer === 'unknown'
          ? { lookups, evidence: [] }
          : { lookups, judgement: { ...judgement, answer }, evidence };
      } catch (error) {
        lookups.push(failedLookup(asked, error));
      }
    }
    return { lookups, evidence: [] };
  }

  async #askResponder(
    address: string,
    question: StatusQuestion,
    lookups: RevocationLookup[],
  ): Promise<{ judgement: OcspJudgement; reply: FoundReply<unknown>; evidence: Uint8Array[] }> {
    const { certificate, issuer, signal, now } = question;
    const request = await createOcspRequest(certificate, issuer, this.#options.hash);
    const reply = await this.#options.replies.get({
      kind: 'ocsp',
      identity: [encodeUtf8(address), request, issuer.der],
      ask: (stop) => this.#postOrGet(address, request, stop),
      load: async (der) => {
        const value = parseOcspResponse(der);
        const { answer, nextUpdate } = await judgeByOcsp(value, certificate, issuer, question);
        return { value, ...(answer !== 'unknown' && { keepUntil: nextUpdate }) };
      },
      now,
      signal,
    });
    const judgement = await judgeByOcsp(reply.value, certificate, issuer, question);
    const evidence = [reply.der];
    const responder = judgement.responderToCheck;
    if (!responder) return { judgement, reply, evidence };
    // By CRL only: another responder would have to be asked about in turn.
    const known = await this.byCrl({ ...question, certificate: responder, authenticSigningTime: undefined });
    lookups.push(...known.lookups);
    if (known.judgement?.answer === 'good') {
      return { judgement, reply, evidence: [...evidence, ...known.evidence] };
    }
    const message = `${judgement.message}, but whether its responder is revoked is not known to be otherwise`;
    return { judgement: { ...judgement, answer: 'unknown', message }, reply, evidence };
  }

  async #postOrGet(address: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const { fetch, timeout = OCSP_TIMEOUT } = this.#options;
    const short = ocspGetAddress(address, request);
    const { bytes } = await askAuthority({
      what: 'OCSP responder',
      address: short ?? address,
      schemes: ['http:'],
      ...(short === undefined && { body: { mediaType: 'application/ocsp-request', bytes: request } }),
      accept: 'application/ocsp-response',
      fetch,
      timeout,
      maxBytes: MAX_OCSP_RESPONSE,
      signal,
    });
    return bytes;
  }

  /** Every distribution point must tell: one may list what another one leaves out. */
  async byCrl(question: StatusQuestion): Promise<Determination> {
    const { certificate, now } = question;
    const { crl: addresses } = certificate.revocation;
    const lookups: RevocationLookup[] = [];
    const evidence: Uint8Array[] = [];
    const begun = Date.now();
    let known: Determination['judgement'];
    for (const [i, address] of addresses.entries()) {
      const asked = { method: 'CRL', source: 'network', address, now } as const;
      try {
        if (i >= MAX_ADDRESSES) throw tooMany();
        checkTime(begun);
        const base = await this.#fetchCrl(address, question);
        evidence.push(base.der);
        const delta = await this.#fetchDelta(base.value, question, lookups);
        if (delta) evidence.push(delta.der);
        const { answer, ...judgement } = judgeByCrl(
          certificate,
          base.value,
          delta?.value,
          question,
          addresses,
        );
        const { source, notes } = base;
        lookups.push(answered({ ...asked, source, notes }, { answer, ...judgement }));
        if (answer === 'unknown') return { lookups, evidence: [] };
        known = { answer, ...judgement };
        if (answer === 'revoked') break;
      } catch (error) {
        lookups.push(failedLookup(asked, error));
        return { lookups, evidence: [] };
      }
    }
    return { lookups, evidence, ...(known && { judgement: known }) };
  }

  /** The delta CRL that a base points to, at the first of its addresses that has it. */
  async #fetchDelta(
    base: VerifiedCrl,
    question: StatusQuestion,
    lookups: RevocationLookup[],
  ): Promise<FoundReply<VerifiedCrl> | undefined> {
    const begun = Date.now();
    for (const address of base.freshest.slice(0, MAX_ADDRESSES)) {
      try {
        checkTime(begun);
        return await this.#fetchCrl(address, question);
      } catch (error) {
        const asked = { method: 'delta CRL', source: 'network', address, now: question.now } as const;
        lookups.push(failedLookup(asked, error));
      }
    }
    return undefined;
  }

  #fetchCrl(address: string, { issuer, now, signal }: StatusQuestion): Promise<FoundReply<VerifiedCrl>> {
    const { fetch, timeout = CRL_TIMEOUT, replies } = this.#options;
    return replies.get({
      kind: 'crl',
      identity: [encodeUtf8(address), issuer.der],
      ask: async (stop) => {
        const request = {
          what: 'CRL distribution point',
          address,
          schemes: ['http:'],
          maxBytes: MAX_CRL,
        } as const;
        const { bytes } = await askAuthority({ ...request, fetch, timeout, signal: stop });
        return bytes;
      },
      load: async (der) => {
        const value = await verifyCrl(parseCrl(der), issuer);
        const stale = whyNotCurrent(value, now);
        if (stale === undefined) return { value, keepUntil: value.nextUpdate };
        throw new NotationError('ERR_REVOCATION_UNKNOWN', `the CRL does not tell the status: ${stale}`);
      },
      now,
      signal,
    });
  }
}

function checkTime(begun: number): void {
  if (Date.now() - begun <= MAX_TIME) return;
  throw new NotationError(
    'ERR_TIMEOUT',
    'it was not asked: other addresses took the time for this certificate',
  );
}

function tooMany(): NotationError {
  const message = `it was not asked: the certificate names more than ${MAX_ADDRESSES} addresses`;
  return new NotationError('ERR_LIMIT_EXCEEDED', message);
}
