import { DerReader, Tag } from '../asn1/der-reader.ts';
import { Oid } from '../asn1/oids.ts';
import { readOid, stringValue } from '../asn1/values.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { formatDistinguishedName } from '../encoding/distinguished-name.ts';
import { argumentInvalid, isNotationError } from '../errors/notation-error.ts';
import { escapeUnprintable } from '../errors/quote.ts';

/** One attribute of a distinguished name. */
export interface NameAttribute {
  /** The short name of RFC 4514 such as `CN`, or the dotted object identifier if there is none. */
  type: string;
  value: string;
  /** Whether it forms one relative name with the attribute before it. */
  joined?: true;
}

/** The subject or issuer of a certificate. */
export interface Name {
  der: Uint8Array;
  /** In the order of the certificate. */
  attributes: readonly NameAttribute[];
}

const SHORT_NAMES: Readonly<Record<string, string>> = {
  [Oid.commonName]: 'CN',
  [Oid.serialNumber]: 'SERIALNUMBER',
  [Oid.countryName]: 'C',
  [Oid.localityName]: 'L',
  [Oid.stateOrProvinceName]: 'ST',
  [Oid.streetAddress]: 'STREET',
  [Oid.organizationName]: 'O',
  [Oid.organizationalUnitName]: 'OU',
  [Oid.postalCode]: 'POSTALCODE',
  [Oid.userId]: 'UID',
  [Oid.domainComponent]: 'DC',
  [Oid.emailAddress]: 'emailAddress',
};

/** Reads a Name (RFC 5280, section 4.1.2.4). */
export function readName(reader: DerReader): Name {
  const { bytes, content } = reader.read(Tag.sequence);
  const sequence = reader.inside(content);
  const attributes: NameAttribute[] = [];
  while (!sequence.done) {
    const relativeName = sequence.enter(Tag.set);
    for (let first = true; !relativeName.done; first = false) {
      const attribute = relativeName.enter(Tag.sequence);
      const type = readOid(attribute);
      const value = stringValue(attribute, attribute.read());
      attribute.end();
      attributes.push({ type: SHORT_NAMES[type] ?? type, value, ...(!first && { joined: true }) });
    }
  }
  return { der: bytes, attributes };
}

/** Limit of a name outside of a certificate in bytes. */
const MAX_NAME = 16 * 1024;

/**
 * Reports whether two names are the same by the values of their attributes, whatever their string types, letter case and
 * spacing (RFC 5280, section 7.1): CAs write their name otherwise in CRLs, for example, than in their certificate.
 * @see docs/specification.md, rule RFC-20
 */
export function isSameName(a: Name, b: Name): boolean {
  if (equalBytes(a.der, b.der)) return true;
  return (
    a.attributes.length === b.attributes.length &&
    a.attributes.every((attribute, i) => isSameAttribute(attribute, b.attributes[i]))
  );
}

/** Reports the same for a name that has not been read; one that cannot be read is another one. */
export function isNameOf(der: Uint8Array, name: Name): boolean {
  if (equalBytes(der, name.der)) return true;
  if (der.length > MAX_NAME) return false;
  try {
    return isSameName(readName(new DerReader(der, 'name', 'ERR_CERTIFICATE_INVALID')), name);
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return false;
  }
}

function isSameAttribute(a: NameAttribute, b: NameAttribute | undefined): boolean {
  if (a.type !== b?.type || a.joined !== b.joined) return false;
  return a.value === b.value || prepared(a.value) === prepared(b.value);
}

/** Prepares a value for comparison (RFC 4518), as far as string types, letter case and spaces go. */
function prepared(value: string): string {
  return value.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ');
}

const MAX_SHOWN = 300;

/** The order in which the reference writes attributes, whatever their order in the certificate. */
const ORDER = ['SERIALNUMBER', 'CN', 'OU', 'O', 'POSTALCODE', 'STREET', 'L', 'ST', 'C'];

/**
 * Returns the subject of a certificate as the `notation` CLI writes it: RFC 4514, in a fixed order of types.
 *
 * @param certificate - A certificate of `parseCertificate`.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for anything else
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { parseCertificates, subjectText } from 'notarykit/x509';
 *
 * const { root } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
 * for (const certificate of parseCertificates(root)) console.log(subjectText(certificate));
 * ```
 */
export function subjectText(certificate: { subject: Name }): string {
  if (!Array.isArray(certificate?.subject?.attributes)) {
    throw argumentInvalid('the certificate must be one that parseCertificate returned');
  }
  return nameText(certificate.subject);
}

/** Returns a subject for use in a message between quotation marks: truncated and printable. */
export function shortSubject(certificate: { subject: Name }): string {
  const text = subjectText(certificate);
  return escapeUnprintable(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

/** Returns a name as the `notation` CLI writes it. */
export function nameText({ attributes }: Name): string {
  const rank = ({ type }: NameAttribute): number => (ORDER.indexOf(type) + 1 || ORDER.length + 1) - 1;
  return formatDistinguishedName([...attributes].reverse().sort((a, b) => rank(b) - rank(a)));
}
