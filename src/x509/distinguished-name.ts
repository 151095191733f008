import { decodeUtf8, encodeUtf8 } from '../encoding/bytes.ts';
import { encodeHex } from '../encoding/hex.ts';
import { NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';

/**
 * A distinguished name to match by: one value for each attribute type, in no order.
 *
 * Types are as written (`cn` is not `CN`) and values are compared character by character.
 */
export type DistinguishedName = ReadonlyMap<string, string>;

/** One attribute of the subject of a certificate. */
export interface DistinguishedNameAttribute {
  /** The short name such as `CN`, or the dotted object identifier where there is none. */
  readonly type: string;
  readonly value: string;
}

/** Whose rules apply: those of the specification, or the wider ones of notarykit. */
export type Dialect = 'spec' | 'extended';

const MAX_LENGTH = 8192;
const MAX_SHOWN = 300;

/** Types that the specification demands of every identity. */
const MANDATORY = ['C', 'ST', 'O'];

/** Types that the reference implementation has a name for; it refuses a subject with any other. */
const NAMED = new Set(['CN', 'SERIALNUMBER', 'C', 'L', 'ST', 'STREET', 'O', 'OU', 'POSTALCODE']);

/** `descr` or `numericoid` of RFC 4512, section 1.4. */
const TYPE = /^(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)$/;

const ESCAPE = /\\([ "#+,;<=>\\])|((?:\\[0-9A-Fa-f]{2})+)|\\/g;

/**
 * Parses the text of a distinguished name as trusted identities write it: RFC 4514, with `,` or `;` between
 * attributes, spaces around types and values ignored unless escaped, and `S` short for `ST`.
 *
 * @param text - Such as `C=US, ST=WA, O=Wabbit Networks`; at most 8192 characters.
 * @returns The value of each attribute type.
 * @throws NotationError `ERR_ENCODING_INVALID` for text that is malformed or repeats a type, joins
 * attributes with `+`, has an empty value or contains `=#`; `ERR_LIMIT_EXCEEDED` for text that is too long
 * @see Trust Store and Trust Policy Specification, "Trusted Identities Constraints"
 *
 * @example
 * ```ts
 * import { parseDistinguishedName } from 'notarykit/x509';
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
  if (text.includes('=#')) throw malformed('contains "=#", which no identity may contain');
  if (/\p{Surrogate}/u.test(text)) throw malformed('is not well-formed Unicode');
  const name = new Map<string, string>();
  for (const attribute of splitAttributes(text)) {
    const [type, value] = parseAttribute(attribute);
    if (name.has(type)) throw malformed(`has more than one ${show(type)}`);
    name.set(type, value);
  }
  return name;
}

/**
 * Whether every attribute of one name is in another, with the same value.
 *
 * @param part - The name that says what to look for.
 * @param whole - The name to look in.
 * @returns Whether it is; an empty name is in every other.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for what {@link parseDistinguishedName} does not return
 *
 * @example
 * ```ts
 * import { isSubset, parseDistinguishedName } from 'notarykit/x509';
 *
 * const whole = parseDistinguishedName('C=US, ST=WA, O=Wabbit Networks, CN=builder');
 * console.log(isSubset(parseDistinguishedName('O=Wabbit Networks'), whole)); // true
 * ```
 */
export function isSubset(part: DistinguishedName, whole: DistinguishedName): boolean {
  // The characters of a text would be looked for as types without a value.
  if (!(part instanceof Map && whole instanceof Map)) {
    throw argumentInvalid('distinguished names must be what parseDistinguishedName returns');
  }
  for (const [type, value] of part) if (whole.get(type) !== value) return false;
  return true;
}

/**
 * The attribute types that the specification demands of an identity (`C`, `ST` and `O`) and a name lacks.
 *
 * @param name - The name to look in.
 * @returns The missing types; none when the name is complete.
 *
 * @example
 * ```ts
 * import { missingMandatoryAttributes, parseDistinguishedName } from 'notarykit/x509';
 *
 * console.log(missingMandatoryAttributes(parseDistinguishedName('O=Wabbit Networks'))); // ['C', 'ST']
 * ```
 */
export function missingMandatoryAttributes(name: DistinguishedName): string[] {
  return MANDATORY.filter((type) => !name.has(type));
}

/**
 * Writes a subject as people read it: RFC 4514, the last attribute of the certificate first, with invisible
 * characters escaped so that a subject cannot disguise itself.
 *
 * @param attributes - In the order of the certificate.
 * @returns The text, which {@link parseDistinguishedName} reads where no type occurs twice.
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

/**
 * Turns the subject of a signing certificate into the name that trusted identities are matched with.
 *
 * In the dialect `spec` the subject must have `C`, `ST` and `O`, every attribute type once, and only types that
 * the reference implementation can name. In `extended` any attribute is matched, but for those that occur more
 * than once: which one is meant would be a guess.
 *
 * @param attributes - The subject of the leaf certificate.
 * @param dialect - Whose rules apply.
 * @returns The name to match.
 * @throws NotationError `ERR_IDENTITY_UNTRUSTED` when no identity can be matched with the subject
 *
 * @example
 * ```ts
 * import { subjectIdentity } from 'notarykit/x509';
 *
 * const identity = subjectIdentity([{ type: 'CN', value: 'production-signer' }], 'extended');
 * console.log(identity.get('CN')); // production-signer
 * ```
 */
export function subjectIdentity(
  attributes: readonly DistinguishedNameAttribute[],
  dialect: Dialect,
): DistinguishedName {
  const name = new Map<string, string>();
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { type, value } of attributes) {
    if (seen.has(type)) repeated.add(type);
    seen.add(type);
    if (value !== '') name.set(type, value);
  }
  if (dialect === 'spec') requireSpecSubject(attributes, name, repeated);
  for (const type of repeated) name.delete(type);
  return name;
}

function requireSpecSubject(
  attributes: readonly DistinguishedNameAttribute[],
  name: DistinguishedName,
  repeated: ReadonlySet<string>,
): void {
  const problem = specProblem(attributes, name, repeated);
  if (problem === undefined) return;
  const subject = formatDistinguishedName(attributes).slice(0, MAX_SHOWN);
  throw new NotationError(
    'ERR_IDENTITY_UNTRUSTED',
    `the subject ${JSON.stringify(subject)} of the signing certificate ${problem}, so that no trusted identity can match it by the specification; ` +
      'the dialect "extended" is without this rule',
  );
}

function specProblem(
  attributes: readonly DistinguishedNameAttribute[],
  name: DistinguishedName,
  repeated: ReadonlySet<string>,
): string | undefined {
  const foreign = attributes.find(({ type }) => !NAMED.has(type));
  if (foreign) return `has the attribute ${show(foreign.type)}`;
  const [twice] = repeated;
  if (twice !== undefined) return `has more than one ${show(twice)}`;
  const odd = attributes.find(({ value }) => value.includes('=#'));
  if (odd) return `has "=#" in ${show(odd.type)}`;
  const missing = missingMandatoryAttributes(name);
  return missing.length > 0 ? `has no ${missing.join(', ')}` : undefined;
}

function splitAttributes(text: string): string[] {
  const attributes: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '\\') {
      i++;
    } else if (character === '+') {
      throw malformed('joins attributes with "+"; separate them by "," or write "\\+" inside a value');
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
  if (equals < 0) throw malformed(`has ${show(text)} where type=value belongs`);
  const type = stripSpaces(text.slice(0, equals));
  if (!TYPE.test(type)) throw malformed(`has the malformed attribute type ${show(type)}`);
  const value = unescapeValue(stripSpaces(text.slice(equals + 1)), type);
  if (value === '') throw malformed(`has no value for ${show(type)}`);
  return [type === 'S' ? 'ST' : type, value];
}

/** A space after a final backslash stays, whether or not that backslash is escaped itself: so does the reference. */
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
    if (hex === undefined) throw malformed(`has an unknown escape in ${show(type)}`);
    const bytes = Uint8Array.from(hex.slice(1).split('\\'), (octet) => Number.parseInt(octet, 16));
    return decodeUtf8(bytes, 'distinguished name');
  });
}

function escapeValue(value: string): string {
  const escaped = value.replace(/[\\",+;<>]|^[ #]| $|(?<==)#/g, '\\$&');
  // Classes of Unicode take a runtime long to compile, and most names need none.
  if (/^[ -~]*$/.test(escaped)) return escaped;
  return escaped.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    encodeHex(encodeUtf8(character)).replace(/../g, '\\$&'),
  );
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function malformed(problem: string): NotationError {
  return new NotationError('ERR_ENCODING_INVALID', `the distinguished name ${problem}`);
}
