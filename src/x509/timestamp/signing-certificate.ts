import { contextTag, type DerReader, Tag } from '../../asn1/der-reader.ts';
import { Oid } from '../../asn1/oids.ts';
import { readInteger, readOid } from '../../asn1/values.ts';
import { hash } from '../../crypto/digest.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { NotationError } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import { hashNamed } from '../signature.ts';
import type { CertificateReference, SignerInfo } from './cms.ts';

/**
 * The certificate that a signer says, under its signature, to have signed with (RFC 5816; RFC 5035, section 3): the
 * first one of the attribute SigningCertificateV2.
 *
 * @throws NotationError `ERR_TIMESTAMP_INVALID`
 */
export async function findSigningCertificate(
  { attributes, sid }: SignerInfo,
  certificates: readonly Certificate[],
): Promise<Certificate> {
  const attribute = attributes.get(Oid.signingCertificateV2);
  if (!attribute) {
    const message = 'the time-stamp is malformed: it lacks the signed attribute SigningCertificateV2';
    throw new NotationError('ERR_TIMESTAMP_INVALID', message);
  }
  const value = attribute.enter(Tag.sequence);
  const first = value.enter(Tag.sequence).enter(Tag.sequence);
  const algorithm = first.peek() === Tag.sequence ? readOid(first.enter(Tag.sequence)) : Oid.sha256;
  const certHash = first.read(Tag.octetString).content;
  const named = first.done ? undefined : readIssuerSerial(first.enter(Tag.sequence));
  first.end();
  const hashName = hashNamed(algorithm);
  if (!hashName)
    throw value.error(`names its certificate by the hash function ${algorithm}, which is not allowed`);
  const certificate = certificates.find((candidate) => isNamed(candidate, named ?? sid));
  if (!certificate) throw value.error('does not hold the certificate of its signer');
  if (!equalBytes(await hash(hashName, certificate.der), certHash)) {
    throw value.error('names another certificate than the one of its signer: the hash differs');
  }
  return certificate;
}

function isNamed({ issuer, serialNumber }: Certificate, reference: CertificateReference): boolean {
  return serialNumber === reference.serialNumber && equalBytes(issuer.der, reference.issuer);
}

/** IssuerSerial: of GeneralNames only the directory name, which a certificate has. */
function readIssuerSerial(issuerSerial: DerReader): CertificateReference {
  const names = issuerSerial.enter(Tag.sequence);
  if (names.peek() !== contextTag(4))
    throw names.error('names the issuer of its certificate by something else than its name');
  const { bytes } = names.enter(contextTag(4)).read(Tag.sequence);
  names.end();
  const serialNumber = encodeHex(readInteger(issuerSerial));
  issuerSerial.end();
  return { issuer: bytes, serialNumber };
}
