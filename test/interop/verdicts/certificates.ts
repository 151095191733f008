import type { ErrorCode } from '../../../src/index.ts';
import * as der from '../../support/der.ts';
import {
  extensions,
  type Forged,
  type ForgedContent,
  type ForgedName,
  forgeAuthority,
  forgeCertificate,
  forgeChain,
  forgeKey,
  forgeLeaf,
  purposes,
} from '../../support/forge.ts';
import { coseFor, jwsFor, pushSignature } from '../support/signatures.ts';
import type { VerdictCase } from '../support/verdict.ts';

const { keyUsage, extendedKeyUsage, basicConstraints } = extensions;
const SIGNER = keyUsage(['digitalSignature']);
const CODE = extendedKeyUsage([purposes.codeSigning]);

const refused = {
  expect: 'rejected',
  says: /signature verification failed|integrity/,
  code: 'ERR_CERTIFICATE_CHAIN_INVALID',
} as const;
const malformed = { ...refused, code: 'ERR_CERTIFICATE_INVALID' } as const;
const stricter = (row: string, code: ErrorCode = 'ERR_CERTIFICATE_CHAIN_INVALID') =>
  ({ expect: { cli: 'verified', here: 'rejected', row }, code }) as const;
const outdated = {
  expect: 'rejected',
  says: /not valid|expired|before|after/,
  code: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
} as const;

/** Signs with a chain whose last certificate is trusted. */
export function by(
  chain: readonly Forged[],
  trusted: Forged | undefined = chain.at(-1),
): Pick<VerdictCase, 'trust' | 'sign'> {
  return {
    trust: { 'ca:acme': [trusted?.pem ?? ''] },
    sign: (target) => pushSignature(target, jwsFor(target, { chain }), { chain }),
  };
}

const leafWith = (...list: Uint8Array[]) => by(forgeChain({ leaf: { extensions: list } }).chain);
const leafOf = (leaf: ForgedContent) => by(forgeChain({ leaf }).chain);
const rootWith = (...list: Uint8Array[]) => by(forgeChain({ root: { extensions: list } }).chain);
const rootOf = (root: ForgedContent) => by(forgeChain({ root }).chain);

const CA = basicConstraints({ ca: true });
const CERT_SIGN = keyUsage(['keyCertSign', 'cRLSign']);

const days = (count: number) => new Date(Date.now() + count * 86_400_000);
const three = forgeChain({ intermediates: [{}] });
const [leaf, intermediate, root] = three.chain as [Forged, Forged, Forged];
const lone = forgeLeaf({ subject: 'lone' });
const unrelated = forgeAuthority({ subject: 'Unrelated' });

/** Extended key usages of a leaf. */
const PURPOSES: readonly [
  name: string,
  oids: string[],
  verdict: Pick<VerdictCase, 'expect' | 'says' | 'code'>,
][] = [
  ['no code signing but an unknown purpose', ['1.3.6.1.4.1.55555.1'], { expect: 'verified' }],
  [
    'code signing and an unknown purpose',
    [purposes.codeSigning, '1.3.6.1.4.1.55555.1'],
    { expect: 'verified' },
  ],
  ['any purpose', [purposes.any], stricter('any-eku')],
  ['code signing and any purpose', [purposes.codeSigning, purposes.any], stricter('any-eku')],
  ['server authentication', [purposes.codeSigning, purposes.serverAuth], refused],
  ['client authentication', [purposes.codeSigning, purposes.clientAuth], refused],
  ['email protection', [purposes.codeSigning, purposes.emailProtection], refused],
  ['timestamping', [purposes.codeSigning, purposes.timeStamping], refused],
  ['OCSP signing', [purposes.codeSigning, purposes.ocspSigning], refused],
];

