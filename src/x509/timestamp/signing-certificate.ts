import { hash } from '../../crypto/digest.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { readInteger, readOid } from '../asn1-values.ts';
import type { Certificate } from '../certificate.ts';
import { contextTag, type DerReader, Tag } from '../der.ts';
import { hashNamed } from '../signature.ts';
import type { CertificateReference, SignerInfo } from './cms.ts';
import { timestampInvalid } from './token-rules.ts';

const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const SHA_256 = '2.16.840.1.101.3.4.2.1';

/**
 * Finds the certificate that a signer names in its signed attribute SigningCertificateV2, the first one there (RFC 5816;
 * RFC 5035, section 3).
 *
 * @throws NotationError `ERR_TIMESTAMP_INVALID`
 */
export async function findSigningCertificate(
  { attributes, sid }: SignerInfo,
  certificates: readonly Certificate[],
): Promise<Certificate> {
  const attribute = attributes.get(SIGNING_CERTIFICATE_V2);
  if (!attribute) throw timestampInvalid('it lacks the signed attribute SigningCertificateV2');
  const value = attribute.enter(Tag.sequence);
  const first = value.enter(Tag.sequence).enter(Tag.sequence);
  const algorithm = first.peek() === Tag.sequence ? readOid(first.enter(Tag.sequence)) : SHA_256;
  const certHash = first.read(Tag.octetString).content;
  const named = first.done ? undefined : readIssuerSerial(first.enter(Tag.sequence));
  first.end();
  const hashName = hashNamed(algorithm);
  if (!hashName)
    throw timestampInvalid(
      `it identifies its certificate by the hash function ${algorithm}, which is not allowed`,
    );
  const certificate = certificates.find((candidate) => isNamed(candidate, named ?? sid));
  if (!certificate) throw timestampInvalid('it does not contain the certificate of its signer');
  if (!equalBytes(await hash(hashName, certificate.der), certHash)) {
    throw timestampInvalid('the hash of the certificate of its signer differs');
  }
  return certificate;
}

function isNamed({ issuer, serialNumber }: Certificate, reference: CertificateReference): boolean {
  return serialNumber === reference.serialNumber && equalBytes(issuer.der, reference.issuer);
}

/** Reads an IssuerSerial, whose issuer must be a directory name. */
function readIssuerSerial(issuerSerial: DerReader): CertificateReference {
  const names = issuerSerial.enter(Tag.sequence);
  if (names.peek() !== contextTag(4))
    throw names.error('identifies the issuer of its certificate by something other than a directory name');
  const { bytes } = names.enter(contextTag(4)).read(Tag.sequence);
  names.end();
  const serialNumber = encodeHex(readInteger(issuerSerial));
  issuerSerial.end();
  return { issuer: bytes, serialNumber };
}
