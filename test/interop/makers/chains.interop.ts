import { describeMakerCases, type MakerCase } from './cases.ts';
import { makeChain } from './make.ts';

const CASES: readonly MakerCase[] = [
  { maker: 'Bouncy Castle', variant: 'UTF8String', expect: 'verified' },
  { maker: 'Bouncy Castle', variant: 'PrintableString', expect: 'verified' },
  { maker: 'Bouncy Castle', variant: 'BMPString', expect: 'verified' },
  { maker: 'Bouncy Castle', variant: 'T61String', expect: 'verified' },
  { maker: 'Bouncy Castle', variant: 'multi-valued', expect: 'verified' },
  { maker: 'rcgen', variant: 'Utf8String', expect: 'verified' },
  { maker: 'rcgen', variant: 'PrintableString', expect: 'verified' },
  { maker: 'rcgen', variant: 'BmpString', expect: 'verified' },
  { maker: 'rcgen', variant: 'TeletexString', expect: 'verified' },
  { maker: 'rcgen', variant: 'UniversalString', expect: 'verified' },
  { maker: 'GnuTLS', variant: 'EC-256', expect: 'verified' },
  { maker: 'GnuTLS', variant: 'EC-384', expect: 'verified' },
  { maker: 'GnuTLS', variant: 'EC-521', expect: 'verified' },
  { maker: 'GnuTLS', variant: 'RSA-2048', expect: 'verified' },
  { maker: 'GnuTLS', variant: 'RSASSA-PSS', expect: 'verified' },
  { maker: 'NSS', variant: 'EC', expect: 'verified' },
  { maker: 'NSS', variant: 'RSA', expect: 'verified' },
  { maker: 'NSS', variant: 'RSA-PSS', expect: 'verified' },
  { maker: 'cfssl', variant: 'ecdsa 256', expect: 'verified' },
  { maker: 'cfssl', variant: 'ecdsa 384', expect: 'verified' },
  { maker: 'cfssl', variant: 'ecdsa 521', expect: 'verified' },
  { maker: 'cfssl', variant: 'rsa 2048', expect: 'verified' },
  { maker: 'easy-rsa', variant: 'plain', expect: 'verified' },
  { maker: 'easy-rsa', variant: 'critical', expect: 'verified' },
];

describeMakerCases(
  'chains',
  CASES,
  ({ maker, variant }) =>
    async () => {
      const { root, ...chain } = await makeChain(maker, variant);
      return { chain, trust: { 'ca:acme': [root] } };
    },
  { trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary'] },
);
