/** What an address that another server names must not lead to, unless who names it is there too. */
type Place = 'loopback' | 'link-local' | 'metadata';

const LOCALHOST = /^(?:[^.]+\.)*localhost\.?$/;
const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
/** Where clouds tell machines their secrets, beside 169.254.0.0/16. */
const METADATA: readonly string[] = [
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '[fd00:ec2::254]',
  '[fd20:ce::254]',
];

/**
 * Whether a server may send its client on: to an address of the client's own machine, of its link or of the metadata
 * service of a cloud only from a place of the same kind. Only addresses that are written out and `localhost` can be
 * told: `fetch` does not say what a DNS name stands for, so a name that resolves to such an address is not noticed.
 * Addresses of private networks are allowed: registries keep their storage there.
 *
 * @param to - The address that was named, in a redirect, a link, an upload location or a challenge.
 * @param from - Who named it.
 */
export function mayLeadTo(to: URL, from: URL): boolean {
  const place = placeOf(to.hostname);
  return place === undefined || to.hostname === from.hostname || place === placeOf(from.hostname);
}

/** Whether an address is one of the machine itself, where plain HTTP gives nothing away. */
export function isLoopback({ hostname }: URL): boolean {
  return placeOf(hostname) === 'loopback';
}

/** `hostname` as URL writes it, which has decimal, octal, hexadecimal and shortened forms of IPv4 spelt out. */
function placeOf(hostname: string): Place | undefined {
  if (LOCALHOST.test(hostname)) return 'loopback';
  if (METADATA.includes(hostname)) return 'metadata';
  if (hostname.startsWith('[')) return placeOfIpv6(hostname);
  const bytes = IPV4.exec(hostname)?.slice(1).map(Number);
  return bytes && placeOfIpv4(bytes);
}

function placeOfIpv4(bytes: readonly number[]): Place | undefined {
  const [a, b] = bytes;
  // All of 0.0.0.0/8 means "this host".
  if (a === 127 || a === 0) return 'loopback';
  if (a === 169 && b === 254) return 'link-local';
  return METADATA.includes(bytes.join('.')) ? 'metadata' : undefined;
}

function placeOfIpv6(hostname: string): Place | undefined {
  const groups = groupsOf(hostname.slice(1, -1));
  const [first = 0] = groups;
  if ((first & 0xffc0) === 0xfe80) return 'link-local';
  const embedded = embeddedIpv4(groups);
  if (!embedded) return undefined;
  const [high = 0, low = 0] = embedded;
  // ::1 and :: are of this form too, and 0.0.0.0/8 covers them.
  return placeOfIpv4([high >> 8, high & 255, low >> 8, low & 255]);
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
