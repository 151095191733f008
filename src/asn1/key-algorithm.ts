import type { KeySpec } from '../crypto/algorithms.ts';
import { type DerReader, Tag } from './der-reader.ts';
import { algorithmIdentifier, objectIdentifier, sequence } from './der-writer.ts';
import { Oid } from './oids.ts';
import { readOid } from './values.ts';

/** The type of the key in a SubjectPublicKeyInfo or PrivateKeyInfo. */
export type KeyAlgorithm =
  | { type: 'RSA' }
  /** `size` is the number of bits of the curve, and undefined for a curve that is not allowed. */
  | { type: 'EC'; curve: string; size: number | undefined }
  | { type: 'other'; oid: string };

const CURVES: readonly { oid: string; size: number; keySpec: KeySpec }[] = [
  { oid: Oid.secp256r1, size: 256, keySpec: 'EC-256' },
  { oid: Oid.secp384r1, size: 384, keySpec: 'EC-384' },
  { oid: Oid.secp521r1, size: 521, keySpec: 'EC-521' },
];

/**
 * Reads the content of the AlgorithmIdentifier of a key (RFC 3279, section 2.3; RFC 5480, section 2).
 * @throws NotationError With the code of the reader
 */
export function readKeyAlgorithm(algorithm: DerReader): KeyAlgorithm {
  const oid = readOid(algorithm);
  if (oid === Oid.rsaEncryption) {
    if (algorithm.done) throw algorithm.error('has an RSA key without the parameters NULL');
    algorithm.enter(Tag.null).end();
    algorithm.end();
    return { type: 'RSA' };
  }
  if (oid !== Oid.ecPublicKey) return { type: 'other', oid };
  const curve = readOid(algorithm);
  algorithm.end();
  return { type: 'EC', curve, size: CURVES.find((known) => known.oid === curve)?.size };
}

/** Writes the AlgorithmIdentifier of a type of key, DER. */
export function writeKeyAlgorithm(keySpec: KeySpec): Uint8Array {
  const curve = CURVES.find((known) => known.keySpec === keySpec);
  if (!curve) return algorithmIdentifier(Oid.rsaEncryption);
  return sequence(objectIdentifier(Oid.ecPublicKey), objectIdentifier(curve.oid));
}
