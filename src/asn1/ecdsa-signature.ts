import { concatBytes } from '../encoding/bytes.ts';
import { type DerReader, Tag } from './der-reader.ts';
import { sequence, unsignedInteger } from './der-writer.ts';
import { readInteger } from './values.ts';

// ECDSA signatures are r and s side by side in WebCrypto, JWS and COSE ("raw"), and Ecdsa-Sig-Value in certificates, CMS
// and key services (RFC 3279, section 2.2.3).

/**
 * Reads an Ecdsa-Sig-Value, which must be all that is left to read.
 * @param length - Bytes of r and of s in the raw form: those of the curve.
 * @returns The raw signature, or `undefined` if r or s is negative or too long for the curve.
 * @throws NotationError With the code of the reader
 */
export function readEcdsaSignature(reader: DerReader, length: number): Uint8Array | undefined {
  const numbers = reader.enter(Tag.sequence);
  reader.end();
  const r = readMagnitude(numbers, length);
  const s = r && readMagnitude(numbers, length);
  if (!s) return undefined;
  numbers.end();
  return concatBytes(r, s);
}

function readMagnitude(numbers: DerReader, length: number): Uint8Array | undefined {
  const content = readInteger(numbers);
  const [sign = 0] = content;
  const magnitude = sign === 0 ? content.subarray(1) : content;
  if (sign >= 0x80 || magnitude.length > length) return undefined;
  const padded = new Uint8Array(length);
  padded.set(magnitude, length - magnitude.length);
  return padded;
}

/** Writes a raw signature as Ecdsa-Sig-Value, DER. */
export function writeEcdsaSignature(raw: Uint8Array): Uint8Array {
  const length = raw.length / 2;
  return sequence(unsignedInteger(raw.subarray(0, length)), unsignedInteger(raw.subarray(length)));
}
