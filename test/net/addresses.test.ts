import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { isConfidential, mayLeadTo, parseServiceUrl, resolveUrl } from '../../src/net/addresses.ts';
import { failure } from '../encoding/failure.ts';

const PUBLIC = new URL('https://registry.example.com/v2/');
const LOCAL = new URL('http://127.0.0.1:5000/v2/');

const LOOPBACK = [
  '127.0.0.1',
  '127.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '0',
  '0.0.0.0',
  '0.1.2.3',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  'a.b.localhost.',
  'ip6-localhost',
  'ip6-loopback.',
  'localhost4',
  'localhost6',
  'localhost.localdomain',
  'localhost6.localdomain6',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[2002:7f00:1::]',
  '%31%32%37.0.0.1',
  '１２７.0.0.1',
];

const OTHERS = [
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '169.254.43518',
  '[::ffff:169.254.169.254]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::1]',
  '[fe80::1]',
  '[febf::1]',
  '[fd00:ec2::254]',
  '[fd00:0ec2:0::254]',
  '[fd20:ce::254]',
  '100.100.100.200',
  '[::ffff:100.100.100.200]',
  '168.63.129.16',
  '192.0.0.192',
  '[64:ff9b:1::127.0.0.1]',
  '[64:ff9b:1:a9fe:a9:fe00::]',
];

const HARMLESS = [
  'storage.example.com',
  'localhost.example.com',
  'notlocalhost',
  'ip6-localhost.example.com',
  'localhost.localdomain.example.com',
  '[64:ff9b:2::127.0.0.1]',
  '128.0.0.1',
  '126.255.255.255',
  '169.253.0.1',
  '169.255.0.1',
  '10.0.0.1',
  '192.168.1.1',
  '1.0.0.0',
  '[2001:db8::1]',
  '[fec0::1]',
  '[2001:db8::7f00:1]',
  '[fd00::1]',
  '[::ffff:10.0.0.1]',
];

const at = (host: string) => new URL(`http://${host}:8080/latest`);

describe('a server with a public name', () => {
  it.each([...LOOPBACK, ...OTHERS])('may not lead to %s', (host) => {
    expect(mayLeadTo(at(host), PUBLIC)).toBe(false);
  });

  it.each(HARMLESS)('may lead to %s', (host) => {
    expect(mayLeadTo(at(host), PUBLIC)).toBe(true);
  });
});

describe('an address', () => {
  /** The class of an address by the ranges of ipaddr.js, which knows of no metadata services. */
  const isSpecial = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean => {
    const range = address.range();
    if (['loopback', 'unspecified', 'linkLocal'].includes(range)) return true;
    if (address instanceof ipaddr.IPv4) return false;
    const { parts } = address;
    const embedded = (high = 0, low = 0) =>
      isSpecial(new ipaddr.IPv4([high >> 8, high & 255, low >> 8, low & 255]));
    if (range === '6to4') return embedded(parts[1], parts[2]);
    if (range === 'rfc6052' && parts[2] === 1) return true;
    const compatible = parts.slice(0, 6).every((part) => part === 0);
    return (
      (compatible || ['ipv4Mapped', 'rfc6145', 'rfc6052'].includes(range)) && embedded(parts[6], parts[7])
    );
  };
  const ipv4 = fc.oneof(
    fc.ipV4Extended(),
    fc
      .tuple(fc.constantFrom('127', '0', '169.254', '169', '10'), fc.ipV4())
      .map(([start, rest]) => `${start}.${rest}`.split('.').slice(0, 4).join('.')),
  );
  const prefixes = [
    '::',
    '::ffff:',
    '::ffff:0:',
    '64:ff9b::',
    '64:ff9b:1::',
    '64:ff9b:1:2::',
    'fe80::',
    '2001:db8::',
  ];
  const ipv6 = fc.oneof(
    fc.ipV6(),
    fc.tuple(fc.constantFrom(...prefixes), fc.ipV4()).map((parts) => parts.join('')),
    fc
      .tuple(fc.constantFrom('7f00', 'a9fe', '0', '808'), fc.nat(0xffff))
      .map(([high, low]) => `2002:${high}:${low.toString(16)}::1`),
  );

  it('may be named by a public server if its range in ipaddr.js is neither loopback nor the link', () => {
    const property = (host: string) => {
      // Bun 1.4.5 rejects a few ways to write an IPv6 address that ends in an IPv4 address.
      fc.pre(URL.canParse(`https://${host}/`));
      const { hostname } = at(host);
      const address = ipaddr.parse(hostname.replace(/^\[|\]$/g, ''));
      fc.pre(!OTHERS.some((other) => at(other).hostname === hostname));
      expect(mayLeadTo(at(host), PUBLIC)).toBe(!isSpecial(address));
    };
    fc.assert(
      fc.property(
        fc.oneof(
          ipv4,
          ipv6.map((address) => `[${address}]`),
        ),
        property,
      ),
      { numRuns: 1000 },
    );
  });
});

