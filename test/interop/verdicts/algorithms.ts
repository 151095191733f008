import type { ErrorCode } from '../../../src/index.ts';
import {
  type Forged,
  type ForgedKeyType,
  type ForgedSignature,
  forgeChain,
  forgeKey,
} from '../../support/forge.ts';
import { coseFor, jwsFor, pushSignature } from '../support/signatures.ts';
import type { VerdictCase } from '../support/verdict.ts';
import { by } from './certificates.ts';

const failed = /signature verification failed|integrity/;
const badChain = { expect: 'rejected', says: failed, code: 'ERR_CERTIFICATE_CHAIN_INVALID' } as const;
const badCertificate = { expect: 'rejected', says: failed, code: 'ERR_CERTIFICATE_INVALID' } as const;
const broken = { expect: 'rejected', says: failed, code: 'ERR_SIGNATURE_INVALID' } as const;
const malformed = { expect: 'rejected', says: failed, code: 'ERR_ENVELOPE_INVALID' } as const;
const stricter = (row: string, code: ErrorCode) =>
  ({ expect: { cli: 'verified', here: 'rejected', row }, code }) as const;

type Content = Parameters<typeof jwsFor>[1];

const rsa = forgeChain({ leaf: { key: 'RSA-2048' } });
const trustOf = ({ chain }: { chain: readonly Forged[] }) => ({ 'ca:acme': [chain.at(-1)?.pem ?? ''] });
const rsaJws = (content: Content) => ({
  trust: trustOf(rsa),
  sign: (target: Parameters<typeof jwsFor>[0]) =>
    pushSignature(target, jwsFor(target, { chain: rsa.chain, ...content })),
});
const rsaCose = (content: Content) => ({
  trust: trustOf(rsa),
  sign: (target: Parameters<typeof coseFor>[0]) =>
    pushSignature(target, coseFor(target, { chain: rsa.chain, ...content })),
});

const leafKey = (key: ForgedKeyType) => by(forgeChain({ leaf: { key } }).chain);
const rootKey = (key: ForgedKeyType) => by(forgeChain({ root: { key } }).chain);
/** The root signs the leaf, and itself, in another way. */
const signedWith = (signature: ForgedSignature, key: ForgedKeyType = 'RSA-2048') => {
  const made = forgeChain({ root: { key, signature }, leaf: { signature } });
  return by(made.chain);
};

