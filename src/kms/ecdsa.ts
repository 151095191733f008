import type { SignatureAlgorithm } from '../crypto/algorithms.ts';
import { readInteger } from '../x509/asn1-values.ts';
import { DerReader, Tag } from '../x509/der.ts';

/**
 * Converts an ECDSA signature that a service returned as DER (RFC 3279, section 2.2.3) to the raw form: r and s, each as
 * long as the curve.
 * @throws NotationError `ERR_KMS_RESPONSE`
 */
export function rawSignature(
  der: Uint8Array,
  { signatureLength }: SignatureAlgorithm,
  service: string,
): Uint8Array {
  const outer = new DerReader(der, `signature of ${service}`, 'ERR_KMS_RESPONSE');
  const sequence = outer.enter(Tag.sequence);
  outer.end();
  const parts = [readPart(sequence, signatureLength / 2), readPart(sequence, signatureLength / 2)];
  sequence.end();
  const raw = new Uint8Array(signatureLength);
  for (const [i, part] of parts.entries()) raw.set(part, (i + 1) * (signatureLength / 2) - part.length);
  return raw;
}

function readPart(reader: DerReader, length: number): Uint8Array {
  const content = readInteger(reader);
  if ((content[0] ?? 0) >= 0x80) throw reader.error('has a negative number');
  const number = content[0] === 0 ? content.subarray(1) : content;
  if (number.length > length) throw reader.error('has a number that is too long');
  return number;
}
