import { Oid } from '../asn1/oids.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { parseDistinguishedName } from '../policy/distinguished-name.ts';

/** A name in the form that `@peculiar/x509` encodes. */
export type NameJson = Record<string, ({ printableString: string } | { utf8String: string })[]>[];

/** In the order in which Go, and so the reference implementation, encodes attributes. */
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
 * The name that `notation cert generate-test` gives its certificates, with a common name.
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

/** The name of a certificate authority of the chain that is made for a leaf of that name. */
export function authoritySubject(name: string, role: string): NameJson {
  const short = [...checkName(name)].slice(0, MAX_COMMON_NAME - role.length - 1).join('');
  return testSubject(`${short} ${role}`);
}

/**
 * A name that is given as text.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function parseSubject(text: string): NameJson {
  if (typeof text !== 'string') throw new NotationError('ERR_ARGUMENT_INVALID', 'subject must be a text');
  try {
    return encodeName(parseDistinguishedName(text));
  } catch (cause) {
    if (!isNotationError(cause) || cause.code === 'ERR_ARGUMENT_INVALID') throw cause;
    throw new NotationError('ERR_ARGUMENT_INVALID', `subject: ${cause.message}`, { cause });
  }
}

/**
 * Demands a common name.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkName(name: string): string {
  const fits = typeof name === 'string' && name !== '' && [...name].length <= MAX_COMMON_NAME;
  if (!fits || /[\p{Control}\p{Surrogate}]/u.test(name)) {
    throw new NotationError(
      'ERR_ARGUMENT_INVALID',
      `name must be a text of 1 to ${MAX_COMMON_NAME} characters without control characters`,
    );
  }
  return name;
}

function encodeName(values: ReadonlyMap<string, string>): NameJson {
  const foreign = [...values.keys()].find((type) => !TYPES.some(([known]) => known === type));
  if (foreign !== undefined) {
    const known = TYPES.map(([type]) => type).join(', ');
    throw new NotationError(
      'ERR_ARGUMENT_INVALID',
      `subject: the attribute ${JSON.stringify(foreign)} is not one of ${known}`,
    );
  }
  return TYPES.flatMap(([type, oid]) => {
    const value = values.get(type);
    if (value === undefined) return [];
    return [{ [oid]: [PRINTABLE.test(value) ? { printableString: value } : { utf8String: value }] }];
  });
}
