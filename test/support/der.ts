/** Writes DER (X.690) for documents that tests forge. Nothing here is checked: malformed is allowed. */

/** One element with the given tag byte; the content is the parts one after another. */
export function element(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : bigEndian(length);
  return concat([Uint8Array.of(tag, ...(length < 0x80 ? [] : [0x80 | size.length]), ...size), content]);
}

export const sequence = (...parts: Uint8Array[]): Uint8Array => element(0x30, ...parts);
/**
 * The BER of an element that is constructed by definite lengths: each constructed element inside, too, gets an indefinite
 * length, and octet strings come in two pieces.
 */
export function indefinite(element: Uint8Array): Uint8Array {
  return concat(elementsOf(element).map(streamed));
}

function streamed({ tag, content }: { tag: number; content: Uint8Array }): Uint8Array {
  if (tag === 0x04) {
    const half = content.length >> 1;
    const pieces = [content.subarray(0, half), content.subarray(half)].map(octetString);
    return concat([Uint8Array.of(0x24, 0x80), ...pieces, Uint8Array.of(0, 0)]);
  }
  if ((tag & 0x20) === 0) return element(tag, content);
  return concat([Uint8Array.of(tag, 0x80), indefinite(content), Uint8Array.of(0, 0)]);
}

function elementsOf(bytes: Uint8Array): { tag: number; content: Uint8Array }[] {
  const elements: { tag: number; content: Uint8Array }[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const first = bytes[offset + 1] ?? 0;
    const size = first < 0x80 ? 0 : first & 0x7f;
    const start = offset + 2 + size;
    const length =
      size === 0 ? first : bytes.subarray(offset + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
    elements.push({ tag: bytes[offset] ?? 0, content: bytes.subarray(start, start + length) });
    offset = start + length;
  }
  return elements;
}

/** The elements in the order given; sort them yourself if DER requires it. */
export const set = (...parts: Uint8Array[]): Uint8Array => element(0x31, ...parts);
export const octetString = (content: Uint8Array): Uint8Array => element(0x04, content);
export const nullValue = (): Uint8Array => element(0x05);
export const boolean = (value: boolean): Uint8Array => element(0x01, Uint8Array.of(value ? 0xff : 0));
/** `[n]` with elements inside. */
export const explicit = (n: number, ...parts: Uint8Array[]): Uint8Array => element(0xa0 | n, ...parts);
/** `[n]` in the place of a primitive tag. */
export const implicit = (n: number, content: Uint8Array): Uint8Array => element(0x80 | n, content);
export const utf8String = (text: string): Uint8Array => element(0x0c, ascii(text));
export const printableString = (text: string): Uint8Array => element(0x13, ascii(text));
export const ia5String = (text: string): Uint8Array => element(0x16, ascii(text));

/** INTEGER: a number that is not negative, or content bytes as they are. */
export function integer(value: number | Uint8Array): Uint8Array {
  if (typeof value !== 'number') return element(0x02, value);
  const content = bigEndian(value);
  return element(0x02, Uint8Array.of(...((content[0] ?? 0) >= 0x80 ? [0] : []), ...content));
}

export const enumerated = (value: number): Uint8Array => element(0x0a, Uint8Array.of(value));

/** BIT STRING of whole bytes, or with so many unused bits at the end. */
export function bitString(content: Uint8Array, unused = 0): Uint8Array {
  return element(0x03, Uint8Array.of(unused), content);
}

/** BIT STRING of named bits: the numbers of those that are set. */
export function namedBits(bits: readonly number[]): Uint8Array {
  if (bits.length === 0) return bitString(new Uint8Array());
  const highest = Math.max(...bits);
  const content = new Uint8Array((highest >> 3) + 1);
  for (const bit of bits) content[bit >> 3] = (content[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return bitString(content, 7 - (highest & 7));
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const content = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift(0x80 | (left % 128));
    }
    return digits;
  });
  return element(0x06, Uint8Array.from(content));
}

/** UTCTime up to 2049 and GeneralizedTime from 2050, as RFC 5280 requires. */
export function time(date: Date): Uint8Array {
  const text = `${date.toISOString().replace(/\.\d+Z$|[-:T]/g, '')}Z`;
  return date.getUTCFullYear() < 2050 ? element(0x17, ascii(text.slice(2))) : element(0x18, ascii(text));
}

/** GeneralizedTime of whole seconds. */
export function generalizedTime(date: Date): Uint8Array {
  return element(0x18, ascii(`${date.toISOString().replace(/\.\d+Z$|[-:T]/g, '')}Z`));
}

/** Byte strings one after another. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function bigEndian(value: number): number[] {
  const result = [value % 256];
  for (let left = Math.floor(value / 256); left > 0; left = Math.floor(left / 256))
    result.unshift(left % 256);
  return result;
}
