import { encodeUtf8 } from '../../encoding/bytes.ts';
import { decodePem } from '../../encoding/pem.ts';
import { NotationError } from '../../errors/index.ts';
import { rethrowIfAborted } from '../../net/abort.ts';
import { type AuthorityRequest, queryAuthority } from '../../net/authority.ts';
import type { Cache } from '../../net/external-cache.ts';
import type { HttpTransport } from '../../net/send.ts';
import { shortSubject } from '../name.ts';
import type { CertIdHash } from './cert-id.ts';
import type { RevocationLookup } from './certificate-status.ts';
import { MAX_CRL, parseCrl, type VerifiedCrl, verifyCrl } from './crl.ts';
import {
  answeredLookup,
  type Determination,
  failedLookup,
  lookUpIn,
  type RevocationSource,
  type StatusQuery,
} from './determine-status.ts';
import { evaluateCrl } from './evaluate-crl.ts';
import { evaluateOcsp, type OcspEvaluation } from './evaluate-ocsp.ts';
import { statusUnknown, whyNotCurrent } from './evaluation.ts';
import { createOcspRequest, ocspGetUrl } from './ocsp-request.ts';
import { MAX_OCSP_RESPONSE, parseOcspResponse } from './ocsp-response.ts';
import { type FoundResponse, ResponseStore } from './response-store.ts';
import type { StatusLookup } from './status-lookup.ts';

/** Limit of the URLs of one kind that are queried about one certificate. */
const MAX_URLS = 4;
/** Milliseconds after which no further URL is queried about one certificate. */
const MAX_TIME = 30_000;
/** Time limits of one request in milliseconds, as in the reference (rule REV-17). */
const OCSP_TIMEOUT = 2000;
const CRL_TIMEOUT = 5000;

/** Statuses of responders that take POST only. */
const NO_GET: readonly number[] = [405, 501];
/** Limit of a CRL in PEM in bytes: reading PEM takes several times its size in memory. */
const MAX_PEM = 4 * 1024 * 1024;
const PEM_START = encodeUtf8('-----BEGIN X509 CRL-----');

/** How responders and distribution points are queried. */
interface NetworkSourceOptions {
  fetch: typeof globalThis.fetch | undefined;
  transport: HttpTransport | undefined;
  timeout: number | undefined;
  hash: CertIdHash;
  cache: Cache | undefined;
}

/** Returns a lookup that queries the OCSP responders and CRL distribution points in certificates. */
export function lookUpOnNetwork(options: NetworkSourceOptions): StatusLookup {
  return lookUpIn(new NetworkSource(options));
}

class NetworkSource implements RevocationSource {
  readonly #options: NetworkSourceOptions;
  readonly #store: ResponseStore;

  constructor(options: NetworkSourceOptions) {
    this.#options = options;
    this.#store = new ResponseStore(options.cache);
  }

  /** The first response decides, even if the responder does not know the certificate. */
  async byOcsp(query: StatusQuery): Promise<Determination> {
    const { certificate, now } = query;
    const lookups: RevocationLookup[] = [];
    for (const url of certificate.revocation.ocsp.slice(0, MAX_URLS)) {
      const origin = { method: 'OCSP', source: 'network', url, now } as const;
      try {
        checkTime(query);
        const { evaluation, response, evidence } = await this.#queryResponder(url, query, lookups);
        const { source, notes } = response;
        lookups.push(answeredLookup({ ...origin, source, notes }, evaluation));
        const { answer } = evaluation;
        return answer === 'unknown'
          ? { lookups, evidence: [] }
          : { lookups, evaluation: { ...evaluation, answer }, evidence };
      } catch (error) {
        rethrowIfAborted(error, query.signal);
        lookups.push(failedLookup(origin, error));
      }
    }
    return { lookups, evidence: [] };
  }

