import { argumentInvalid } from '../errors/notation-error.ts';

/** Classes of addresses that a server must not lead its client to, unless the server is in the same class itself. */
type AddressClass = 'loopback' | 'link-local' | 'metadata' | 'translated';

const LOCALHOST = /^(?:[^.]+\.)*localhost\.?$/;
/** Names that hosts files give the machine itself; a DNS server may answer otherwise, so that they earn no trust. */
const HOSTS_FILE_NAMES = /^(?:ip6-localhost|ip6-loopback|localhost[46]?(?:\.localdomain[46]?)?)\.?$/;
/** URL writes IPv4 in dotted decimal form. */
const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
/** fe80::/10; URL writes IPv6 in brackets. */
const LINK_LOCAL_IPV6 = /^\[fe[89ab][0-9a-f]:/;
/** fc00::/7. */
const UNIQUE_LOCAL_IPV6 = /^\[f[cd][0-9a-f]{2}:/;
/** 64:ff9b:1::/48 (RFC 8215): each network decides which of its own IPv4 addresses this reaches. */
const TRANSLATED_IPV6 = /^\[64:ff9b:1:/;
/** Addresses, in addition to 169.254.0.0/16, at which clouds give secrets to their machines. */
const METADATA: readonly string[] = [
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '[fd00:ec2::254]',
  '[fd20:ce::254]',
];

/**
 * Reports whether a server may send its client to another URL. An address of the client's own machine, of its link or
 * of the metadata service of a cloud may only be named by a server in the same class. Only literal addresses, `localhost`
 * and the names of hosts files are recognised: `fetch` does not report what a DNS name resolves to. Addresses of private
 * networks are allowed, because registries keep their storage there.
 *
 * @param to - The URL in a redirect, a link, an upload location or a challenge.
 * @param from - The URL of the server that named it.
 */
export function mayLeadTo(to: URL, from: URL): boolean {
  const target = classOf(to);
  return target === undefined || to.hostname === from.hostname || target === classOf(from);
}

/** Reports whether a URL has an address of a private network (RFC 1918, RFC 6598, RFC 4193), written as such. */
export function isPrivateAddress({ hostname }: URL): boolean {
  const [first = 0, second = 0] = ipv4Of(hostname) ?? [];
  return (
    UNIQUE_LOCAL_IPV6.test(hostname) ||
    first === 10 ||
    (first === 172 && second >> 4 === 1) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >> 6 === 1)
  );
}

/** Reports whether a URL points to the machine itself, where plain HTTP gives nothing away. */
export function isLoopback({ hostname }: URL): boolean {
  // ::1 and :: hold IPv4 addresses of 0.0.0.0/8 by their form, and all of 0.0.0.0/8 means "this host".
  const [first] = ipv4Of(hostname) ?? [];
  return LOCALHOST.test(hostname) || first === 127 || first === 0;
}

/** Reports whether nobody on the network can read what is sent to a URL. */
export function isConfidential(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}

/**
 * Resolves the URL that a server names in a Location or Link header or in a challenge. Returns `undefined` if the
 * reference is malformed, carries credentials, is not HTTP, leads from HTTPS to plain HTTP, or breaks the rule of
 * {@link mayLeadTo}.
 */
export function resolveUrl(reference: string, base: URL): URL | undefined {
  // RFC 3986 allows no other characters, and runtimes differ in how they treat them.
  if (!/^[!-~]*$/.test(reference) || !URL.canParse(reference, base)) return undefined;
  const url = new URL(reference, base);
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && base.protocol === 'http:');
  return safe && !hasCredentials(url) && mayLeadTo(url, base) ? url : undefined;
}

/** Reports whether a URL carries a user name or a password. */
export function hasCredentials({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

/**
 * Parses the URL of a service that is sent secrets.
 * @param option - The name of the option that contains it, for the error.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function parseServiceUrl(text: string, option: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && isConfidential(url) && !hasCredentials(url)) return url;
  // Not shown: it may carry a password.
  throw argumentInvalid(`${option} must be a URL such as https://service.example.com, without credentials`);
}

function classOf(url: URL): AddressClass | undefined {
  const { hostname } = url;
  if (isLoopback(url) || HOSTS_FILE_NAMES.test(hostname)) return 'loopback';
  if (TRANSLATED_IPV6.test(hostname)) return 'translated';
  const ipv4 = ipv4Of(hostname) ?? [];
  if (LINK_LOCAL_IPV6.test(hostname) || (ipv4[0] === 169 && ipv4[1] === 254)) return 'link-local';
  return METADATA.includes(hostname) || METADATA.includes(ipv4.join('.')) ? 'metadata' : undefined;
}

/** The bytes of an IPv4 address, which an IPv6 address may contain. */
function ipv4Of(hostname: string): readonly number[] | undefined {
  if (!hostname.startsWith('[')) return IPV4.exec(hostname)?.slice(1).map(Number);
  return embeddedIpv4(groupsOf(hostname.slice(1, -1)))?.flatMap((group) => [group >> 8, group & 255]);
}

/** The IPv4 address in a compatible, mapped, translated (RFC 2765, RFC 6052) or 6to4 address, as two groups. */
function embeddedIpv4(groups: readonly number[]): readonly number[] | undefined {
  if (groups[0] === 0x2002) return groups.slice(1, 3);
  const prefix = groups.slice(0, 6).map((group) => group.toString(16));
  const known = ['0:0:0:0:0:0', '0:0:0:0:0:ffff', '0:0:0:0:ffff:0', '64:ff9b:0:0:0:0'];
  return known.includes(prefix.join(':')) ? groups.slice(6) : undefined;
}

/** The eight groups of an IPv6 address as URL writes it: without dots, with at most one `::`. */
function groupsOf(address: string): number[] {
  const [left = [], right = []] = address.split('::').map((half) =>
    half
      .split(':')
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16)),
  );
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}
