import { Oid } from '../asn1/oids.ts';
import { argumentInvalid, isNotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { parseDistinguishedName } from '../policy/distinguished-name.ts';

/** A distinguished name in the form that `@peculiar/x509` encodes. */
export type NameJson = Record<string, ({ printableString: string } | { utf8String: string })[]>[];

/** The attribute types, in the order in which Go, and so the reference implementation, encodes them. */
const TYPES: readonly [type: string, oid: string][] = [
  ['C', Oid.countryName],
  ['ST', Oid.stateOrProvinceName],
  ['L', Oid.localityName],
  ['STREET', Oid.streetAddress],
  ['POSTALCODE', Oid.postalCode],
  ['O', Oid.organizationName],
  ['OU', Oid.organizationalUnitName],
  ['CN', Oid.commonName],
  ['SERIALNUMBER', Oid.serialNumber],
];

/** RFC 5280, appendix A.1: the upper bound of a common name. */
const MAX_COMMON_NAME = 64;
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]+$/;

/**
 * Returns the subject that `notation cert generate-test` gives its certificates, with a common name.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function testSubject(commonName: string): NameJson {
  return encodeName(
    new Map([
      ['C', 'US'],
      ['ST', 'WA'],
      ['L', 'Seattle'],
      ['O', 'Notary'],
      ['CN', checkName(commonName)],
    ]),
  );
}

/** Returns the subject of a CA in the chain of a leaf with that name. */
export function caSubject(name: string, role: string): NameJson {
  const short = [...checkName(name)].slice(0, MAX_COMMON_NAME - role.length - 1).join('');
  return testSubject(`${short} ${role}`);
}

/**
 * Parses a subject in the syntax of trusted identities.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function parseSubject(text: string): NameJson {
  if (typeof text !== 'string') throw argumentInvalid('subject must be a string');
  try {
    return encodeName(parseDistinguishedName(text));
  } catch (cause) {
    if (!isNotationError(cause) || cause.code === 'ERR_ARGUMENT_INVALID') throw cause;
    throw argumentInvalid(`subject: ${cause.message}`, cause);
  }
}

/**
 * Requires a valid common name, and returns it.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkName(name: string): string {
  const fits = typeof name === 'string' && name !== '' && [...name].length <= MAX_COMMON_NAME;
  if (!fits || /[\p{Control}\p{Surrogate}]/u.test(name)) {
    throw argumentInvalid(
      `name must be a string of 1 to ${MAX_COMMON_NAME} characters without control characters`,
    );
  }
  return name;
}

function encodeName(values: ReadonlyMap<string, string>): NameJson {
  const foreign = [...values.keys()].find((type) => !TYPES.some(([known]) => known === type));
  if (foreign !== undefined) {
    const known = TYPES.map(([type]) => type).join(', ');
    throw argumentInvalid(`subject: the attribute ${quote(foreign)} is not one of ${known}`);
  }
  return TYPES.flatMap(([type, oid]) => {
    const value = values.get(type);
    if (value === undefined) return [];
    return [{ [oid]: [PRINTABLE.test(value) ? { printableString: value } : { utf8String: value }] }];
  });
}
