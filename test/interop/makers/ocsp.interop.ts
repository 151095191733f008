import { revoked } from '../support/revocation-verdicts.ts';
import { describeMakerCases, type MakerCase } from './cases.ts';
import { filesOf, make } from './make.ts';

const CASES: readonly MakerCase[] = [
  { maker: 'Bouncy Castle', variant: 'good, by name', expect: 'verified' },
  { maker: 'Bouncy Castle', variant: 'good, by key', expect: 'verified' },
  { maker: 'Bouncy Castle', variant: 'revoked, by name', ...revoked },
  { maker: 'Bouncy Castle', variant: 'good, by name', key: 'RSA-2048', expect: 'verified' },
  { maker: 'cfssl', variant: 'good', expect: 'verified' },
  { maker: 'cfssl', variant: 'revoked', ...revoked },
  { maker: 'certomancer', variant: 'good', expect: 'verified' },
  { maker: 'certomancer', variant: 'revoked', ...revoked },
  { maker: 'cryptography', variant: 'good', expect: 'verified' },
  { maker: 'cryptography', variant: 'good, SHA-256', expect: 'verified' },
  { maker: 'cryptography', variant: 'revoked', ...revoked },
];

describeMakerCases('OCSP responses', CASES, ({ maker, variant }) => async (pki) => {
  const chain = await pki.leaf({ ocsp: [pki.server.url('/ocsp')] });
  const responder = await pki.root.issue('responder', {
    extensions: {
      keyUsage: 'critical,digitalSignature',
      extendedKeyUsage: 'OCSPSigning',
      noCheck: 'ignored',
    },
  });
  const files = filesOf({ ca: pki.root.issued, leaf: chain.leaf, responder });
  pki.server.serve('/ocsp', await make(maker, 'ocsp', variant, files));
  return chain;
});
