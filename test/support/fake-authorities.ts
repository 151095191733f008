import { parseCertificate } from '../../src/x509/certificate.ts';
import type { Certificate } from '../../src/x509/index.ts';
import { extensions, type Forged, type ForgedContent, forgeAuthority, forgeLeaf } from './forge.ts';

/** The response of a URL: its bytes, the status of an error, or something made for each request. */
export type FakeResponse =
  | Uint8Array
  | number
  | ((request: { url: string; init: RequestInit }) => Promise<Response> | Response);

/** Authorities without a network: a `fetch` that knows URLs, and records the requests. */
export class FakeAuthorities {
  /** The requested URLs, in order, without what a GET for OCSP appends. */
  readonly requested: string[] = [];
  readonly requests: { url: string; init: RequestInit }[] = [];
  readonly #responses = new Map<string, FakeResponse>();

  constructor(responses: Readonly<Record<string, FakeResponse>> = {}) {
    for (const [address, response] of Object.entries(responses)) this.#responses.set(address, response);
  }

  /** Sets the response from now on. */
  answer(address: string, response: FakeResponse): void {
    this.#responses.set(address, response);
  }

  /** Unknown URLs reject connections. */
  readonly fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const url = String(input);
    const [address = url, response] =
      [...this.#responses].find(([known]) => url === known || url.startsWith(`${known}/`)) ?? [];
    this.requested.push(address);
    this.requests.push({ url, init });
    if (response === undefined) throw new TypeError('fetch failed');
    if (typeof response === 'number') return new Response('no', { status: response });
    return typeof response === 'function' ? response({ url, init }) : new Response(response.slice());
  };
}

/** Addresses that a certificate names. */
export interface NamedAddresses {
  ocsp?: readonly string[];
  crl?: readonly string[];
  freshestCrl?: readonly string[];
}

/** The extensions that name addresses. */
export function addressExtensions({ ocsp, crl, freshestCrl }: NamedAddresses): Uint8Array[] {
  return [
    ...(ocsp ? [extensions.ocsp(ocsp)] : []),
    ...(crl ? [extensions.crl(crl)] : []),
    ...(freshestCrl ? [extensions.freshestCrl(freshestCrl)] : []),
  ];
}

/** A leaf that names addresses, below a root that names none. */
export interface NamingChain {
  leaf: Forged;
  root: Forged;
  /** Leaf first. */
  chain: readonly Certificate[];
}

/** Forges such a chain. */
export function forgeNamingChain(
  addresses: NamedAddresses,
  {
    root = forgeAuthority({ subject: 'Naming Root' }),
    leaf: content = {},
  }: { root?: Forged; leaf?: ForgedContent } = {},
): NamingChain {
  const leaf = forgeLeaf({
    subject: 'naming-leaf',
    issuer: root,
    extensions: [extensions.keyUsage(['digitalSignature']), ...addressExtensions(addresses)],
    ...content,
  });
  return { leaf, root, chain: [parseCertificate(leaf.der), parseCertificate(root.der)] };
}
