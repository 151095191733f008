import { Tag } from '../../asn1/der-reader.ts';
import { algorithmIdentifier, element, sequence } from '../../asn1/der-writer.ts';
import { encodeBase64 } from '../../encoding/base64.ts';
import { decodeHex } from '../../encoding/hex.ts';
import type { Certificate } from '../certificate.ts';
import { CERT_ID_HASHES, type CertIdHash, certIdOf } from './cert-id.ts';

/** Longer requests are sent by POST (RFC 6960, appendix A.1): characters of base64, and of escaped base64. */
const MAX_GET = 255;

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
export function ocspGetUrl(responder: string, request: Uint8Array): string | undefined {
  const encoded = encodeBase64(request);
  const escaped = encodeURIComponent(encoded);
  if (encoded.length >= MAX_GET || escaped.length >= MAX_GET) return undefined;
  // The path of such a URL cannot be extended.
  if (/[?#]/.test(responder)) return undefined;
  let end = responder.length;
  while (responder[end - 1] === '/') end -= 1;
  return `${responder.slice(0, end)}/${escaped}`;
}
