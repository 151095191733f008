import { NotationError } from '../errors/index.ts';
import { readInteger, readOctetAlignedBitString, readOid } from './asn1-values.ts';
import { DerReader, Tag } from './der.ts';

/** The public key of a certificate. */
export interface PublicKeyInfo {
  /** SubjectPublicKeyInfo, DER. */
  spki: Uint8Array;
  type: 'RSA' | 'EC' | 'other';
  /** Bits of the RSA modulus (rounded up to whole octets) or of the curve; 0 for another type. */
  size: number;
  /** `RSA-2048`, `EC-256` …, or the dotted object identifier of another type. */
  keySpec: string;
}

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
const CURVE_SIZES: Readonly<Record<string, number>> = {
  '1.2.840.10045.3.1.7': 256,
  '1.3.132.0.34': 384,
  '1.3.132.0.35': 521,
};

/** Reads SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7; RFC 3279, RFC 5480). */
export function readPublicKey(reader: DerReader): PublicKeyInfo {
  const { bytes: spki, content } = reader.read(Tag.sequence);
  const info = reader.inside(content);
  const algorithm = info.enter(Tag.sequence);
  const oid = readOid(algorithm);
  if (oid === RSA) {
    algorithm.enter(Tag.null).end();
    algorithm.end();
    const key = readOctetAlignedBitString(info);
    info.end();
    return sized(spki, 'RSA', modulusSize(reader.inside(key)));
  }
  if (oid === EC) {
    const curve = readOid(algorithm);
    algorithm.end();
    const size = Object.hasOwn(CURVE_SIZES, curve) ? CURVE_SIZES[curve] : undefined;
    if (size === undefined) throw unsupportedCurve(reader, curve);
    const point = readOctetAlignedBitString(info);
    info.end();
    if (point[0] !== 0x04 || point.length !== 1 + 2 * Math.ceil(size / 8)) {
      throw reader.error('has a malformed elliptic curve point');
    }
    return sized(spki, 'EC', size);
  }
  return { spki, type: 'other', size: 0, keySpec: oid };
}

/** The cause lets callers tell it from a malformed key. */
function unsupportedCurve(reader: DerReader, curve: string): NotationError {
  const { code, message } = reader.error('has a key on an unsupported elliptic curve');
  const cause = new NotationError(
    'ERR_ALGORITHM_UNSUPPORTED',
    `the elliptic curve ${curve} is not supported`,
  );
  return new NotationError(code, message, { cause });
}

function sized(spki: Uint8Array, type: 'RSA' | 'EC', size: number): PublicKeyInfo {
  return { spki, type, size, keySpec: `${type}-${size}` };
}

function modulusSize(outer: DerReader): number {
  const sequence = outer.enter(Tag.sequence);
  outer.end();
  const modulus = positive(sequence);
  const exponent = positive(sequence);
  sequence.end();
  // A verification takes as many steps as the exponent has bits; the reference has the same upper bound.
  const bounded = exponent.length < 4 || (exponent.length === 4 && (exponent[0] ?? 0) < 0x80);
  const odd = ((exponent.at(-1) ?? 0) & 1) === 1;
  if (!bounded || !odd || (exponent.length === 1 && exponent[0] === 1)) {
    throw sequence.error('has an RSA key with an unusable exponent');
  }
  return modulus.length * 8;
}

/** The octets of a positive INTEGER without the one that only holds its sign. */
function positive(reader: DerReader): Uint8Array {
  const content = readInteger(reader);
  const [first = 0] = content;
  if (first >= 0x80 || (first === 0 && content.length === 1)) throw reader.error('has a malformed RSA key');
  return first === 0 ? content.subarray(1) : content;
}

/** The bits of a public key without what says which kind it is: what key identifiers are the hash of. */
export function keyBits({ spki }: PublicKeyInfo): Uint8Array {
  const info = new DerReader(spki, 'certificate').enter(Tag.sequence);
  info.read(Tag.sequence);
  return readOctetAlignedBitString(info);
}
