import { contextTag, DerReader, Tag } from '../asn1/der-reader.ts';
import { readInteger, readOid, readSmallInteger } from '../asn1/values.ts';
import type { HashName } from '../crypto/types.ts';
import { importPublicKey, verifySignature } from '../crypto/verify.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import type { Certificate } from './certificate.ts';
import { shortSubject } from './name.ts';
import type { PublicKeyInfo } from './public-key.ts';

/** How a certificate was signed. */
export type CertificateSignatureAlgorithm =
  | { name: 'RSASSA-PKCS1-v1_5' | 'RSA-PSS' | 'ECDSA'; hash: HashName }
  | { name: 'unsupported'; reason: string };

/** The hash functions that are allowed, by object identifier. */
const HASHES: Readonly<Record<string, HashName>> = {
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
};
/** The hash function of an object identifier, if it is one that is allowed. */
export function hashNamed(oid: string): HashName | undefined {
  return Object.hasOwn(HASHES, oid) ? HASHES[oid] : undefined;
}

/** The object identifier of a hash function. */
export function hashIdentifier(hash: HashName): string {
  const [oid = ''] = Object.entries(HASHES).find(([, name]) => name === hash) ?? [];
  return oid;
}

const PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';

const ALGORITHMS: Readonly<Record<string, CertificateSignatureAlgorithm>> = {
  '1.2.840.113549.1.1.11': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  '1.2.840.113549.1.1.12': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
  '1.2.840.113549.1.1.13': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
  '1.2.840.10045.4.3.2': { name: 'ECDSA', hash: 'SHA-256' },
  '1.2.840.10045.4.3.3': { name: 'ECDSA', hash: 'SHA-384' },
  '1.2.840.10045.4.3.4': { name: 'ECDSA', hash: 'SHA-512' },
  '1.2.840.113549.1.1.4': { name: 'unsupported', reason: 'MD5 with RSA' },
  '1.2.840.113549.1.1.5': { name: 'unsupported', reason: 'SHA-1 with RSA' },
  '1.2.840.10045.4.1': { name: 'unsupported', reason: 'SHA-1 with ECDSA' },
  '1.3.101.112': { name: 'unsupported', reason: 'Ed25519' },
};

/** Reads the content of a signature AlgorithmIdentifier. */
export function readSignatureAlgorithm(algorithm: DerReader): CertificateSignatureAlgorithm {
  const oid = readOid(algorithm);
  if (oid === PSS) return readPssParameters(algorithm);
  return ALGORITHMS[oid] ?? { name: 'unsupported', reason: oid };
}

/** RSASSA-PSS-params (RFC 4055): one hash throughout, a salt as long as the hash, no other trailer. */
function readPssParameters(algorithm: DerReader): CertificateSignatureAlgorithm {
  const parameters = algorithm.enter(Tag.sequence);
  const unsupported = { name: 'unsupported', reason: 'RSA-PSS with unusual parameters' } as const;
  if (parameters.peek() !== contextTag(0)) return unsupported; // the default hash is SHA-1
  const hash = readHash(parameters.enter(contextTag(0)));
  if (parameters.peek() !== contextTag(1)) return unsupported;
  const mask = parameters.enter(contextTag(1)).enter(Tag.sequence);
  const maskHash = readOid(mask) === MGF1 ? readHash(mask) : undefined;
  if (parameters.peek() !== contextTag(2)) return unsupported;
  const saltLength = readSmallInteger(parameters.enter(contextTag(2)));
  const trailer = parameters.peek() === contextTag(3) ? readSmallInteger(parameters.enter(contextTag(3))) : 1;
  parameters.end();
  const usual = hash && hash === maskHash && saltLength * 8 === Number(hash.slice(4)) && trailer === 1;
  return usual ? { name: 'RSA-PSS', hash } : unsupported;
}

function readHash(reader: DerReader): HashName | undefined {
  const identifier = reader.enter(Tag.sequence);
  const hash = hashNamed(readOid(identifier));
  if (!identifier.done) identifier.enter(Tag.null).end();
  identifier.end();
  return hash;
}

/** The algorithms that signatures are verified with. */
export type SupportedSignatureAlgorithm = Exclude<CertificateSignatureAlgorithm, { name: 'unsupported' }>;

/**
 * Checks the signature of a certificate with the key of its issuer.
 * @returns Whether it is good; `false` also where the key is of another type than the signature.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID` for an algorithm that is not allowed.
 */
export async function isSignedBy(certificate: Certificate, issuer: PublicKeyInfo): Promise<boolean> {
  const { signatureAlgorithm: algorithm, signature, tbs } = certificate;
  if (algorithm.name === 'unsupported') {
    throw new NotationError(
      'ERR_CERTIFICATE_CHAIN_INVALID',
      `the certificate "${shortSubject(certificate)}" is signed with ${algorithm.reason}, which is not allowed`,
    );
  }
  return isSignatureOf(issuer, algorithm, signature, tbs);
}

/**
 * Whether a signature in the form of certificates, CRLs, OCSP replies and CMS was made with the key over the bytes;
 * `false` also where the key is of another type than the signature.
 */
export async function isSignatureOf(
  publicKey: PublicKeyInfo,
  { name, hash }: SupportedSignatureAlgorithm,
  signature: Uint8Array,
  signedBytes: Uint8Array,
): Promise<boolean> {
  if (publicKey.type !== (name === 'ECDSA' ? 'EC' : 'RSA')) return false;
  const raw = name === 'ECDSA' ? rawEcdsaSignature(signature, publicKey.size) : signature;
  if (!raw) return false;
  const imported = name === 'ECDSA' ? { name, namedCurve: `P-${publicKey.size}` } : { name, hash };
  const key = await importPublicKey(publicKey.spki, imported);
  const parameters = { name, hash, saltLength: Number(hash.slice(4)) / 8 };
  return verifySignature(parameters, key, raw, signedBytes);
}

/**
 * Whether a signature is good, told in the words of who asks where it cannot even be checked: it is malformed, or the
 * key cannot be used.
 *
 * @param check - Such as {@link isSignatureOf}.
 * @param failure - Makes the error of a reason.
 */
export async function tellSignature(
  check: () => Promise<boolean>,
  failure: (reason: string, cause: unknown) => NotationError,
): Promise<boolean> {
  try {
    return await check();
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw failure(`cannot be verified: ${cause.message}`, cause);
  }
}

/** r and s side by side, as WebCrypto takes them, from Ecdsa-Sig-Value (RFC 3279, section 2.2.3). */
function rawEcdsaSignature(signature: Uint8Array, curveSize: number): Uint8Array | undefined {
  const length = Math.ceil(curveSize / 8);
  const outer = new DerReader(signature, 'certificate signature');
  const sequence = outer.enter(Tag.sequence);
  outer.end();
  const raw = new Uint8Array(2 * length);
  for (const end of [length, 2 * length]) {
    const integer = readInteger(sequence);
    const magnitude = integer[0] === 0 ? integer.subarray(1) : integer;
    if ((integer[0] ?? 0) >= 0x80 || magnitude.length > length) return undefined;
    raw.set(magnitude, end - magnitude.length);
  }
  sequence.end();
  return raw;
}
