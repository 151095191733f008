import { NotationError } from '../errors/index.ts';
import { decodeLatin1 } from './bytes.ts';

/** In a table: a character that is not in the alphabet. */
const FOREIGN = 0xff;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const STANDARD = tableOf(`${LETTERS}+/`);
const URL_SAFE = tableOf(`${LETTERS}-_`);

/** Encodes bytes as standard base64 with padding (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  const { toBase64 } = bytes as { toBase64?: () => string };
  return toBase64 ? toBase64.call(bytes) : btoa(decodeLatin1(bytes));
}

/** Encodes bytes as base64url without padding (RFC 4648, section 5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * Decodes standard base64, canonical only: padding must be complete, unused bits zero, no white space (rule RFC-6).
 * @param what - The name of the value, for the error.
 * @throws NotationError `ERR_ENCODING_INVALID`
 */
export function decodeBase64(text: string, what = 'value'): Uint8Array {
  const bytes = decodeStandard(text);
  if (bytes) return bytes;
  throw notCanonical(what, 'base64');
}

/** Reports whether a string is standard base64, canonical as {@link decodeBase64} requires. */
export function isBase64(text: string): boolean {
  return decodeStandard(text) !== undefined;
}

/**
 * Decodes base64url, canonical only: no padding, unused bits zero, no white space.
 * @param what - The name of the value, for the error.
 * @throws NotationError `ERR_ENCODING_INVALID`
 * @see docs/specification.md, rule JWS-10
 */
export function decodeBase64Url(text: string, what = 'value'): Uint8Array {
  const bytes = decode(text, text.length, URL_SAFE);
  if (bytes) return bytes;
  throw notCanonical(what, 'base64url');
}

function decodeStandard(text: string): Uint8Array | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (text.length % 4 !== 0) return undefined;
  return decode(text, text.length - padding, STANDARD);
}

/** Not by `atob`, which is lenient, and knows one alphabet: replacing characters of a long string is slow. */
function decode(text: string, length: number, table: Uint8Array): Uint8Array | undefined {
  if (length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  const valueAt = (i: number) => (i < length ? (table[text.charCodeAt(i)] ?? FOREIGN) : 0);
  let word = 0;
  let end = 0;
  for (let i = 0; i < length; i += 4) {
    const [a, b, c, d] = [valueAt(i), valueAt(i + 1), valueAt(i + 2), valueAt(i + 3)];
    // A value has six bits, and the mark of a foreign character more.
    if ((a | b | c | d) > 63) return undefined;
    word = (a << 18) | (b << 12) | (c << 6) | d;
    // What is stored beyond the end is ignored.
    bytes[end++] = word >> 16;
    bytes[end++] = word >> 8;
    bytes[end++] = word;
  }
  const unused = [0, 0xffff, 0xff][bytes.length % 3] ?? 0;
  return (word & unused) === 0 ? bytes : undefined;
}

function tableOf(alphabet: string): Uint8Array {
  const table = new Uint8Array(128).fill(FOREIGN);
  for (let value = 0; value < alphabet.length; value++) table[alphabet.charCodeAt(value)] = value;
  return table;
}

function notCanonical(what: string, name: string): NotationError {
  return new NotationError('ERR_ENCODING_INVALID', `the ${what} is not canonical ${name}`);
}
