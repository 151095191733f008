import { decodeBase64, isBase64 } from '../encoding/base64.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { createCrl } from './crl.ts';
import { type ResponseTimes, respondToOcsp } from './ocsp-response.ts';
import type { StatusRegister } from './status-register.ts';
import type { StatusSigner } from './status-signer.ts';
import { readClock } from './validity.ts';

/** A way to learn the status of a certificate. */
export type TestStatusService = 'ocsp' | 'crl';

/** What a service of a CA responds with: a current response, one that expired an hour ago, or the HTTP status 503. */
export type TestStatusResponse = 'current' | 'expired' | 'unavailable';

/** What the services of a CA need. */
interface StatusServicesOptions {
  host: string;
  root: StatusSigner;
  /** Signs OCSP responses: the root, or a delegated responder. */
  responder: StatusSigner;
  register: StatusRegister;
  clock: () => Date;
}

const HOUR = 3_600_000;
/** The limit of bytes in an OCSP request; a usual one has about a hundred. */
const MAX_REQUEST = 64 * 1024;
const SERVICES: readonly unknown[] = ['ocsp', 'crl'] satisfies TestStatusService[];
const RESPONSES: readonly unknown[] = ['current', 'expired', 'unavailable'] satisfies TestStatusResponse[];

/** The OCSP responder and the CRL of a CA, over HTTP. */
export class StatusServices {
  readonly ocspUrl: string;
  readonly crlUrl: string;
  readonly #options: StatusServicesOptions;
  readonly #responses: Record<TestStatusService, TestStatusResponse> = { ocsp: 'current', crl: 'current' };
  #crlNumber = 0;

  constructor(options: StatusServicesOptions) {
    this.#options = options;
    this.ocspUrl = `http://ocsp.${options.host}/`;
    this.crlUrl = `http://crl.${options.host}/ca.crl`;
  }

  /** @throws NotationError `ERR_ARGUMENT_INVALID` */
  serve(responses: Partial<Record<TestStatusService, TestStatusResponse>>): void {
    const entries = Object.entries(responses);
    if (!entries.every(([service, response]) => isStatusService(service) && RESPONSES.includes(response))) {
      throw argumentInvalid('ocsp and crl must be "current", "expired" or "unavailable"');
    }
    Object.assign(this.#responses, responses);
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const service = this.#serviceOf(request.url);
    if (!service) return refusal(404);
    const response = this.#responses[service];
    if (response === 'unavailable') return refusal(503);
    const times = timesOf(readClock(this.#options.clock), response);
    return service === 'crl' ? this.#respondWithCrl(request, times) : this.#respondToOcsp(request, times);
  };

  #serviceOf(url: string): TestStatusService | undefined {
    if (url === this.crlUrl) return 'crl';
    return url.startsWith(this.ocspUrl) ? 'ocsp' : undefined;
  }

  async #respondWithCrl({ method }: Request, times: ResponseTimes): Promise<Response> {
    if (method !== 'GET') return refusal(405);
    const { register, root } = this.#options;
    this.#crlNumber += 1;
    return success(await createCrl(register, root, times, this.#crlNumber), 'application/pkix-crl');
  }

  async #respondToOcsp(request: Request, times: ResponseTimes): Promise<Response> {
    const bytes = await this.#requestIn(request);
    if (typeof bytes === 'number') return refusal(bytes);
    if (bytes.length > MAX_REQUEST) return refusal(413);
    return success(await respondToOcsp(bytes, this.#options, times), 'application/ocsp-response');
  }

  /** Returns the OCSP request in the body of a POST or in the path of a GET (RFC 6960, appendix A.1), or a status. */
  async #requestIn(request: Request): Promise<Uint8Array | number> {
    const path = request.url.slice(this.ocspUrl.length);
    if (request.method === 'POST') {
      if (path !== '') return 404;
      if (request.headers.get('content-type') !== 'application/ocsp-request') return 415;
      return new Uint8Array(await request.arrayBuffer());
    }
    if (request.method !== 'GET') return 405;
    const encoded = /^(?:[\w+/=-]|%2[BF]|%3D)+$/i.test(path) ? decodeURIComponent(path) : '';
    return encoded !== '' && isBase64(encoded) ? decodeBase64(encoded) : 400;
  }
}

/** Reports whether a value is the name of a service. */
export function isStatusService(value: unknown): value is TestStatusService {
  return SERVICES.includes(value);
}

/** A response is current from the time of the request on, for an hour. */
function timesOf(now: Date, response: 'current' | 'expired'): ResponseTimes {
  const start = now.getTime() - (response === 'expired' ? 2 * HOUR : 0);
  return { thisUpdate: new Date(start), nextUpdate: new Date(start + HOUR) };
}

function refusal(status: number): Response {
  return new Response(null, { status });
}

function success(bytes: Uint8Array, type: string): Response {
  return new Response(bytes as BodyInit, { headers: { 'content-type': type } });
}
