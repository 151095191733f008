import { NotationError } from '../errors/index.ts';

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = `${STANDARD.slice(0, 62)}-_`;

const standardValues = decodingTable(STANDARD);
const urlSafeValues = decodingTable(URL_SAFE);

function decodingTable(alphabet: string): Uint8Array {
  const table = new Uint8Array(128).fill(255);
  for (let value = 0; value < 64; value++) table[alphabet.charCodeAt(value)] = value;
  return table;
}

/** Standard base64 with padding (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  const text = encode(bytes, STANDARD);
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** base64url without padding (RFC 4648, section 5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE);
}

/**
 * Standard base64, canonical only: padding must be complete, unused bits zero, no white space.
 * @param what - The name of the thing that is decoded, for the error.
 * @throws NotationError `ERR_ENCODING_INVALID`
 */
export function decodeBase64(text: string, what = 'value'): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (text.length % 4 !== 0) throw invalid(what, 'base64');
  return decode(text, text.length - padding, standardValues, what, 'base64');
}

/**
 * base64url, canonical only: no padding, unused bits zero, no white space.
 * @param what - The name of the thing that is decoded, for the error.
 * @throws NotationError `ERR_ENCODING_INVALID`
 */
export function decodeBase64Url(text: string, what = 'value'): Uint8Array {
  return decode(text, text.length, urlSafeValues, what, 'base64url');
}

function encode(bytes: Uint8Array, alphabet: string): string {
  const parts: string[] = [];
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    text += alphabet.charAt(a >> 2) + alphabet.charAt(((a & 3) << 4) | (b >> 4));
    if (i + 1 < bytes.length) text += alphabet.charAt(((b & 15) << 2) | (c >> 6));
    if (i + 2 < bytes.length) text += alphabet.charAt(c & 63);
    if (text.length > 8192) {
      parts.push(text);
      text = '';
    }
  }
  return parts.join('') + text;
}

function decode(text: string, length: number, table: Uint8Array, what: string, name: string): Uint8Array {
  const rest = length % 4;
  if (rest === 1) throw invalid(what, name);
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let written = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < length; i++) {
    const value = table[text.charCodeAt(i)] ?? 255;
    if (value === 255) throw invalid(what, name);
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[written++] = bits >> held;
    }
  }
  if ((bits & ((1 << held) - 1)) !== 0) throw invalid(what, name);
  return bytes;
}

function invalid(what: string, name: string): NotationError {
  return new NotationError('ERR_ENCODING_INVALID', `the ${what} is not canonical ${name}`);
}
