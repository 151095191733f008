import { Oid } from '../../asn1/oids.ts';
import { hashOnce } from '../../crypto/digest.ts';
import type { HashName } from '../../crypto/types.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import type { Certificate } from '../certificate.ts';
import type { Name } from '../name.ts';
import { keyBits, type PublicKeyInfo } from '../public-key.ts';

/** The hash functions of a CertID. Only SHA-1 is known to every responder. */
export type CertIdHash = 'SHA-1' | HashName;

/** The hash functions by object identifier. */
export const CERT_ID_HASHES: Readonly<Record<string, CertIdHash>> = {
  [Oid.sha1]: 'SHA-1',
  [Oid.sha256]: 'SHA-256',
  [Oid.sha384]: 'SHA-384',
  [Oid.sha512]: 'SHA-512',
};

/** The content of a CertID (RFC 6960, section 4.1.1). */
export interface CertId {
  hash: CertIdHash;
  issuerNameHash: Uint8Array;
  issuerKeyHash: Uint8Array;
  /** The content of the INTEGER, lower-case hexadecimal. */
  serialNumber: string;
}

/**
 * Reports whether a CertID is that of a certificate. Responses that are made in advance may have the name as the issuer
 * writes it in its own certificate, in other string types.
 */
export async function isIdOf(id: CertId, certificate: Certificate, issuer: Certificate): Promise<boolean> {
  if (id.serialNumber !== certificate.serialNumber) return false;
  if (!equalBytes(id.issuerKeyHash, await hashOfKey(id.hash, issuer.publicKey))) return false;
  for (const name of [certificate.issuer, issuer.subject]) {
    if (equalBytes(id.issuerNameHash, await hashOfName(id.hash, name))) return true;
  }
  return false;
}

/** Computes the CertID of a certificate. */
export async function certIdOf(
  certificate: Certificate,
  issuer: Certificate,
  hashName: CertIdHash,
): Promise<CertId> {
  return {
    hash: hashName,
    issuerNameHash: await hashOfName(hashName, certificate.issuer),
    issuerKeyHash: await hashOfKey(hashName, issuer.publicKey),
    serialNumber: certificate.serialNumber,
  };
}

function hashOfName(hashName: CertIdHash, name: Name): Promise<Uint8Array> {
  return hashOnce(name, hashName, name.der);
}

/** Hashes the bits of a key, as identifiers of keys do. */
export function hashOfKey(hashName: CertIdHash, publicKey: PublicKeyInfo): Promise<Uint8Array> {
  return hashOnce(publicKey, hashName, keyBits(publicKey));
}