/** Key usages that a leaf must not have. */
const FORBIDDEN_USAGES = [
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** The profile of certificates and chains. */
export const certificateCases: readonly VerdictCase[] = [
  ...PURPOSES.map(
    ([name, oids, verdict]): VerdictCase => ({
      name: `a leaf for ${name}`,
      ...leafWith(SIGNER, extendedKeyUsage(oids)),
      ...verdict,
    }),
  ),
  { name: 'a leaf for no purpose', ...leafWith(SIGNER), expect: 'verified' },
  {
    name: 'a leaf whose purpose is critical',
    ...leafWith(SIGNER, extendedKeyUsage([purposes.codeSigning], true)),
    expect: 'verified',
  },
  { name: 'a leaf without key usage', ...leafWith(CODE), ...refused },
  {
    name: 'a leaf whose key usage is not critical',
    ...leafWith(keyUsage(['digitalSignature'], false), CODE),
    ...refused,
  },
  { name: 'a leaf that must not sign', ...leafWith(keyUsage(['nonRepudiation']), CODE), ...refused },
  {
    name: 'a leaf for non-repudiation too',
    ...leafWith(keyUsage(['digitalSignature', 'nonRepudiation']), CODE),
    expect: 'verified',
  },
  ...FORBIDDEN_USAGES.map(
    (usage): VerdictCase => ({
      name: `a leaf with the key usage ${usage}`,
      ...leafWith(keyUsage(['digitalSignature', usage]), CODE),
      ...refused,
    }),
  ),
  { name: 'a leaf that is a CA', ...leafWith(CA, SIGNER, CODE), ...refused },
  {
    name: 'a leaf whose basic constraints say that it is not a CA',
    ...leafWith(basicConstraints({ ca: false }), SIGNER, CODE),
    expect: 'verified',
  },
  {
    name: 'a leaf whose basic constraints say that it is not a CA, not critical',
    ...leafWith(basicConstraints({ ca: false }, false), SIGNER, CODE),
    expect: 'verified',
  },
  {
    name: 'a leaf with an unknown critical extension',
    ...leafWith(SIGNER, CODE, extensions.of('1.3.6.1.4.1.55555.2', der.nullValue(), true)),
    expect: 'verified',
  },
  {
    name: 'a leaf whose alternative names are rubbish inside',
    ...leafWith(SIGNER, CODE, extensions.of('2.5.29.17', der.sequence(der.implicit(7, Uint8Array.of(1))))),
    expect: { cli: 'rejected', here: 'verified', row: 'ignored-extension-content', laxer: true },
    says: /malformed leaf certificate/,
  },
  { name: 'a leaf with an extension twice', ...leafWith(SIGNER, SIGNER, CODE), ...malformed },
  { name: 'a leaf of version 1', ...leafOf({ version: 1 }), ...refused },
  {
    name: 'a leaf with a negative serial number',
    ...leafOf({ serialNumber: Uint8Array.of(0x80, 1) }),
    ...stricter('certificate-serial-number', 'ERR_CERTIFICATE_INVALID'),
  },
  { name: 'a leaf with an empty subject', ...leafOf({ subject: [] as ForgedName }), expect: 'verified' },
  { name: 'a self-signed leaf', ...by([lone]), expect: 'verified' },
  { name: 'a self-signed leaf that is a CA', ...by([forgeAuthority()]), ...refused },
  {
    name: 'a self-signed leaf whose signature is wrong',
    ...by([forgeLeaf({ corruptSignature: true })]),
    ...refused,
  },
  { name: 'a CA without basic constraints', ...rootWith(CERT_SIGN), ...refused },
  {
    name: 'a CA whose basic constraints say that it is not one',
    ...rootWith(basicConstraints({ ca: false }), CERT_SIGN),
    ...refused,
  },
  {
    name: 'a CA whose basic constraints are not critical',
    ...rootWith(basicConstraints({ ca: true }, false), CERT_SIGN),
    ...stricter('ca-basic-constraints-critical'),
  },
  { name: 'a CA without key usage', ...rootWith(CA), ...refused },
  {
    name: 'a CA whose key usage is not critical',
    ...rootWith(CA, keyUsage(['keyCertSign'], false)),
    ...refused,
  },
  { name: 'a CA that must not sign certificates', ...rootWith(CA, keyUsage(['cRLSign'])), ...refused },
  {
    name: 'a CA that must not have one below it, and has none',
    ...rootWith(basicConstraints({ ca: true, pathLength: 0 }), CERT_SIGN),
    expect: 'verified',
  },
  {
    name: 'a CA that must not have one below it, and has one',
    ...by(
      forgeChain({
        root: { extensions: [basicConstraints({ ca: true, pathLength: 0 }), CERT_SIGN] },
        intermediates: [{}],
      }).chain,
    ),
    ...refused,
  },
  {
    name: 'a CA that may have one below it, and has two',
    ...by(
      forgeChain({
        root: { extensions: [basicConstraints({ ca: true, pathLength: 1 }), CERT_SIGN] },
        intermediates: [{}, {}],
      }).chain,
    ),
    ...refused,
  },
  {
    name: 'a CA with critical name constraints',
    ...rootWith(CA, CERT_SIGN, nameConstraints()),
    expect: 'verified',
  },
  { name: 'a CA of version 1', ...rootOf({ version: 1 }), ...refused },
  { name: 'a chain from the root to the leaf', ...by([root, intermediate, leaf], root), ...refused },
  { name: 'a chain whose CAs are in the wrong order', ...by([leaf, root, intermediate], root), ...refused },
  { name: 'a chain without its intermediate', ...by([leaf, root]), ...refused },
  { name: 'a chain without its root', ...by([leaf, intermediate], root), ...refused },
  {
    name: 'a chain without its root, with the intermediate in the store',
    ...by([leaf, intermediate]),
    ...refused,
  },
  { name: 'a leaf alone that is not self-signed', ...by([leaf], root), ...refused },
  {
    name: 'a chain with a certificate too many at its end',
    ...by([...three.chain, unrelated], root),
    ...refused,
  },
  { name: 'a chain with its root twice', ...by([...three.chain, root]), ...refused },
  { name: 'a chain with a stranger in its middle', ...by([leaf, unrelated, root]), ...refused },
  {
    name: 'a leaf whose issuer has another name',
    ...by(forgeChain({ leaf: { issuerName: 'Another' } }).chain),
    ...refused,
  },
  {
    name: 'a leaf that another key of the same name signed',
    ...leafOf({ signingKey: forgeKey('EC-256') }),
    ...refused,
  },
  {
    name: 'a chain of eight',
    ...by(forgeChain({ intermediates: Array.from({ length: 6 }, () => ({})) }).chain),
    expect: 'verified',
  },
  {
    name: 'a chain of seventeen',
    ...by(forgeChain({ intermediates: Array.from({ length: 15 }, () => ({})) }).chain),
    ...stricter('chain-length', 'ERR_LIMIT_EXCEEDED'),
  },
  { name: 'a leaf that is not valid yet', ...leafOf({ notBefore: days(1), notAfter: days(2) }), ...outdated },
  { name: 'a root that has expired', ...rootOf({ notBefore: days(-9), notAfter: days(-1) }), ...outdated },
  { name: 'a root that is not valid yet', ...rootOf({ notBefore: days(1), notAfter: days(9) }), ...outdated },
  {
    name: 'an intermediate that has expired',
    ...by(forgeChain({ intermediates: [{ notBefore: days(-9), notAfter: days(-1) }] }).chain),
    ...outdated,
  },
  { name: 'a leaf that outlives its root', ...leafOf({ notAfter: days(99) }), expect: 'verified' },
  {
    name: 'an authority that vouches for a time when its leaf was valid',
    policy: (scope) => ({
      version: '1.0',
      trustPolicies: [
        {
          name: 'acme',
          registryScopes: [scope],
          signatureVerification: { level: 'strict' },
          trustStores: ['signingAuthority:acme'],
          trustedIdentities: ['*'],
        },
      ],
    }),
    ...byAuthority(days(-5)),
    expect: 'verified',
  },
  {
    name: 'an authority that vouches for a time when its leaf was not valid',
    policy: (scope) => ({
      version: '1.0',
      trustPolicies: [
        {
          name: 'acme',
          registryScopes: [scope],
          signatureVerification: { level: 'strict' },
          trustStores: ['signingAuthority:acme'],
          trustedIdentities: ['*'],
        },
      ],
    }),
    ...byAuthority(days(-20)),
    ...outdated,
  },
  {
    name: 'a certificate that does not belong to the chain, made with the name of the leaf',
    ...by([forgeCertificate({ subject: 'forged-leaf', extensions: [SIGNER] }), root]),
    ...refused,
  },
];

/** A leaf that was valid from ten days ago until yesterday. */
function byAuthority(authenticSigningTime: Date): Pick<VerdictCase, 'trust' | 'sign'> {
  const lapsed = { notBefore: days(-10), notAfter: days(-1) };
  const made = forgeChain({ leaf: lapsed, root: { notBefore: days(-99) } });
  return {
    trust: { 'signingAuthority:acme': [made.root.pem] },
    sign: (target) => pushSignature(target, coseFor(target, { chain: made.chain, authenticSigningTime })),
  };
}

/** Permits nothing but the names below example.com. */
function nameConstraints(): Uint8Array {
  const permitted = der.sequence(der.implicit(2, new TextEncoder().encode('example.com')));
  return extensions.of('2.5.29.30', der.sequence(der.explicit(0, permitted)), true);
}