describe('a server on loopback', () => {
  it.each([...LOOPBACK, ...HARMLESS])('may lead to %s', (host) => {
    expect(mayLeadTo(at(host), LOCAL)).toBe(true);
  });

  it.each(OTHERS)('may not lead to %s', (host) => {
    expect(mayLeadTo(at(host), LOCAL)).toBe(false);
  });
});

describe('a server on the link', () => {
  it('may lead to itself and its neighbours but not to loopback', () => {
    const from = new URL('http://169.254.1.2/');
    expect(mayLeadTo(at('169.254.1.2'), from)).toBe(true);
    expect(mayLeadTo(at('169.254.169.254'), from)).toBe(true);
    expect(mayLeadTo(at('127.0.0.1'), from)).toBe(false);
  });
});

describe('a URL that a server names', () => {
  const base = new URL('https://registry.example.com/v2/');

  it.each([
    'http://registry.example.com/',
    'ftp://registry.example.com/',
    'file:///etc/hostname',
    'data:text/plain,a',
    'javascript:alert(1)',
    'https://user:secret@registry.example.com/',
    'https://',
    'https://exa mple/',
  ])('%s is not followed', (address) => {
    expect(resolveUrl(address, base)).toBeUndefined();
  });

  it('may be relative', () => {
    expect(resolveUrl('/a?b', base)?.href).toBe('https://registry.example.com/a?b');
  });

  it('may lead from plain HTTP to HTTPS', () => {
    expect(resolveUrl('https://a.example.com/', new URL('http://localhost:5000'))?.protocol).toBe('https:');
  });
});

describe('what is sent to a URL', () => {
  it.each(['https://example.com/', 'http://localhost/', 'http://127.0.0.1:1/', 'http://[::1]/'])(
    'stays confidential: %s',
    (url) => {
      expect(isConfidential(new URL(url))).toBe(true);
    },
  );

  it.each([
    'http://localhost.localdomain/',
    'http://ip6-localhost/',
    'http://[64:ff9b:1::127.0.0.1]/',
    'http://example.com/',
    'http://10.0.0.1/',
    'ftp://localhost/',
    'file:///etc/hostname',
  ])('does not stay confidential: %s', (url) => {
    expect(isConfidential(new URL(url))).toBe(false);
  });
});

describe('the URL of a service', () => {
  it('is parsed', () => {
    expect(parseServiceUrl('https://kms.example.com/base', 'endpoint').pathname).toBe('/base');
  });

  it.each(['', 'kms.example.com', 'http://kms.example.com', 'https://ci:hunter2@kms.example.com'])(
    'is rejected without being shown: %s',
    (text) => {
      const message = failure(() => parseServiceUrl(text, 'endpoint'), 'ERR_ARGUMENT_INVALID');
      expect(message).toBe('endpoint must be a URL such as https://service.example.com, without credentials');
    },
  );
});
