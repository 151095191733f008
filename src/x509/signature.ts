import { contextTag, DerReader, Tag } from '../asn1/der-reader.ts';
import { readEcdsaSignature } from '../asn1/ecdsa-signature.ts';
import { Oid } from '../asn1/oids.ts';
import { readOid, readSmallInteger, skipParameters } from '../asn1/values.ts';
import type { HashName } from '../crypto/types.ts';
import { verifySignature } from '../crypto/verify.ts';
import { isNotationError, type NotationError } from '../errors/index.ts';
import { type PublicKeyInfo, verificationKey } from './public-key.ts';

/** The algorithm that a certificate is signed with. */
export type CertificateSignatureAlgorithm =
  | { name: 'RSASSA-PKCS1-v1_5' | 'RSA-PSS' | 'ECDSA'; hash: HashName }
  | { name: 'unsupported'; reason: string };

/** The hash functions that are allowed, by object identifier. */
const HASHES: Readonly<Record<string, HashName>> = {
  [Oid.sha256]: 'SHA-256',
  [Oid.sha384]: 'SHA-384',
  [Oid.sha512]: 'SHA-512',
};

/** Returns the hash function of an object identifier, if it is allowed. */
export function hashNamed(oid: string): HashName | undefined {
  return Object.hasOwn(HASHES, oid) ? HASHES[oid] : undefined;
}

/** Returns the object identifier of a hash function. */
export function hashIdentifier(hash: HashName): string {
  const [oid = ''] = Object.entries(HASHES).find(([, name]) => name === hash) ?? [];
  return oid;
}

const ALGORITHMS: Readonly<Record<string, CertificateSignatureAlgorithm>> = {
  [Oid.sha256WithRsa]: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  [Oid.sha384WithRsa]: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
  [Oid.sha512WithRsa]: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
  [Oid.ecdsaWithSha256]: { name: 'ECDSA', hash: 'SHA-256' },
  [Oid.ecdsaWithSha384]: { name: 'ECDSA', hash: 'SHA-384' },
  [Oid.ecdsaWithSha512]: { name: 'ECDSA', hash: 'SHA-512' },
  [Oid.md5WithRsa]: { name: 'unsupported', reason: 'MD5 with RSA' },
  [Oid.sha1WithRsa]: { name: 'unsupported', reason: 'SHA-1 with RSA' },
  [Oid.ecdsaWithSha1]: { name: 'unsupported', reason: 'SHA-1 with ECDSA' },
  [Oid.ed25519]: { name: 'unsupported', reason: 'Ed25519' },
};

/** Reads the content of a signature AlgorithmIdentifier (rule CERT-14). */
export function readSignatureAlgorithm(algorithm: DerReader): CertificateSignatureAlgorithm {
  const oid = readOid(algorithm);
  if (oid === Oid.rsassaPss) return readPssParameters(algorithm);
  skipParameters(algorithm);
  return ALGORITHMS[oid] ?? { name: 'unsupported', reason: oid };
}

/** RSASSA-PSS-params (RFC 4055): one hash throughout, a salt as long as the hash, no other trailer. */
function readPssParameters(algorithm: DerReader): CertificateSignatureAlgorithm {
  const parameters = algorithm.enter(Tag.sequence);
  const unsupported = { name: 'unsupported', reason: 'RSA-PSS with unusual parameters' } as const;
  if (parameters.peek() !== contextTag(0)) return unsupported; // the default hash is SHA-1
  const hash = readHash(parameters.enter(contextTag(0)));
  if (parameters.peek() !== contextTag(1)) return unsupported;
  const mask = parameters.enterExplicit(contextTag(1), Tag.sequence);
  const maskHash = readOid(mask) === Oid.mgf1 ? readHash(mask) : undefined;
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

/** An algorithm that signatures are verified with. */
export type SupportedSignatureAlgorithm = Exclude<CertificateSignatureAlgorithm, { name: 'unsupported' }>;

/**
 * Reports whether a signature in the form of certificates, CRLs, OCSP responses and CMS was made with the key over the
 * bytes; `false` also if the type of the key does not fit the signature.
 */
export async function isSignatureOf(
  publicKey: PublicKeyInfo,
  { name, hash }: SupportedSignatureAlgorithm,
  signature: Uint8Array,
  signedBytes: Uint8Array,
): Promise<boolean> {
  if (publicKey.type !== (name === 'ECDSA' ? 'EC' : 'RSA')) return false;
  const raw = name === 'ECDSA' ? readRaw(signature, publicKey) : signature;
  if (!raw) return false;
  const imported = name === 'ECDSA' ? { name, namedCurve: `P-${publicKey.size}` } : { name, hash };
  const key = await verificationKey(publicKey, imported);
  const parameters = { name, hash, saltLength: Number(hash.slice(4)) / 8 };
  return verifySignature(parameters, key, raw, signedBytes);
}

function readRaw(signature: Uint8Array, { size }: PublicKeyInfo): Uint8Array | undefined {
  const reader = new DerReader(signature, 'certificate signature', 'ERR_CERTIFICATE_INVALID');
  return readEcdsaSignature(reader, Math.ceil(size / 8));
}

/**
 * Reports whether a signature is valid. If that cannot be checked, because the signature is malformed or the key cannot be
 * used, throws the error that the caller makes of the reason. A runtime that lacks the algorithm is not the fault of either.
 *
 * @param check - Such as {@link isSignatureOf}.
 * @param failure - Makes the error from a reason.
 */
export async function verifyOrThrow(
  check: () => Promise<boolean>,
  failure: (reason: string, cause: unknown) => NotationError,
): Promise<boolean> {
  try {
    return await check();
  } catch (cause) {
    if (!isNotationError(cause) || cause.code === 'ERR_RUNTIME_UNSUPPORTED') throw cause;
    throw failure(`cannot be verified: ${cause.message}`, cause);
  }
}