  async #queryResponder(
    url: string,
    query: StatusQuery,
    lookups: RevocationLookup[],
  ): Promise<{ evaluation: OcspEvaluation; response: FoundResponse<unknown>; evidence: Uint8Array[] }> {
    const { certificate, issuer, signal, budget, now, begun } = query;
    const request = await createOcspRequest(certificate, issuer, this.#options.hash);
    let fresh: OcspEvaluation | undefined;
    const response = await this.#store.get({
      kind: 'ocsp',
      identity: [encodeUtf8(url), request, issuer.der],
      fetch: (options) => this.#getOrPost(url, request, query, options),
      read: async (der) => parseOcspResponse(der),
      evaluate: async (value) => {
        fresh = await evaluateOcsp(value, certificate, issuer, query);
        const { answer, nextUpdate, doubtful } = fresh;
        return answer !== 'unknown' && !doubtful ? nextUpdate : undefined;
      },
      maxBytes: MAX_OCSP_RESPONSE,
      hurried: isHurried(this.#options.timeout ?? OCSP_TIMEOUT, begun),
      now,
      signal,
      budget,
    });
    const evaluation = fresh ?? (await evaluateOcsp(response.value, certificate, issuer, query));
    const evidence = [response.der];
    const responder = evaluation.responderToCheck;
    if (!responder) return { evaluation, response, evidence };
    // By CRL only: another responder would need a status in turn.
    const known = await this.byCrl({ ...query, certificate: responder, authenticSigningTime: undefined });
    const about = `about its responder "${shortSubject(responder)}"`;
    lookups.push(...known.lookups.map((lookup) => ({ ...lookup, message: `${about}: ${lookup.message}` })));
    if (known.evaluation?.answer === 'good') {
      return { evaluation, response, evidence: [...evidence, ...known.evidence] };
    }
    const message = `${evaluation.message}, but the status of its responder is unknown`;
    return { evaluation: { ...evaluation, answer: 'unknown', message }, response, evidence };
  }

  /** Sends a request by GET, so that it can be cached, or by POST if it is too long or the responder knows no GET. */
  async #getOrPost(
    url: string,
    request: Uint8Array,
    { begun }: StatusQuery,
    options: Pick<AuthorityRequest, 'signal' | 'budget'>,
  ): Promise<Uint8Array> {
    const { fetch, transport, timeout = OCSP_TIMEOUT } = this.#options;
    const query = (how: Pick<AuthorityRequest, 'url' | 'body' | 'accepted'>) =>
      queryAuthority({
        ...how,
        what: 'OCSP responder',
        schemes: ['http:'],
        accept: 'application/ocsp-response',
        fetch,
        transport,
        timeout: timeLeft(timeout, begun),
        maxBytes: MAX_OCSP_RESPONSE,
        ...options,
      });
    const getUrl = ocspGetUrl(url, request);
    const got = getUrl === undefined ? undefined : await query({ url: getUrl, accepted: NO_GET });
    if (got?.status === 200) return got.bytes;
    return (await query({ url, body: { mediaType: 'application/ocsp-request', bytes: request } })).bytes;
  }

  /** Every distribution point is needed: one may list what another one omits. */
  async byCrl(query: StatusQuery): Promise<Determination> {
    const { certificate, now } = query;
    const { crl: urls, crlElsewhere } = certificate.revocation;
    const lookups = crlElsewhere.map((url) =>
      failedLookup({ method: 'CRL', source: 'network', url, now }, otherScheme()),
    );
    const evidence: Uint8Array[] = [];
    let known: Determination['evaluation'];
    for (const [i, url] of urls.entries()) {
      const origin = { method: 'CRL', source: 'network', url, now } as const;
      try {
        if (i >= MAX_URLS) throw tooMany();
        checkTime(query);
        const base = await this.#fetchCrl(url, query);
        evidence.push(base.der);
        const delta = await this.#fetchDelta(base.value, query, lookups);
        if (delta) evidence.push(delta.der);
        const { answer, ...evaluation } = evaluateCrl(certificate, base.value, delta?.value, query, urls);
        const { source, notes } = base;
        lookups.push(answeredLookup({ ...origin, source, notes }, { answer, ...evaluation }));
        if (delta) {
          const { url, source, notes } = delta;
          lookups.push(
            answeredLookup({ method: 'delta CRL', url, source, notes, now }, { answer, ...evaluation }),
          );
        }
        if (answer === 'unknown') return { lookups, evidence: [] };
        known = { answer, ...evaluation };
        if (answer === 'revoked') break;
      } catch (error) {
        rethrowIfAborted(error, query.signal);
        lookups.push(failedLookup(origin, error));
        return { lookups, evidence: [] };
      }
    }
    return { lookups, evidence, ...(known && { evaluation: known }) };
  }

  /** Fetches the delta CRL that a base points to, from the first of its URLs that has it. */
  async #fetchDelta(
    base: VerifiedCrl,
    query: StatusQuery,
    lookups: RevocationLookup[],
  ): Promise<(FoundResponse<VerifiedCrl> & { url: string }) | undefined> {
    for (const url of base.freshest.slice(0, MAX_URLS)) {
      try {
        checkTime(query);
        return { ...(await this.#fetchCrl(url, query)), url };
      } catch (error) {
        rethrowIfAborted(error, query.signal);
        const origin = { method: 'delta CRL', source: 'network', url, now: query.now } as const;
        lookups.push(failedLookup(origin, error));
      }
    }
    return undefined;
  }

  #fetchCrl(
    url: string,
    { issuer, now, signal, budget, begun }: StatusQuery,
  ): Promise<FoundResponse<VerifiedCrl>> {
    const { fetch, transport, timeout = CRL_TIMEOUT } = this.#options;
    return this.#store.get({
      kind: 'crl',
      identity: [encodeUtf8(url), issuer.der],
      fetch: async (options) => {
        const { bytes } = await queryAuthority({
          what: 'CRL distribution point',
          url,
          schemes: ['http:'],
          fetch,
          transport,
          timeout: timeLeft(timeout, begun),
          maxBytes: MAX_CRL,
          ...options,
        });
        return derOfCrl(bytes);
      },
      read: (der) => verifyCrl(parseCrl(der), issuer),
      evaluate: async (value) => {
        const stale = whyNotCurrent(value, now);
        if (stale === undefined) return value.nextUpdate;
        throw statusUnknown('CRL', stale);
      },
      maxBytes: MAX_CRL,
      hurried: isHurried(timeout, begun),
      now,
      signal,
      budget,
    });
  }
}

