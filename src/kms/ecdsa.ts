import { DerReader } from '../asn1/der-reader.ts';
import { readEcdsaSignature } from '../asn1/ecdsa-signature.ts';
import type { SignatureAlgorithm } from '../crypto/algorithms.ts';

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
  const reader = new DerReader(der, `signature of ${service}`, 'ERR_KMS_RESPONSE');
  const raw = readEcdsaSignature(reader, signatureLength / 2);
  if (raw) return raw;
  throw reader.error('has a number that is negative or too long for the curve');
}
