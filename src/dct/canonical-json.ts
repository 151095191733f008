import { compareBytes, encodeUtf8 } from '../encoding/bytes.ts';
import { NotationError } from '../errors/index.ts';

/** The numbers that notary's programs write: they convert each to a signed integer of 64 bits. */
const MAX_INTEGER = 2 ** 63;
/** The code units whose order is another one than that of their characters in UTF-8. */
const BEYOND = /[\ud800-\uffff]/;

/**
 * Encodes a value as the canonical JSON over which notary's programs sign: no white space, members sorted by the bytes of
 * their names, only quotation marks and backslashes escaped, numbers as integers.
 *
 * @param value - Plain data, as `parseJson` returns it.
 * @throws NotationError `ERR_ENCODING_INVALID` for a number that is not an integer of 64 bits
 * @see http://wiki.laptop.org/go/Canonical_JSON
 */
export function encodeCanonicalJson(value: unknown): Uint8Array {
  return encodeUtf8(textOf(value));
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return integer(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = value as Readonly<Record<string, unknown>>;
  return `{${sorted(Object.keys(members))
    .map((name) => `${quoted(name)}:${textOf(members[name])}`)
    .join(',')}}`;
}

/** Control characters stay as they are: this is not JSON, although it looks like it. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function integer(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  if (Number.isInteger(value) && value >= -MAX_INTEGER && value < MAX_INTEGER)
    return BigInt(value).toString();
  throw new NotationError('ERR_ENCODING_INVALID', 'canonical JSON has no number but integers of 64 bits');
}

/** Sorts names as UTF-8: by UTF-16 code units, characters beyond U+FFFF would come before some of the others. */
function sorted(names: string[]): string[] {
  return names.some((name) => BEYOND.test(name))
    ? names.sort((a, b) => compareBytes(encodeUtf8(a), encodeUtf8(b)))
    : names.sort();
}
