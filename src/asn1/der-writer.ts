import { concatBytes } from '../encoding/bytes.ts';
import { Tag } from './der-reader.ts';

// Writes the few ASN.1 types that are needed, in DER (X.690).

/** Returns the identifier and length of an element. */
export function elementHead(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length);
  const size: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 0x100)) size.unshift(left % 0x100);
  return Uint8Array.of(tag, 0x80 | size.length, ...size);
}

/** Returns an element whose content is the parts, concatenated. */
export function element(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concatBytes(elementHead(tag, length), ...parts);
}

/** Returns a SEQUENCE. */
export function sequence(...parts: Uint8Array[]): Uint8Array {
  return element(Tag.sequence, ...parts);
}

/** Returns a non-negative INTEGER from its bytes, most significant first. */
export function unsignedInteger(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const magnitude = bytes.subarray(start);
  const sign = (magnitude[0] ?? 0x80) >= 0x80 ? [0] : [];
  return element(Tag.integer, Uint8Array.from(sign), magnitude);
}

/** Returns a non-negative INTEGER of at most 32 bits. */
export function smallInteger(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return unsignedInteger(bytes);
}

/** Returns an OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [root = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const content = [root * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift(0x80 | (left % 128));
    }
    return digits;
  });
  return element(Tag.oid, Uint8Array.from(content));
}

/** Returns an AlgorithmIdentifier with NULL parameters, as hash functions have. */
export function algorithmIdentifier(dotted: string): Uint8Array {
  return sequence(objectIdentifier(dotted), element(Tag.null));
}
