import { contextTag, Tag } from '../asn1/der-reader.ts';
import { element, sequence, smallInteger } from '../asn1/der-writer.ts';
import { Oid } from '../asn1/oids.ts';
import { hash } from '../crypto/digest.ts';
import { decodeHex } from '../encoding/hex.ts';
import { keyBits } from '../x509/public-key.ts';
import type { ResponseTimes } from './ocsp-response.ts';
import { certificateTime, extensionOf, signatureIdentifier, signDocument } from './signed-document.ts';
import type { Revocation, StatusRegister } from './status-register.ts';
import type { StatusSigner } from './status-signer.ts';

/**
 * Makes a CRL of all certificates of a CA (RFC 5280, section 5).
 * @param number - The CRL number: greater than that of the last one.
 */
export async function createCrl(
  register: StatusRegister,
  { certificate, key }: StatusSigner,
  { thisUpdate, nextUpdate }: ResponseTimes,
  number: number,
): Promise<Uint8Array> {
  const entries = register.revoked().map(entryOf);
  const keyIdentifier = await hash('SHA-1', keyBits(certificate.publicKey));
  const extensions = [
    extensionOf(Oid.authorityKeyIdentifier, sequence(element(contextTag(0, false), keyIdentifier))),
    extensionOf(Oid.crlNumber, smallInteger(number)),
  ];
  const list = sequence(
    smallInteger(1),
    signatureIdentifier(key),
    certificate.subject.der,
    certificateTime(thisUpdate),
    certificateTime(nextUpdate),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    element(contextTag(0), sequence(...extensions)),
  );
  return signDocument(key, list);
}

function entryOf([serialNumber, { at, reason }]: [serialNumber: string, revocation: Revocation]): Uint8Array {
  return sequence(
    element(Tag.integer, decodeHex(serialNumber)),
    certificateTime(at),
    ...(reason === undefined
      ? []
      : [sequence(extensionOf(Oid.reasonCode, element(Tag.enumerated, Uint8Array.of(reason))))]),
  );
}
