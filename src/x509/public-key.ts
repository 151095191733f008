import { DerReader, Tag } from '../asn1/der-reader.ts';
import { readKeyAlgorithm } from '../asn1/key-algorithm.ts';
import { readByteAlignedBitString, readInteger } from '../asn1/values.ts';

/** The public key of a certificate. */
export interface PublicKeyInfo {
  /** SubjectPublicKeyInfo, DER. */
  spki: Uint8Array;
  type: 'RSA' | 'EC' | 'other';
  /** Bits of the RSA modulus (rounded up to whole bytes) or of the curve; 0 for another type. */
  size: number;
  /** `RSA-2048`, `EC-256` …, or the dotted object identifier of another type. */
  keySpec: string;
}

/**
 * Reads SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7; RFC 3279, RFC 5480).
 * @throws NotationError With the code of the reader
 */
export function readPublicKey(reader: DerReader): PublicKeyInfo {
  const { bytes: spki, content } = reader.read(Tag.sequence);
  const info = reader.inside(content);
  const algorithm = readKeyAlgorithm(info.enter(Tag.sequence));
  switch (algorithm.type) {
    case 'RSA':
      return sized(spki, 'RSA', modulusSize(reader.inside(readKeyBits(info))));
    case 'EC': {
      const { size } = algorithm;
      if (size === undefined) throw reader.error('has a key on an unsupported elliptic curve');
      const point = readKeyBits(info);
      if (point[0] !== 0x04 || point.length !== 1 + 2 * Math.ceil(size / 8)) {
        throw reader.error('has a malformed elliptic curve point');
      }
      return sized(spki, 'EC', size);
    }
    default:
      return { spki, type: 'other', size: 0, keySpec: algorithm.oid };
  }
}

function readKeyBits(info: DerReader): Uint8Array {
  const bits = readByteAlignedBitString(info);
  info.end();
  return bits;
}

function sized(spki: Uint8Array, type: 'RSA' | 'EC', size: number): PublicKeyInfo {
  return { spki, type, size, keySpec: `${type}-${size}` };
}

function modulusSize(outer: DerReader): number {
  const sequence = outer.enter(Tag.sequence);
  outer.end();
  const modulus = readPositiveInteger(sequence);
  const exponent = readPositiveInteger(sequence);
  sequence.end();
  // A verification takes as many steps as the exponent has bits; the reference has the same upper bound.
  const bounded = exponent.length < 4 || (exponent.length === 4 && (exponent[0] ?? 0) < 0x80);
  const odd = ((exponent.at(-1) ?? 0) & 1) === 1;
  if (!bounded || !odd || (exponent.length === 1 && exponent[0] === 1)) {
    throw sequence.error('has an RSA key with an unusable exponent');
  }
  return modulus.length * 8;
}

/** Reads a positive INTEGER; returns its bytes without a leading sign byte. */
function readPositiveInteger(reader: DerReader): Uint8Array {
  const content = readInteger(reader);
  const [first = 0] = content;
  if (first >= 0x80 || (first === 0 && content.length === 1)) throw reader.error('has a malformed RSA key');
  return first === 0 ? content.subarray(1) : content;
}

/** Returns the bits of a public key without its algorithm; key identifiers are hashes of them. */
export function keyBits({ spki }: PublicKeyInfo): Uint8Array {
  const info = new DerReader(spki, 'certificate', 'ERR_CERTIFICATE_INVALID').enter(Tag.sequence);
  info.read(Tag.sequence);
  return readByteAlignedBitString(info);
}
