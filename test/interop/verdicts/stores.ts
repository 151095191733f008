import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forgeChain, forgeLeaf } from '../../support/forge.ts';
import type { NotationCli } from '../support/notation-cli.ts';
import { acme, coseFor, jwsFor, pushSignature, stranger } from '../support/signatures.ts';
import { policy, type Target, type VerdictCase } from '../support/verdict.ts';

const [, intermediate] = acme.chain;
const alone = forgeLeaf({ subject: 'alone' });
/** The name of the trusted root, with another key. */
const namesake = forgeChain();

const untrusted = {
  expect: 'rejected',
  says: /does not contain any trusted certificate/,
  code: 'ERR_ROOT_UNTRUSTED',
} as const;
const unusable = { expect: 'rejected', code: 'ERR_TRUST_STORE_INVALID' } as const;

const pemStricter = {
  expect: { cli: 'verified', here: 'rejected', row: 'store-pem-strict' },
  code: 'ERR_TRUST_STORE_INVALID',
} as const;

const trusting = (...trustStores: string[]) => ({
  policy: (scope: string) => policy(scope, { trustStores }),
});

/** Puts a file next to the certificate of `ca:acme`. */
const withFile = (name: string, content: string | Uint8Array) => ({
  configure: async (cli: NotationCli) => writeFile(join(await cli.trustStore('ca:acme'), name), content),
});

const pushByAuthority = (target: Target) =>
  pushSignature(target, coseFor(target, { authenticSigningTime: new Date(Date.now() - 60_000) }));

