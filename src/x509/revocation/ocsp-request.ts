import { Tag } from '../../asn1/der-reader.ts';
import { algorithmIdentifier, element, sequence } from '../../asn1/der-writer.ts';
import { Oid } from '../../asn1/oids.ts';
import { hash } from '../../crypto/digest.ts';
import type { HashName } from '../../crypto/types.ts';
import { encodeBase64 } from '../../encoding/base64.ts';
import { decodeHex } from '../../encoding/hex.ts';
import type { Certificate } from '../certificate.ts';
import { keyBits } from '../public-key.ts';

/** The hash functions of a CertID. Only SHA-1 is known to every responder. */
export type CertIdHash = 'SHA-1' | HashName;

/** By object identifier. */
export const CERT_ID_HASHES: Readonly<Record<string, CertIdHash>> = {
  [Oid.sha1]: 'SHA-1',
  [Oid.sha256]: 'SHA-256',
  [Oid.sha384]: 'SHA-384',
  [Oid.sha512]: 'SHA-512',
};

/** Longer requests are sent by POST (RFC 6960, appendix A.1): characters of base64, and of escaped base64. */
const MAX_GET = 255;

/** The content of a CertID (RFC 6960, section 4.1.1). */
export interface CertId {
  hash: CertIdHash;
  issuerNameHash: Uint8Array;
  issuerKeyHash: Uint8Array;
  /** Content octets of the INTEGER, lower-case hexadecimal. */
  serialNumber: string;
}

/** Computes the CertID of a certificate. */
export async function certIdOf(
  certificate: Certificate,
  issuer: Certificate,
  hashName: CertIdHash,
): Promise<CertId> {
  return {
    hash: hashName,
    issuerNameHash: await hash(hashName, certificate.issuer.der),
    issuerKeyHash: await hash(hashName, keyBits(issuer.publicKey)),
    serialNumber: certificate.serialNumber,
  };
}

/** Writes an OCSPRequest about one certificate, DER: unsigned, and without a nonce, so that responses can be cached. */
export async function createOcspRequest(
  certificate: Certificate,
  issuer: Certificate,
  hashName: CertIdHash = 'SHA-1',
): Promise<Uint8Array> {
  const id = await certIdOf(certificate, issuer, hashName);
  const [identifier = ''] = Object.entries(CERT_ID_HASHES).find(([, name]) => name === hashName) ?? [];
  const certId = sequence(
    algorithmIdentifier(identifier),
    element(Tag.octetString, id.issuerNameHash),
    element(Tag.octetString, id.issuerKeyHash),
    element(Tag.integer, decodeHex(id.serialNumber)),
  );
  const requestList = sequence(sequence(certId));
  return sequence(sequence(requestList));
}

/** Returns the URL of a GET request, or undefined if the request is too long for one. */
export function ocspGetAddress(responder: string, request: Uint8Array): string | undefined {
  const encoded = encodeBase64(request);
  const escaped = encodeURIComponent(encoded);
  if (encoded.length >= MAX_GET || escaped.length >= MAX_GET) return undefined;
  // The path of such an address cannot be extended.
  if (/[?#]/.test(responder)) return undefined;
  let end = responder.length;
  while (responder[end - 1] === '/') end -= 1;
  return `${responder.slice(0, end)}/${escaped}`;
}
