import { encodeUtf8 } from '../../encoding/bytes.ts';
import { NotationError } from '../../errors/index.ts';
import { rethrowIfAborted } from '../../net/abort.ts';
import { queryAuthority } from '../../net/authority.ts';
import { shortSubject } from '../name.ts';
import type { RevocationLookup } from './certificate-status.ts';
import { MAX_CRL, parseCrl, type VerifiedCrl, verifyCrl } from './crl.ts';
import { judgeByCrl } from './judge-crl.ts';
import { judgeByOcsp, type OcspJudgement } from './judge-ocsp.ts';
import { type CertIdHash, createOcspRequest, ocspGetAddress } from './ocsp-request.ts';
import { MAX_OCSP_RESPONSE, parseOcspResponse } from './ocsp-response.ts';
import type { FoundReply, Replies } from './replies.ts';
import { statusUnknown, whyNotCurrent } from './status-evaluation.ts';
import {
  answered,
  type Determination,
  failedLookup,
  type RevocationSource,
  type StatusQuestion,
} from './status-of.ts';

/** Limit of the addresses of one kind that are queried about one certificate. */
const MAX_ADDRESSES = 4;
/** Milliseconds after which no further address is queried about one certificate. */
const MAX_TIME = 30_000;
/** Time limits of one request in milliseconds, as in the reference. */
const OCSP_TIMEOUT = 2000;
const CRL_TIMEOUT = 5000;

/** How authorities are queried. */
export interface AskingOptions {
  fetch?: typeof globalThis.fetch | undefined;
  timeout?: number | undefined;
  hash: CertIdHash;
  replies: Replies;
}

/** Queries the OCSP responders and CRL distribution points in certificates. */
export class AskingSource implements RevocationSource {
  readonly #options: AskingOptions;

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  /** The first response decides, even if the responder does not know the certificate. */
  async byOcsp(question: StatusQuestion): Promise<Determination> {
    const { certificate, now } = question;
    const lookups: RevocationLookup[] = [];
    for (const address of certificate.revocation.ocsp.slice(0, MAX_ADDRESSES)) {
      const asked = { method: 'OCSP', source: 'network', address, now } as const;
      try {
        checkTime(question);
        const { judgement, reply, evidence } = await this.#askResponder(address, question, lookups);
        const { source, notes } = reply;
        lookups.push(answered({ ...asked, source, notes }, judgement));
        const { answer } = judgement;
        return answer === 'unknown'
          ? { lookups, evidence: [] }
          : { lookups, judgement: { ...judgement, answer }, evidence };
      } catch (error) {
        rethrowIfAborted(error, question.signal);
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
    let fresh: OcspJudgement | undefined;
    const reply = await this.#options.replies.get({
      kind: 'ocsp',
      identity: [encodeUtf8(address), request, issuer.der],
      ask: (stop) => this.#postOrGet(address, request, question, stop),
      load: async (der) => {
        const value = parseOcspResponse(der);
        fresh = await judgeByOcsp(value, certificate, issuer, question);
        const { answer, nextUpdate, doubtful } = fresh;
        return { value, ...(answer !== 'unknown' && !doubtful && { keepUntil: nextUpdate }) };
      },
      maxBytes: MAX_OCSP_RESPONSE,
      now,
      signal,
    });
    const judgement = fresh ?? (await judgeByOcsp(reply.value, certificate, issuer, question));
    const evidence = [reply.der];
    const responder = judgement.responderToCheck;
    if (!responder) return { judgement, reply, evidence };
    // By CRL only: another responder would need a status in turn.
    const known = await this.byCrl({ ...question, certificate: responder, authenticSigningTime: undefined });
    const about = `about its responder "${shortSubject(responder)}"`;
    lookups.push(...known.lookups.map((lookup) => ({ ...lookup, message: `${about}: ${lookup.message}` })));
    if (known.judgement?.answer === 'good') {
      return { judgement, reply, evidence: [...evidence, ...known.evidence] };
    }
    const message = `${judgement.message}, but the status of its responder is unknown`;
    return { judgement: { ...judgement, answer: 'unknown', message }, reply, evidence };
  }

