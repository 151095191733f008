import { contextTag, type DerReader, Tag } from '../../asn1/der-reader.ts';
import { Oid } from '../../asn1/oids.ts';
import { readAlgorithmOid, readInteger } from '../../asn1/values.ts';
import { hashOnce } from '../../crypto/digest.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { encodeHex } from '../../encoding/hex.ts';
import type { Certificate } from '../certificate.ts';
import { isNameOf } from '../name.ts';
import { hashNamed } from '../signature.ts';
import { AcceptedForms } from './accepted-forms.ts';
import type { CertificateReference, SignerInfo } from './cms.ts';
import { timestampInvalid } from './token-rules.ts';

/**
 * Finds the certificate that a signer names in its signed attribute SigningCertificateV2, the first one there (RFC 5816;
 * RFC 5035, section 3).
 *
 * @param forms - Whether SigningCertificate is accepted instead, which identifies it by SHA-1.
 * @throws NotationError `ERR_TIMESTAMP_INVALID`
 * @see docs/specification.md, rule TIME-8
 */
export async function findSigningCertificate(
  { attributes, sid }: SignerInfo,
  certificates: readonly Certificate[],
  forms = new AcceptedForms(),
): Promise<Certificate> {
  const attribute = attributes.get(Oid.signingCertificateV2) ?? readOlder(attributes, forms);
  const value = attribute.enter(Tag.sequence);
  const first = value.enter(Tag.sequence).enter(Tag.sequence);
  const algorithm = readAlgorithm(first, attributes);
  const certHash = first.read(Tag.octetString).content;
  const named = first.done ? undefined : readIssuerSerial(first.enter(Tag.sequence));
  first.end();
  const hashName = algorithm === 'SHA-1' ? algorithm : hashNamed(algorithm);
  if (!hashName)
    throw timestampInvalid(
      `it identifies its certificate by the hash function ${algorithm}, which is not allowed`,
    );
  const certificate = certificates.find((candidate) => isNamed(candidate, named ?? sid));
  if (!certificate) throw timestampInvalid('it does not contain the certificate of its signer');
  if (!equalBytes(await hashOnce(certificate, hashName, certificate.der), certHash)) {
    throw timestampInvalid('the hash of the certificate of its signer differs');
  }
  return certificate;
}

/** Returns the attribute SigningCertificate, the only one that RFC 3161 knew. */
function readOlder(attributes: SignerInfo['attributes'], forms: AcceptedForms): DerReader {
  const attribute = attributes.get(Oid.signingCertificate);
  if (!attribute) throw timestampInvalid('it lacks the signed attribute SigningCertificateV2');
  forms.use('signingCertificateV1', 'it identifies its certificate by SHA-1, in SigningCertificate');
  return attribute;
}

/** Returns the hash function of the first certificate: its object identifier, or SHA-1 in SigningCertificate. */
function readAlgorithm(first: DerReader, attributes: SignerInfo['attributes']): string {
  if (!attributes.has(Oid.signingCertificateV2)) return 'SHA-1';
  return first.peek() === Tag.sequence ? readAlgorithmOid(first.enter(Tag.sequence)) : Oid.sha256;
}

function isNamed({ issuer, serialNumber }: Certificate, reference: CertificateReference): boolean {
  return serialNumber === reference.serialNumber && isNameOf(reference.issuer, issuer);
}

/** Reads an IssuerSerial, whose issuer must be a directory name. */
function readIssuerSerial(issuerSerial: DerReader): CertificateReference {
  const names = issuerSerial.enter(Tag.sequence);
  if (names.peek() !== contextTag(4))
    throw names.error('identifies the issuer of its certificate by something other than a directory name');
  const name = names.enter(contextTag(4));
  names.end();
  const { bytes } = name.read(Tag.sequence);
  name.end();
  const serialNumber = encodeHex(readInteger(issuerSerial));
  issuerSerial.end();
  return { issuer: bytes, serialNumber };
}
