import { issueTsa } from '../support/openssl-tsa.ts';
import { always, pushStamped } from '../timestamp/timestamp-cases.ts';
import { describeMakerCases, type MakerCase } from './cases.ts';
import { filesOf, make } from './make.ts';

const namedBySha1 = {
  expect: 'rejected',
  says: /failed to get SigningCertificateV2/,
  code: 'ERR_TIMESTAMP_INVALID',
  why: 'it names its certificate by SHA-1 only',
} as const;

const CASES: readonly MakerCase[] = [
  { maker: 'Bouncy Castle', variant: 'SHA256', expect: 'verified' },
  { maker: 'Bouncy Castle', variant: 'SHA256', key: 'RSA-2048', expect: 'verified' },
  { maker: 'Bouncy Castle', variant: 'SHA384', key: 'RSA-3072', expect: 'verified' },
  { maker: 'Bouncy Castle', variant: 'SHA512', key: 'EC-521', expect: 'verified' },
  { maker: 'digitorus', variant: 'SHA256', expect: 'verified' },
  { maker: 'digitorus', variant: 'SHA256', key: 'RSA-2048', expect: 'verified' },
  { maker: 'digitorus', variant: 'SHA384', key: 'EC-384', expect: 'verified' },
  { maker: 'digitorus', variant: 'SHA512', key: 'RSA-3072', expect: 'verified' },
  { maker: 'certomancer', variant: 'sha256', key: 'RSA-2048', ...namedBySha1 },
  { maker: 'certomancer', variant: 'sha384', ...namedBySha1 },
  { maker: 'pyHanko', variant: 'sha256', key: 'RSA-2048', ...namedBySha1 },
];

describeMakerCases(
  'timestamps',
  CASES,
  ({ maker, variant }) =>
    async (pki) => {
      const chain = await pki.leaf({ key: 'EC-256' });
      const tsa = await issueTsa(pki.root, { key: pki.key });
      const files = filesOf({ ca: pki.root.issued, tsa });
      return {
        chain,
        trust: { 'tsa:acme': [pki.root.issued.certificate] },
        sign: (artifact) =>
          pushStamped(artifact, chain, (data) => make(maker, 'timestamp', variant, { ...files, data })),
      };
    },
  always.statement,
);