/** Trust stores: their content, and which of them count. */
export const storeCases: readonly VerdictCase[] = [
  { name: 'the root of the chain', expect: 'verified' },
  {
    name: 'an intermediate of the chain',
    trust: { 'ca:acme': [intermediate?.pem ?? ''] },
    expect: 'verified',
  },
  {
    name: 'a self-signed leaf',
    trust: { 'ca:acme': [alone.pem] },
    sign: (target) => pushSignature(target, jwsFor(target, { chain: [alone] })),
    expect: 'verified',
  },
  {
    name: 'a leaf that is not self-signed, which no store may contain',
    trust: { 'ca:acme': [acme.leaf.pem] },
    ...unusable,
    says: /not a CA certificate or self-signed/,
  },
  { name: 'a root that has nothing to do with it', trust: { 'ca:acme': [stranger.root.pem] }, ...untrusted },
  {
    name: 'a root of the same name with another key',
    trust: { 'ca:acme': [namesake.root.pem] },
    ...untrusted,
  },
  {
    name: 'the root in the second of two files',
    trust: { 'ca:acme': [stranger.root.pem, acme.root.pem] },
    expect: 'verified',
  },
  {
    name: 'several certificates in one file',
    trust: { 'ca:acme': [stranger.root.pem + acme.root.pem] },
    expect: 'verified',
  },
  {
    name: 'a file in DER',
    trust: {},
    ...withFile('root.der', acme.root.der),
    expect: 'verified',
  },
  {
    name: 'a file with a name that says nothing',
    trust: {},
    ...withFile('root', acme.root.pem),
    expect: 'verified',
  },
  {
    name: 'a text in front of the certificate',
    trust: { 'ca:acme': [`This is our root.\n${acme.root.pem}`] },
    expect: 'verified',
  },
  {
    name: 'the root in the second of two stores',
    ...trusting('ca:first', 'ca:acme'),
    trust: { 'ca:first': [stranger.root.pem], 'ca:acme': [acme.root.pem] },
    expect: 'verified',
  },
  {
    name: 'the root in a store that the statement does not name',
    ...trusting('ca:first'),
    trust: { 'ca:first': [stranger.root.pem], 'ca:acme': [acme.root.pem] },
    ...untrusted,
  },
  {
    name: 'a store that is not there',
    trust: {},
    expect: 'rejected',
    says: /trust store "acme" of type "ca" does not exist/,
    code: 'ERR_TRUST_STORE_NOT_FOUND',
  },
  {
    name: 'a store that is not there, at audit',
    policy: (scope) => policy(scope, { signatureVerification: { level: 'audit' } }),
    trust: {},
    expect: 'verified',
    logged: ['authenticity'],
  },
  {
    name: 'a store that is not there next to the right one',
    ...trusting('ca:acme', 'ca:nowhere'),
    expect: 'rejected',
    says: /trust store "nowhere" of type "ca" does not exist/,
    code: 'ERR_TRUST_STORE_NOT_FOUND',
  },
  {
    name: 'an empty store',
    trust: { 'ca:acme': [] },
    ...unusable,
    says: /no x509 certificates|empty/,
  },
  {
    name: 'a file that is not a certificate',
    ...withFile('README', 'hello'),
    ...unusable,
    says: /certificate/,
  },
  {
    name: 'a certificate under another label',
    trust: { 'ca:acme': [acme.root.pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')] },
    ...pemStricter,
  },
  {
    name: 'a certificate with a header in its PEM',
    trust: { 'ca:acme': [acme.root.pem.replace('\n', '\nComment: ours\n\n')] },
    ...pemStricter,
  },
  {
    name: 'a second certificate that is not closed',
    trust: { 'ca:acme': [acme.root.pem + stranger.root.pem.replace(/-----END.*/, '')] },
    ...pemStricter,
  },
  {
    name: 'the directory of all stores as a store',
    ...trusting('ca:.'),
    trust: { 'ca:.': [acme.root.pem] },
    expect: { cli: 'verified', here: 'rejected', row: 'store-name-dots' },
    code: 'ERR_POLICY_INVALID',
  },
  {
    name: 'a self-signed certificate that names another issuer next to the right one',
    trust: { 'ca:acme': [acme.root.pem, forgeLeaf({ issuerName: 'Another' }).pem] },
    expect: { cli: 'verified', here: 'rejected', row: 'trust-anchor-self-issued' },
    code: 'ERR_TRUST_STORE_INVALID',
  },
  { name: 'an empty file', ...withFile('empty.pem', ''), ...unusable, says: /certificate/ },
  {
    name: 'a private key next to the certificate',
    ...withFile('key.pem', acme.privateKey),
    ...unusable,
    says: /certificate|key/,
  },
  {
    name: 'a directory in the store',
    configure: async (cli) => {
      await mkdir(join(await cli.trustStore('ca:acme'), 'old'));
    },
    ...unusable,
    says: /not a regular file|directories/,
  },
  {
    name: 'a certificate that is a symbolic link',
    trust: {},
    configure: async (cli) => {
      await writeFile(join(cli.configDirectory, 'root.pem'), acme.root.pem);
      await symlink(join(cli.configDirectory, 'root.pem'), join(await cli.trustStore('ca:acme'), 'root.pem'));
    },
    ...unusable,
    says: /not a regular file|symlinks/,
  },
  {
    name: 'a store that is a symbolic link',
    configure: async (cli) => {
      const directory = await cli.trustStore('ca:acme');
      await rename(directory, join(cli.configDirectory, 'elsewhere'));
      await symlink(join(cli.configDirectory, 'elsewhere'), directory);
    },
    ...unusable,
    says: /not a regular directory|symlink/,
  },
  {
    name: 'the root in a signingAuthority store, for notary.x509',
    ...trusting('signingAuthority:acme'),
    trust: { 'signingAuthority:acme': [acme.root.pem] },
    ...untrusted,
    says: /no trusted certificates are found/,
  },
  {
    name: 'the root in a signingAuthority store, for notary.x509.signingAuthority',
    ...trusting('signingAuthority:acme'),
    trust: { 'signingAuthority:acme': [acme.root.pem] },
    sign: pushByAuthority,
    expect: 'verified',
  },
  {
    name: 'the root in a ca store, for notary.x509.signingAuthority',
    sign: pushByAuthority,
    ...untrusted,
    says: /no trusted certificates are found/,
  },
  {
    name: 'the root in a tsa store only',
    ...trusting('tsa:acme'),
    trust: { 'tsa:acme': [acme.root.pem] },
    ...untrusted,
    says: /no trusted certificates are found/,
  },
  {
    name: 'a tsa store, for a signature without a timestamp',
    ...trusting('ca:acme', 'tsa:acme'),
    trust: { 'ca:acme': [acme.root.pem], 'tsa:acme': [acme.root.pem] },
    expect: 'rejected',
    says: /no timestamp countersignature/,
    code: 'ERR_TIMESTAMP_MISSING',
  },
  {
    name: 'a tsa store at permissive, for a signature without a timestamp',
    policy: (scope) =>
      policy(scope, { signatureVerification: { level: 'permissive' }, trustStores: ['ca:acme', 'tsa:acme'] }),
    trust: { 'ca:acme': [acme.root.pem], 'tsa:acme': [acme.root.pem] },
    expect: 'verified',
    logged: ['authenticTimestamp'],
  },
  {
    name: 'a tsa store for expired certificates only, while none has expired',
    policy: (scope) =>
      policy(scope, {
        signatureVerification: { level: 'strict', verifyTimestamp: 'afterCertExpiry' },
        trustStores: ['ca:acme', 'tsa:acme'],
      }),
    trust: { 'ca:acme': [acme.root.pem], 'tsa:acme': [acme.root.pem] },
    expect: 'verified',
  },
];