/** Keys, signatures and how certificates are signed. */
export const algorithmCases: readonly VerdictCase[] = [
  { name: 'an RSA key whose salt is as long as the hash, in JWS', ...rsaJws({}), expect: 'verified' },
  { name: 'an RSA key whose salt is as long as the hash, in COSE', ...rsaCose({}), expect: 'verified' },
  {
    name: 'a shorter salt, in JWS',
    ...rsaJws({ saltLength: 20 }),
    ...stricter('pss-salt-length', 'ERR_SIGNATURE_INVALID'),
  },
  {
    name: 'no salt, in JWS',
    ...rsaJws({ saltLength: 0 }),
    ...stricter('pss-salt-length', 'ERR_SIGNATURE_INVALID'),
  },
  {
    name: 'the longest salt, in JWS',
    ...rsaJws({ saltLength: 222 }),
    ...stricter('pss-salt-length', 'ERR_SIGNATURE_INVALID'),
  },
  { name: 'a shorter salt, in COSE', ...rsaCose({ saltLength: 20 }), ...broken },
  { name: 'the longest salt, in COSE', ...rsaCose({ saltLength: 222 }), ...broken },
  { name: 'PKCS#1 v1.5 under the name of PSS', ...rsaJws({ pkcs1: true }), ...broken },
  {
    name: 'PKCS#1 v1.5 under its own name',
    ...rsaJws({ pkcs1: true, protected: { alg: 'RS256' } }),
    ...malformed,
  },
  {
    name: 'PKCS#1 v1.5 under its own name, in COSE',
    ...rsaCose({ pkcs1: true, protected: { 1: -257 } }),
    ...malformed,
  },
  {
    name: 'the name of the algorithm of a larger key',
    ...rsaJws({ protected: { alg: 'PS384' } }),
    ...malformed,
  },
  {
    name: 'the name of the algorithm of another kind of key, in COSE',
    ...rsaCose({ protected: { 1: -7 } }),
    ...malformed,
  },
  { name: 'a secret that is shared', ...rsaJws({ protected: { alg: 'HS256' } }), ...malformed },
  { name: 'Ed25519 by name, in COSE', ...rsaCose({ protected: { 1: -8 } }), ...malformed },
  { name: 'an RSA key of 1024 bits', ...leafKey('RSA-1024'), ...malformed },
  { name: 'an RSA key of 2056 bits', ...leafKey('RSA-2056'), ...malformed },
  { name: 'a key on P-224', ...leafKey('EC-224'), ...badCertificate },
  { name: 'a key on secp256k1', ...leafKey('EC-256K'), ...badCertificate },
  {
    name: 'a CA with an RSA key of 1024 bits',
    ...rootKey('RSA-1024'),
    ...stricter('ca-key-length', 'ERR_CERTIFICATE_CHAIN_INVALID'),
  },
  { name: 'a CA with an RSA key of 2056 bits', ...rootKey('RSA-2056'), expect: 'verified' },
  {
    name: 'a CA with a key on P-224',
    ...rootKey('EC-224'),
    ...stricter('ca-key-length', 'ERR_CERTIFICATE_INVALID'),
  },
  {
    name: 'a CA with an Ed25519 key',
    ...rootKey('Ed25519'),
    ...stricter('ca-ed25519', 'ERR_CERTIFICATE_CHAIN_INVALID'),
  },
  { name: 'a CA with a key for RSA-PSS only', ...rootKey('RSA-PSS-2048'), ...badChain },
  {
    name: 'certificates signed by PKCS#1 v1.5 with SHA-384',
    ...signedWith({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' }),
    expect: 'verified',
  },
  {
    name: 'certificates signed by PKCS#1 v1.5 with SHA-512',
    ...signedWith({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }),
    expect: 'verified',
  },
  {
    name: 'certificates signed by PSS with SHA-256',
    ...signedWith({ name: 'RSA-PSS', hash: 'SHA-256' }),
    expect: 'verified',
  },
  {
    name: 'certificates signed by PSS with SHA-512',
    ...signedWith({ name: 'RSA-PSS', hash: 'SHA-512' }),
    expect: 'verified',
  },
  {
    name: 'certificates signed by PSS with another salt',
    ...signedWith({ name: 'RSA-PSS', hash: 'SHA-256', saltLength: 20 }),
    ...badChain,
  },
  {
    name: 'certificates signed by PKCS#1 v1.5 with SHA-1',
    ...signedWith({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' }),
    ...badChain,
  },
  {
    name: 'certificates signed by PKCS#1 v1.5 with MD5',
    ...signedWith({ name: 'RSASSA-PKCS1-v1_5', hash: 'MD5' }),
    ...badChain,
  },
  {
    name: 'certificates signed by ECDSA with SHA-1',
    ...signedWith({ name: 'ECDSA', hash: 'SHA-1' }, 'EC-256'),
    ...badChain,
  },
  {
    name: 'certificates signed by ECDSA with a longer hash than the curve has',
    ...signedWith({ name: 'ECDSA', hash: 'SHA-512' }, 'EC-256'),
    expect: 'verified',
  },
  {
    name: 'certificates signed by ECDSA with a shorter hash than the curve has',
    ...signedWith({ name: 'ECDSA', hash: 'SHA-256' }, 'EC-521'),
    expect: 'verified',
  },
  {
    name: 'a root that signed itself with SHA-1',
    ...by(
      forgeChain({ root: { key: 'RSA-2048', signature: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' } } })
        .chain,
    ),
    ...badChain,
  },
  {
    name: 'a CA whose kind of key is not that of the leaf',
    ...by(forgeChain({ leaf: { key: 'RSA-3072' }, root: { key: forgeKey('EC-521') } }).chain),
    expect: 'verified',
  },
];
