import { type ForgedName, forgeChain } from '../../support/forge.ts';
import { ACME_SUBJECT, jwsFor, pushSignature } from '../support/signatures.ts';
import { policy, type VerdictCase } from '../support/verdict.ts';

const identities = (...trustedIdentities: string[]) => ({
  policy: (scope: string) => policy(scope, { trustedIdentities }),
});
const subject = (name: string) => identities(`x509.subject: ${name}`);

const untrusted = { expect: 'rejected', code: 'ERR_IDENTITY_UNTRUSTED' } as const;
const refused = { expect: 'rejected', code: 'ERR_POLICY_INVALID' } as const;
const NO_MATCH = /do not match|does not match|identities/;

/** A case with a leaf of another subject. */
function signedBy(name: ForgedName): Pick<VerdictCase, 'trust' | 'sign'> {
  const { chain, root } = forgeChain({ leaf: { subject: name } });
  return {
    trust: { 'ca:acme': [root.pem] },
    sign: (target) => pushSignature(target, jwsFor(target, { chain }), { chain }),
  };
}

const ACME = [
  ['C', 'US'],
  ['ST', 'WA'],
  ['O', 'Acme'],
] as const;

/** Identities that no policy may have, and what the CLI says. */
const MALFORMED: readonly [name: string, identities: string[], says: RegExp][] = [
  ['no identity', [], /trusted identit/],
  ['an empty identity', [''], /identit/],
  ['an identity without a prefix', ['C=US, ST=WA, O=Notary'], /identit/],
  ['any identity next to another one', ['*', `x509.subject: ${ACME_SUBJECT}`], /wildcard/],
  ['an identity without C', ['x509.subject: ST=WA, O=Notary'], /identit|mandatory|distinguished/],
  ['an identity without ST', ['x509.subject: C=US, O=Notary'], /identit|mandatory|distinguished/],
  ['an identity without O', ['x509.subject: C=US, ST=WA'], /identit|mandatory|distinguished/],
  ['an identity with an empty O', ['x509.subject: C=US, ST=WA, O='], /identit|mandatory|distinguished/],
  ['an identity with two C', ['x509.subject: C=US, C=DE, ST=WA, O=Notary'], /duplicate/],
  ['an identity with S and ST', ['x509.subject: C=US, S=WA, ST=WA, O=Notary'], /duplicate/],
  [
    'an identity with types in lower case',
    ['x509.subject: c=US, st=WA, o=Notary'],
    /identit|mandatory|distinguished/,
  ],
  [
    'an identity with several attributes at once',
    ['x509.subject: C=US+ST=WA, O=Notary'],
    /multi-valued|distinguished/,
  ],
  ['an identity with a value in hexadecimal', ['x509.subject: C=#13025553, ST=WA, O=Notary'], /=#/],
  ['an identity that is not a distinguished name', ['x509.subject: Notary'], /distinguished|identit/],
  ['an identity with nothing after its prefix', ['x509.subject:'], /distinguished|identit/],
  ['the same identity twice', [`x509.subject: ${ACME_SUBJECT}`, `x509.subject: ${ACME_SUBJECT}`], /overlap/],
  [
    'an identity that contains another one',
    [`x509.subject: ${ACME_SUBJECT}`, 'x509.subject: C=US, ST=WA, O=Notary'],
    /overlap/,
  ],
];

/** Identities that only the CLI takes, with the row that says why. */
const STRICTER: readonly [name: string, identity: string, row: string][] = [
  ['an identity whose prefix is empty', ':C=US', 'identity-empty-prefix'],
  ['an attribute without a value', 'x509.subject: C=DE, ST=WA, O=Notary, OU=', 'identity-empty-value'],
  [
    'an attribute type that is a number',
    'x509.subject: C=DE, ST=WA, O=Notary, 1=x',
    'identity-attribute-type',
  ],
  [
    'an attribute type that is not a name',
    'x509.subject: C=DE, ST=WA, O=Notary, a_b=x',
    'identity-attribute-type',
  ],
  ['an escape that is not UTF-8', 'x509.subject: C=DE, ST=WA, O=Notary, OU=\\ff', 'identity-not-utf8'],
];

/** Trusted identities: who may have signed. */
export const identityCases: readonly VerdictCase[] = [
  { name: 'the whole subject', ...subject(ACME_SUBJECT), expect: 'verified' },
  { name: 'a part of the subject', ...subject('C=US, ST=WA, O=Notary'), expect: 'verified' },
  { name: 'S for ST', ...subject('C=US, S=WA, O=Notary'), expect: 'verified' },
  {
    name: 'the attributes in another order',
    ...subject('O=Notary, CN=forged-leaf, ST=WA, C=US'),
    expect: 'verified',
  },
  { name: 'semicolons between the attributes', ...subject('C=US; ST=WA; O=Notary'), expect: 'verified' },
  { name: 'no space anywhere', ...identities('x509.subject:C=US,ST=WA,O=Notary'), expect: 'verified' },
  { name: 'spaces around the equals signs', ...subject('C = US , ST = WA , O = Notary'), expect: 'verified' },
  {
    name: 'one of two identities',
    ...identities('x509.subject: C=US, ST=WA, O=Another', 'x509.subject: C=US, ST=WA, O=Notary'),
    expect: 'verified',
  },
  {
    name: 'an identity with an unknown prefix next to the right one',
    ...identities('arn:aws:signer:us-west-2:1:/signing-profiles/x', 'x509.subject: C=US, ST=WA, O=Notary'),
    expect: 'verified',
  },
  {
    name: 'only an identity with an unknown prefix',
    ...identities('arn:aws:signer:us-west-2:1:/signing-profiles/x'),
    ...untrusted,
    says: /no x509 trusted identities/,
  },
  { name: 'another CN', ...subject('C=US, ST=WA, O=Notary, CN=another'), ...untrusted, says: NO_MATCH },
  { name: 'another O', ...subject('C=US, ST=WA, O=Another'), ...untrusted, says: NO_MATCH },
  { name: 'an O in another case', ...subject('C=US, ST=WA, O=notary'), ...untrusted, says: NO_MATCH },
  {
    name: 'an OU that the subject lacks',
    ...subject('C=US, ST=WA, O=Notary, OU=x'),
    ...untrusted,
    says: NO_MATCH,
  },
  { name: 'the start of a value', ...subject('C=US, ST=WA, O=Not'), ...untrusted, says: NO_MATCH },
  {
    name: 'audit logs another identity',
    policy: (scope) =>
      policy(scope, {
        signatureVerification: { level: 'audit' },
        trustedIdentities: ['x509.subject: C=US, ST=WA, O=Another'],
      }),
    expect: 'verified',
    logged: ['authenticity'],
  },
  {
    name: 'a value with a comma, escaped',
    ...signedBy([...ACME.slice(0, 2), ['O', 'Acme, Inc.']]),
    ...subject('C=US, ST=WA, O=Acme\\, Inc.'),
    expect: 'verified',
  },
  {
    name: 'a value with a space at each end, escaped',
    ...signedBy([...ACME.slice(0, 2), ['O', ' Acme ']]),
    ...subject('C=US, ST=WA, O=\\ Acme\\ '),
    expect: 'verified',
  },
  {
    name: 'a value with a space at its end, not escaped',
    ...signedBy([...ACME.slice(0, 2), ['O', 'Acme ']]),
    ...subject('C=US, ST=WA, O=Acme '),
    ...untrusted,
    says: NO_MATCH,
  },
  {
    name: 'a value with two spaces inside',
    ...signedBy([...ACME.slice(0, 2), ['O', 'Acme  Inc']]),
    ...subject('C=US, ST=WA, O=Acme Inc'),
    ...untrusted,
    says: NO_MATCH,
  },
  {
    name: 'a value with letters beyond ASCII',
    ...signedBy([...ACME.slice(0, 2), ['O', 'Größe 株式会社']]),
    ...subject('C=US, ST=WA, O=Größe 株式会社'),
    expect: 'verified',
  },
  {
    name: 'a value with letters in hexadecimal',
    ...signedBy([...ACME.slice(0, 2), ['O', 'Größe']]),
    ...subject('C=US, ST=WA, O=Gr\\c3\\b6\\c3\\9fe'),
    expect: 'verified',
  },
  {
    name: 'a leaf without ST, for any identity',
    ...signedBy([
      ['C', 'US'],
      ['O', 'Acme'],
      ['CN', 'x'],
    ]),
    expect: 'verified',
  },
  {
    name: 'a leaf without ST, for an identity',
    ...signedBy([
      ['C', 'US'],
      ['O', 'Acme'],
      ['CN', 'x'],
    ]),
    ...subject('C=US, ST=WA, O=Acme'),
    ...untrusted,
    says: /mandatory|ST|distinguished/,
  },
  {
    name: 'a leaf with an attribute that Go has no name for',
    ...signedBy([...ACME, ['UID', 'me']]),
    ...subject('C=US, ST=WA, O=Acme'),
    ...untrusted,
    says: /=#/,
  },
  {
    name: 'a leaf with two OU',
    ...signedBy([...ACME, ['OU', 'a'], ['OU', 'b']]),
    ...subject('C=US, ST=WA, O=Acme'),
    ...untrusted,
    says: /multi-valued|distinguished/,
  },
  {
    name: 'a leaf with two CN',
    ...signedBy([...ACME, ['CN', 'a'], ['CN', 'b']]),
    ...subject('C=US, ST=WA, O=Acme, CN=b'),
    expect: { cli: 'verified', here: 'rejected', row: 'subject-repeated-attribute' },
    code: 'ERR_IDENTITY_UNTRUSTED',
  },
  {
    name: 'a leaf with every attribute that has a name',
    ...signedBy([
      ...ACME,
      ['L', 'l'],
      ['STREET', 's'],
      ['POSTALCODE', 'p'],
      ['OU', 'o'],
      ['CN', 'c'],
      ['SERIALNUMBER', 'n'],
    ]),
    ...subject('C=US, ST=WA, O=Acme, L=l, STREET=s, POSTALCODE=p, OU=o, CN=c, SERIALNUMBER=n'),
    expect: 'verified',
  },
  ...STRICTER.map(
    ([name, identity, row]): VerdictCase => ({
      name: `${name}, next to the right one`,
      ...identities('x509.subject: C=US, ST=WA, O=Notary', identity),
      expect: { cli: 'verified', here: 'rejected', row },
      code: 'ERR_POLICY_INVALID',
    }),
  ),
  ...MALFORMED.map(
    ([name, trustedIdentities, says]): VerdictCase => ({
      name,
      ...identities(...trustedIdentities),
      ...refused,
      says,
    }),
  ),
];
