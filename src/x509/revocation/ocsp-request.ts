import { Tag } from '../../asn1/der-reader.ts';
import { algorithmIdentifier, element, sequence } from '../../asn1/der-writer.ts';
import { Oid } from '../../asn1/oids.ts';
import { hash } from '../../crypto/digest.ts';
import type { HashName } from '../../crypto/types.ts';
import { encodeBase64 } from '../../encoding/base64.ts';
import { decodeHex } from '../../encoding/hex.ts';
import type { Certificate } from '../certificate.ts';
import { keyBits } from '../public-key.ts';

/** The hash functions that a CertID may be made with. SHA-1 is the one that every responder knows. */
export type CertIdHash = 'SHA-1' | HashName;

/** By object identifier. */
export const CERT_ID_HASHES: Readonly<Record<string, CertIdHash>> = {
  [Oid.sha1]: 'SHA-1',
  [Oid.sha256]: 'SHA-256',
  [Oid.sha384]: 'SHA-384',
  [Oid.sha512]: 'SHA-512',
};

/** A request that is longer goes by POST (RFC 6960, appendix A.1): characters of base64, and of base64 escaped. */
const MAX_GET = 255;

/** What a CertID says (RFC 6960, section 4.1.1). */
export interface CertId {
  hash: CertIdHash;
  issuerNameHash: Uint8Array;
  issuerKeyHash: Uint8Array;
  /** Content octets of the INTEGER, lower-case hexadecimal. */
  serialNumber: string;
}

/** The CertID of a certificate. */
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

/** An OCSPRequest about one certificate, DER: not signed, and without a nonce, so that replies can be cached. */
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

/** Where to GET the answer to a request, unless that is too long for one. */
export function ocspGetAddress(responder: string, request: Uint8Array): string | undefined {
  const encoded = encodeBase64(request);
  const escaped = encodeURIComponent(encoded);
  if (encoded.length >= MAX_GET || escaped.length >= MAX_GET) return undefined;
  // Nothing can be appended to the path of an address that goes on after it.
  if (/[?#]/.test(responder)) return undefined;
  let end = responder.length;
  while (responder[end - 1] === '/') end -= 1;
  return `${responder.slice(0, end)}/${escaped}`;
}
