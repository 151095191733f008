import { createPrivateKey } from 'node:crypto';
import { targetOf } from '../support/expect-verdicts.ts';
import { forgeJws } from '../support/forge-envelope.ts';
import type { KeyPair } from '../support/notation-cli.ts';
import { pushSignature } from '../support/signatures.ts';
import type { StoredArtifact } from '../support/stores.ts';
import { asForged } from '../support/test-pki.ts';
import { describeMakerCases, type MakerCase } from './cases.ts';
import { makeChain } from './make.ts';

const rejected = { expect: 'rejected' } as const;
const rsaPssKey = {
  ...rejected,
  says: /key is invalid/,
  code: 'ERR_ENVELOPE_INVALID',
  why: 'the specification has no keys of the type id-RSASSA-PSS',
} as const;

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
  {
    maker: 'rcgen',
    variant: 'UniversalString',
    ...rejected,
    says: /malformed leaf certificate/,
    code: 'ERR_CERTIFICATE_INVALID',
    why: 'neither reads this type of string',
  },
  { maker: 'GnuTLS', variant: 'EC-256', expect: 'verified' },
  { maker: 'GnuTLS', variant: 'EC-384', expect: 'verified' },
  { maker: 'GnuTLS', variant: 'EC-521', expect: 'verified' },
  { maker: 'GnuTLS', variant: 'RSA-2048', expect: 'verified' },
  { maker: 'GnuTLS', variant: 'RSASSA-PSS', ...rsaPssKey },
  { maker: 'NSS', variant: 'EC', expect: 'verified' },
  { maker: 'NSS', variant: 'RSA', expect: 'verified' },
  { maker: 'NSS', variant: 'RSA-PSS', ...rsaPssKey },
  { maker: 'cfssl', variant: 'ecdsa 256', expect: 'verified' },
  { maker: 'cfssl', variant: 'ecdsa 384', expect: 'verified' },
  { maker: 'cfssl', variant: 'ecdsa 521', expect: 'verified' },
  { maker: 'cfssl', variant: 'rsa 2048', expect: 'verified' },
  {
    maker: 'easy-rsa',
    variant: 'plain',
    ...rejected,
    says: /key usage extension must be marked critical/,
    code: 'ERR_CERTIFICATE_CHAIN_INVALID',
    why: 'its key usage is not critical, which the specification requires',
  },
  { maker: 'easy-rsa', variant: 'critical', expect: 'verified' },
];

describeMakerCases(
  'chains',
  CASES,
  ({ maker, variant, expect }) =>
    async () => {
      const { root, ...chain } = await makeChain(maker, variant);
      const trust = { 'ca:acme': [root] };
      return expect === 'rejected'
        ? { chain, trust, sign: (artifact) => forge(artifact, chain) }
        : { chain, trust };
    },
  { trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary'] },
);

/** Signs with a chain that notarykit does not sign with. */
async function forge(stored: StoredArtifact, { privateKey, certificates }: KeyPair): Promise<void> {
  const type = createPrivateKey(privateKey).asymmetricKeyType === 'ec' ? 'EC-256' : 'RSA-2048';
  const chain = asForged({ privateKey, certificates }, type);
  const target = await targetOf(stored);
  await pushSignature(target, forgeJws({ chain, artifact: target.artifact }), { chain });
}
