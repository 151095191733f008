import { parseCertificate } from '../../src/x509/certificate.ts';
import type { Certificate } from '../../src/x509/index.ts';
import { extensions, type Forged, type ForgedContent, forgeAuthority, forgeLeaf } from './forge.ts';

/** What an address answers: the bytes of a reply, the status of an error, or something made for each request. */
export type FakeReply =
  | Uint8Array
  | number
  | ((request: { url: string; init: RequestInit }) => Promise<Response> | Response);

/** Authorities without a network: a `fetch` that knows addresses, and keeps what it was asked. */
export class FakeAuthorities {
  /** The addresses that were asked, in order, without what a GET for OCSP appends. */
  readonly asked: string[] = [];
  readonly requests: { url: string; init: RequestInit }[] = [];
  readonly #replies = new Map<string, FakeReply>();

  constructor(replies: Readonly<Record<string, FakeReply>> = {}) {
    for (const [address, reply] of Object.entries(replies)) this.#replies.set(address, reply);
  }

  /** Answers so from now on. */
  answer(address: string, reply: FakeReply): void {
    this.#replies.set(address, reply);
  }

  /** Addresses that are not known refuse connections. */
  readonly fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const url = String(input);
    const [address = url, reply] =
      [...this.#replies].find(([known]) => url === known || url.startsWith(`${known}/`)) ?? [];
    this.asked.push(address);
    this.requests.push({ url, init });
    if (reply === undefined) throw new TypeError('fetch failed');
    if (typeof reply === 'number') return new Response('no', { status: reply });
    return typeof reply === 'function' ? reply({ url, init }) : new Response(reply.slice());
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
