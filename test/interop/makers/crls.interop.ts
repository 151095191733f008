import { revoked, unknown } from '../support/revocation-verdicts.ts';
import { describeMakerCases, type MakerCase } from './cases.ts';
import { filesOf, make } from './make.ts';

const pssOfMaximalSalt = {
  key: 'RSA-2048',
  ...unknown,
  why: 'its salt is as long as the key allows, not as the hash',
} as const;

const CASES: readonly MakerCase[] = [
  { maker: 'Bouncy Castle', variant: 'good', expect: 'verified' },
  { maker: 'Bouncy Castle', variant: 'revoked', ...revoked },
  { maker: 'GnuTLS', variant: 'good', expect: 'verified' },
  { maker: 'GnuTLS', variant: 'revoked', ...revoked },
  { maker: 'NSS', variant: 'good', expect: 'verified' },
  {
    maker: 'NSS',
    variant: 'revoked, with a long serial number',
    expect: 'verified',
    why: 'crlutil lists 2^63 - 1 instead of a serial number of more than 63 bits',
  },
  { maker: 'cfssl', variant: 'good', expect: 'verified' },
  { maker: 'cfssl', variant: 'revoked', ...revoked },
  { maker: 'easy-rsa', variant: 'good', expect: 'verified' },
  { maker: 'easy-rsa', variant: 'revoked', ...revoked },
  { maker: 'rcgen', variant: 'good', expect: 'verified' },
  { maker: 'rcgen', variant: 'good, own key identifier', expect: 'verified' },
  { maker: 'rcgen', variant: 'revoked', ...revoked },
  { maker: 'rcgen', variant: 'revoked, own key identifier', ...revoked },
  { maker: 'certomancer', variant: 'good', expect: 'verified' },
  { maker: 'certomancer', variant: 'good, no entries', expect: 'verified' },
  { maker: 'certomancer', variant: 'good, by RSA-PSS', ...pssOfMaximalSalt },
  { maker: 'certomancer', variant: 'revoked', ...revoked },
  { maker: 'certomancer', variant: 'revoked, no reason', ...revoked },
  { maker: 'cryptography', variant: 'good', expect: 'verified' },
  { maker: 'cryptography', variant: 'revoked', ...revoked },
];

describeMakerCases('CRLs', CASES, ({ maker, variant }) => async (pki) => {
  const chain = await pki.leaf({ crl: [pki.server.url('/crl')] });
  const files = filesOf({ ca: pki.root.issued, leaf: chain.leaf });
  pki.server.serve('/crl', await make(maker, 'crl', variant, files));
  return chain;
});
