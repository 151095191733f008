import { extensions, type ForgedContent, purposes } from '../../support/forge.ts';
import { forgeTimestampAuthority, forgeToken } from '../../support/forge-timestamp.ts';
import type { PeerCase } from '../support/peer-case.ts';
import { always, pushStamped } from './timestamp-cases.ts';

/** A token by an authority whose certificates `openssl ts` would not sign with. */
function stampedBy(content: { leaf?: ForgedContent; root?: ForgedContent }): PeerCase['prepare'] {
  return async (pki) => {
    const chain = await pki.leaf({ key: 'EC-256' });
    const { leaf, root } = forgeTimestampAuthority(content);
    return {
      chain,
      trust: { 'tsa:acme': [root.pem] },
      sign: (artifact) =>
        pushStamped(artifact, chain, async (signature) =>
          Buffer.from(
            forgeToken({ info: { signature }, signers: { signer: leaf }, certificates: [leaf, root] }),
          ),
        ),
    };
  };
}

const signs = extensions.keyUsage(['digitalSignature']);
const stamps = extensions.extendedKeyUsage([purposes.timeStamping], true);
const leafOf = (...list: Uint8Array[]) => ({ leaf: { extensions: list } });

const bad: readonly (readonly [name: string, content: Parameters<typeof stampedBy>[0]])[] = [
  ['without an extended key usage', leafOf(signs)],
  [
    'that is for timestamping, but not critically',
    leafOf(signs, extensions.extendedKeyUsage([purposes.timeStamping])),
  ],
  ['that is for code signing', leafOf(signs, extensions.extendedKeyUsage([purposes.codeSigning], true))],
  [
    'that is for code signing as well',
    leafOf(signs, extensions.extendedKeyUsage([purposes.timeStamping, purposes.codeSigning], true)),
  ],
  ['without a key usage', leafOf(stamps)],
  ['that must not sign', leafOf(extensions.keyUsage(['keyEncipherment']), stamps)],
  ['that is a CA', leafOf(extensions.basicConstraints({ ca: true }), signs, stamps)],
  ['with a key that is too short', { leaf: { key: 'RSA-1024' } }],
];

/** The certificate profile of timestamping authorities. */
export const profileCases: readonly PeerCase[] = [
  { name: 'an authority by the profile', ...always, prepare: stampedBy({}), expect: 'verified' },
  {
    name: 'an authority whose key usage is not critical, which it should be',
    ...always,
    prepare: stampedBy(leafOf(extensions.keyUsage(['digitalSignature'], false), stamps)),
    expect: 'verified',
  },
  {
    name: 'an authority by a root that is not a CA',
    ...always,
    prepare: stampedBy({ root: { extensions: [extensions.keyUsage(['keyCertSign'])] } }),
    expect: 'rejected',
    says: /is not a root CA/,
    code: 'ERR_TRUST_STORE_INVALID',
  },
  ...bad.map(
    ([name, content]): PeerCase => ({
      name: `an authority ${name}`,
      ...always,
      prepare: stampedBy(content),
      expect: 'rejected',
      says: /timestamp|time stamp/i,
      code: 'ERR_CERTIFICATE_CHAIN_INVALID',
    }),
  ),
];
