import { encodeUtf8 } from './bytes.ts';
import { encodeHex } from './hex.ts';

/** One attribute of the subject of a certificate. */
export interface DistinguishedNameAttribute {
  /** The short name such as `CN`, or the dotted object identifier of a type without a short name. */
  readonly type: string;
  readonly value: string;
}

/**
 * Formats a subject as a string (RFC 4514): the last attribute of the certificate first, and invisible characters
 * escaped, so that a subject cannot disguise itself.
 *
 * @param attributes - The attributes, in the order of the certificate.
 * @returns The string, which `parseDistinguishedName` of notarykit/policy reads back unless a type occurs twice.
 *
 * @example
 * ```ts
 * import { formatDistinguishedName } from 'notarykit/x509';
 *
 * const subject = [{ type: 'C', value: 'US' }, { type: 'O', value: 'Wabbit, Inc.' }];
 * console.log(formatDistinguishedName(subject)); // O=Wabbit\, Inc.,C=US
 * ```
 */
export function formatDistinguishedName(attributes: readonly DistinguishedNameAttribute[]): string {
  return attributes
    .map(({ type, value }) => `${type}=${escapeValue(value)}`)
    .reverse()
    .join(',');
}

function escapeValue(value: string): string {
  const escaped = value.replace(/[\\",+;<>]|^[ #]| $|(?<==)#/g, '\\$&');
  // Regular expressions with Unicode classes are slow to compile, and most names are printable ASCII.
  if (/^[ -~]*$/.test(escaped)) return escaped;
  return escaped.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    encodeHex(encodeUtf8(character)).replace(/../g, '\\$&'),
  );
}
