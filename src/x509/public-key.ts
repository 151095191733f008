import { DerReader, Tag } from '../asn1/der-reader.ts';
import { readKeyAlgorithm } from '../asn1/key-algorithm.ts';
import { readByteAlignedBitString, readInteger } from '../asn1/values.ts';
import { subtle } from '../crypto/subtle.ts';
import type { CryptoKey, ImportParams } from '../crypto/types.ts';
import { importPublicKey, type PublicKeyValue } from '../crypto/verify.ts';

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
  const { type, size, keySpec } = readKey(reader.inside(content));
  return { spki, type, size, keySpec };
}

type ReadKey = Omit<PublicKeyInfo, 'spki'> & { value?: PublicKeyValue };

function readKey(info: DerReader): ReadKey {
  const algorithm = readKeyAlgorithm(info.enter(Tag.sequence));
  switch (algorithm.type) {
    case 'RSA': {
      const value = readRsaKey(info.inside(readKeyBits(info)));
      return sized('RSA', value.modulus.length * 8, value);
    }
    case 'EC': {
      const { size } = algorithm;
      if (size === undefined) throw info.error('has a key on an unsupported elliptic curve');
      const point = readKeyBits(info);
      if (point[0] !== 0x04 || point.length !== 1 + 2 * Math.ceil(size / 8)) {
        throw info.error('has a malformed elliptic curve point');
      }
      return sized('EC', size, { point });
    }
    default:
      return { type: 'other', size: 0, keySpec: algorithm.oid };
  }
}

function readKeyBits(info: DerReader): Uint8Array {
  const bits = readByteAlignedBitString(info);
  info.end();
  return bits;
}

function sized(type: 'RSA' | 'EC', size: number, value: PublicKeyValue): ReadKey {
  return { type, size, keySpec: `${type}-${size}`, value };
}

function readRsaKey(outer: DerReader): { modulus: Uint8Array; exponent: Uint8Array } {
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
  return { modulus, exponent };
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

/** A key that was imported, with the provider of WebCrypto that it belongs to. */
interface ImportedKey extends ImportParams {
  provider: SubtleCrypto;
  key: Promise<CryptoKey>;
}

/** The keys that were imported, for as long as their certificates are in memory. */
const importedKeys = new WeakMap<PublicKeyInfo, ImportedKey[]>();

/**
 * Imports a public key to verify signatures with, once for each algorithm.
 * @throws NotationError `ERR_CERTIFICATE_INVALID` for a key that is malformed, not of the type of the algorithm, or
 * rejected by the runtime, `ERR_RUNTIME_UNSUPPORTED` if the runtime does not support the curve or the length of the modulus
 */
export async function verificationKey(publicKey: PublicKeyInfo, params: ImportParams): Promise<CryptoKey> {
  const provider = subtle();
  const imported = importedKeys.get(publicKey) ?? [];
  const known = imported.find(
    (one) => one.provider === provider && one.name === params.name && one.hash === params.hash,
  );
  if (known) return known.key;
  const key = importKey(publicKey, params);
  const entry = { ...params, provider, key };
  importedKeys.set(publicKey, [...imported, entry]);
  // The runtime may reject a key for a reason that passes, such as a lack of memory.
  key.catch(() => importedKeys.delete(publicKey));
  return key;
}

async function importKey({ spki }: PublicKeyInfo, params: ImportParams): Promise<CryptoKey> {
  const reader = new DerReader(spki, 'certificate', 'ERR_CERTIFICATE_INVALID');
  const info = reader.enter(Tag.sequence);
  reader.end();
  const { type, size, value } = readKey(info);
  const fits = params.name === 'ECDSA' ? type === 'EC' && params.namedCurve === `P-${size}` : type === 'RSA';
  if (value && fits) return importPublicKey(value, params, size);
  throw reader.error(`has a key of another type than ${params.namedCurve ?? params.name}`);
}