  async #postOrGet(
    address: string,
    request: Uint8Array,
    { begun }: StatusQuestion,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { fetch, timeout = OCSP_TIMEOUT } = this.#options;
    const short = ocspGetAddress(address, request);
    const { bytes } = await queryAuthority({
      what: 'OCSP responder',
      url: short ?? address,
      schemes: ['http:'],
      ...(short === undefined && { body: { mediaType: 'application/ocsp-request', bytes: request } }),
      accept: 'application/ocsp-response',
      fetch,
      timeout: timeLeft(timeout, begun),
      maxBytes: MAX_OCSP_RESPONSE,
      signal,
    });
    return bytes;
  }

  /** Every distribution point is needed: one may list what another one omits. */
  async byCrl(question: StatusQuestion): Promise<Determination> {
    const { certificate, now } = question;
    const { crl: addresses } = certificate.revocation;
    const lookups: RevocationLookup[] = [];
    const evidence: Uint8Array[] = [];
    let known: Determination['judgement'];
    for (const [i, address] of addresses.entries()) {
      const asked = { method: 'CRL', source: 'network', address, now } as const;
      try {
        if (i >= MAX_ADDRESSES) throw tooMany();
        checkTime(question);
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
        if (delta) {
          const { address, source, notes } = delta;
          lookups.push(
            answered({ method: 'delta CRL', address, source, notes, now }, { answer, ...judgement }),
          );
        }
        if (answer === 'unknown') return { lookups, evidence: [] };
        known = { answer, ...judgement };
        if (answer === 'revoked') break;
      } catch (error) {
        rethrowIfAborted(error, question.signal);
        lookups.push(failedLookup(asked, error));
        return { lookups, evidence: [] };
      }
    }
    return { lookups, evidence, ...(known && { judgement: known }) };
  }

  /** Fetches the delta CRL that a base points to, from the first of its addresses that has it. */
  async #fetchDelta(
    base: VerifiedCrl,
    question: StatusQuestion,
    lookups: RevocationLookup[],
  ): Promise<(FoundReply<VerifiedCrl> & { address: string }) | undefined> {
    for (const address of base.freshest.slice(0, MAX_ADDRESSES)) {
      try {
        checkTime(question);
        return { ...(await this.#fetchCrl(address, question)), address };
      } catch (error) {
        rethrowIfAborted(error, question.signal);
        const asked = { method: 'delta CRL', source: 'network', address, now: question.now } as const;
        lookups.push(failedLookup(asked, error));
      }
    }
    return undefined;
  }

  #fetchCrl(
    address: string,
    { issuer, now, signal, begun }: StatusQuestion,
  ): Promise<FoundReply<VerifiedCrl>> {
    const { fetch, timeout = CRL_TIMEOUT, replies } = this.#options;
    return replies.get({
      kind: 'crl',
      identity: [encodeUtf8(address), issuer.der],
      ask: async (stop) => {
        const request = {
          what: 'CRL distribution point',
          url: address,
          schemes: ['http:'],
          maxBytes: MAX_CRL,
        } as const;
        const { bytes } = await queryAuthority({
          ...request,
          fetch,
          timeout: timeLeft(timeout, begun),
          signal: stop,
        });
        return bytes;
      },
      load: async (der) => {
        const value = await verifyCrl(parseCrl(der), issuer);
        const stale = whyNotCurrent(value, now);
        if (stale === undefined) return { value, keepUntil: value.nextUpdate };
        throw statusUnknown('CRL', stale);
      },
      maxBytes: MAX_CRL,
      now,
      signal,
    });
  }
}

function checkTime({ begun }: StatusQuestion): void {
  if (Date.now() - begun <= MAX_TIME) return;
  throw new NotationError(
    'ERR_TIMEOUT',
    'it was not queried: other addresses used up the time for this certificate',
  );
}

/** Returns the time limit of a request, within that of its certificate. */
function timeLeft(timeout: number, begun: number): number {
  return Math.max(1, Math.min(timeout, begun + MAX_TIME - Date.now()));
}

function tooMany(): NotationError {
  const message = `it was not queried: the certificate names more than ${MAX_ADDRESSES} addresses`;
  return new NotationError('ERR_LIMIT_EXCEEDED', message);
}
