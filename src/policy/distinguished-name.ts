import { decodeUtf8 } from '../encoding/bytes.ts';
import { NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';

/**
 * A distinguished name for matching: one value for each attribute type, in no particular order.
 *
 * Types keep their case (`cn` is not `CN`), and values are compared character by character.
 */
export type DistinguishedName = ReadonlyMap<string, string>;

const MAX_LENGTH = 8192;

/** `descr` or `numericoid` of RFC 4512, section 1.4. */
const TYPE = /^(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)$/;

const ESCAPE = /\\([ "#+,;<=>\\])|((?:\\[0-9A-Fa-f]{2})+)|\\/g;

/**
 * Parses the distinguished name of a trusted identity: RFC 4514, with `,` or `;` between attributes, unescaped spaces
 * around types and values ignored, and `S` short for `ST`.
 *
 * @param text - A name such as `C=US, ST=WA, O=Wabbit Networks`; at most 8192 characters.
 * @returns The value of each attribute type.
 * @throws NotationError `ERR_ENCODING_INVALID` for a string that is malformed, repeats a type, joins attributes with
 * `+`, has an empty value or contains `=#`; `ERR_LIMIT_EXCEEDED` for one that is too long
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trusted-identities-constraints
 * (rule RFC-11)
 *
 * @example
 * ```ts
 * import { parseDistinguishedName } from 'notarykit/policy';
 *
 * const name = parseDistinguishedName('C=US, S=WA, O=Wabbit\\, Inc.');
 * console.log(name.get('ST'), name.get('O')); // WA Wabbit, Inc.
 * ```
 */
export function parseDistinguishedName(text: string): DistinguishedName {
  if (text.length > MAX_LENGTH) {
    throw new NotationError(
      'ERR_LIMIT_EXCEEDED',
      `the distinguished name is longer than ${MAX_LENGTH} characters`,
    );
  }
  if (text.includes('=#')) throw nameInvalid('contains "=#", which no identity may contain');
  if (/\p{Surrogate}/u.test(text)) throw nameInvalid('is not well-formed Unicode');
  const name = new Map<string, string>();
  for (const attribute of splitAttributes(text)) {
    const [type, value] = parseAttribute(attribute);
    if (name.has(type)) throw nameInvalid(`has more than one ${quote(type)}`);
    name.set(type, value);
  }
  return name;
}

/**
 * Returns whether one name has every attribute of another, with the same value.
 *
 * @param part - The attributes to look for.
 * @param whole - The name to look in.
 * @returns `true` if all of them are there; always for an empty name.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for names that {@link parseDistinguishedName} did not return
 * @see docs/specification.md, rule TP-30
 *
 * @example
 * ```ts
 * import { isSubset, parseDistinguishedName } from 'notarykit/policy';
 *
 * const whole = parseDistinguishedName('C=US, ST=WA, O=Wabbit Networks, CN=builder');
 * console.log(isSubset(parseDistinguishedName('O=Wabbit Networks'), whole)); // true
 * ```
 */
export function isSubset(part: DistinguishedName, whole: DistinguishedName): boolean {
  // The characters of a string would be compared as types without a value.
  if (!(part instanceof Map && whole instanceof Map)) {
    throw argumentInvalid('distinguished names must be the result of parseDistinguishedName');
  }
  for (const [type, value] of part) if (whole.get(type) !== value) return false;
  return true;
}

function splitAttributes(text: string): string[] {
  const attributes: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '\\') {
      i++;
    } else if (character === '+') {
      throw nameInvalid('joins attributes with "+"; separate them by "," or write "\\+" inside a value');
    } else if (character === ',' || character === ';') {
      attributes.push(text.slice(start, i));
      start = i + 1;
    }
  }
  attributes.push(text.slice(start));
  return attributes;
}

function parseAttribute(text: string): [type: string, value: string] {
  const equals = text.indexOf('=');
  if (equals < 0)
    throw nameInvalid(`has ${quote(text)} in place of type=value; write a comma in a value as "\\,"`);
  const type = stripSpaces(text.slice(0, equals));
  if (!TYPE.test(type)) throw nameInvalid(`has the malformed attribute type ${quote(type)}`);
  const value = unescapeValue(stripSpaces(text.slice(equals + 1)), type);
  if (value === '') throw nameInvalid(`has no value for ${quote(type)}`);
  return [type === 'S' ? 'ST' : type, value];
}

/** Like the reference, keeps a space after a final backslash, even if that backslash is itself escaped. */
function stripSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === ' ') start++;
  while (end > start && text[end - 1] === ' ') end--;
  if (end < text.length && text[end - 1] === '\\') end++;
  return text.slice(start, end);
}

function unescapeValue(text: string, type: string): string {
  return text.replace(ESCAPE, (_, special: string | undefined, hex: string | undefined) => {
    if (special !== undefined) return special;
    if (hex === undefined) throw nameInvalid(`has an unknown escape in ${quote(type)}`);
    const bytes = Uint8Array.from(hex.slice(1).split('\\'), (byte) => Number.parseInt(byte, 16));
    return decodeUtf8(bytes, 'distinguished name');
  });
}

function nameInvalid(reason: string): NotationError {
  return new NotationError('ERR_ENCODING_INVALID', `the distinguished name ${reason}`);
}
