import { NotationError } from '../errors/index.ts';
import { decodeLatin1 } from './bytes.ts';

/** Encodes bytes as standard base64 with padding (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  return btoa(decodeLatin1(bytes));
}

/** Encodes bytes as base64url without padding (RFC 4648, section 5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * Decodes standard base64, canonical only: padding must be complete, unused bits zero, no white space.
 * @param what - The name of the value, for the error.
 * @throws NotationError `ERR_ENCODING_INVALID`
 */
export function decodeBase64(text: string, what = 'value'): Uint8Array {
  return decode(text, what, 'base64');
}

/**
 * Decodes base64url, canonical only: no padding, unused bits zero, no white space.
 * @param what - The name of the value, for the error.
 * @throws NotationError `ERR_ENCODING_INVALID`
 * @see docs/specification.md, rule JWS-10
 */
export function decodeBase64Url(text: string, what = 'value'): Uint8Array {
  // Reject the standard alphabet, which `atob` would accept.
  if (/[+/=]/.test(text)) throw notCanonical(what, 'base64url');
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  return decode(standard.padEnd(Math.ceil(text.length / 4) * 4, '='), what, 'base64url');
}

/** Reports whether a text is standard base64, canonical as {@link decodeBase64} requires. */
export function isBase64(text: string): boolean {
  return binaryOf(text) !== undefined;
}

function decode(text: string, what: string, name: string): Uint8Array {
  const binary = binaryOf(text);
  if (binary === undefined) throw notCanonical(what, name);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** `atob` is lenient: encoding its result again must give the same string (rule RFC-6). */
function binaryOf(text: string): string | undefined {
  try {
    const binary = atob(text);
    return btoa(binary) === text ? binary : undefined;
  } catch {
    return undefined;
  }
}

function notCanonical(what: string, name: string): NotationError {
  return new NotationError('ERR_ENCODING_INVALID', `the ${what} is not canonical ${name}`);
}