/** Some distribution points serve PEM, although RFC 5280, section 4.2.1.13, requires DER. */
function derOfCrl(bytes: Uint8Array): Uint8Array {
  if (!PEM_START.every((byte, position) => bytes[position] === byte)) return bytes;
  if (bytes.length > MAX_PEM) {
    const message = `a CRL in PEM of ${bytes.length} bytes is too large: only CRLs in DER may be larger than ${MAX_PEM} bytes`;
    throw new NotationError('ERR_LIMIT_EXCEEDED', message);
  }
  const [block] = decodePem(bytes);
  return block?.der ?? bytes;
}

function checkTime({ begun }: StatusQuery): void {
  if (Date.now() - begun <= MAX_TIME) return;
  throw new NotationError(
    'ERR_TIMEOUT',
    'it was not queried: other URLs used up the time for this certificate',
  );
}

/** Returns the time limit of a request, within that of its certificate. */
function timeLeft(timeout: number, begun: number): number {
  return Math.max(1, Math.min(timeout, begun + MAX_TIME - Date.now()));
}

/** Reports whether other URLs have used up the time that a request usually has. */
function isHurried(timeout: number, begun: number): boolean {
  return timeLeft(timeout, begun) < Math.min(timeout, CRL_TIMEOUT);
}

function otherScheme(): NotationError {
  const message =
    'it was not queried: only http is supported, and an http URL of the same distribution point has the same CRL';
  return new NotationError('ERR_AUTHORITY_RESPONSE', message);
}

function tooMany(): NotationError {
  const message = `it was not queried: the certificate names more than ${MAX_URLS} URLs`;
  return new NotationError('ERR_LIMIT_EXCEEDED', message);
}
