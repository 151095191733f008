import { type DerReader, Tag } from '../asn1/der-reader.ts';
import { Oid } from '../asn1/oids.ts';
import { readOid, stringValue } from '../asn1/values.ts';
import { formatDistinguishedName } from '../encoding/distinguished-name.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { escapeUnprintable } from '../errors/quote.ts';

/** One attribute of a distinguished name. */
export interface NameAttribute {
  /** The short name of RFC 4514 such as `CN`, or the dotted object identifier if there is none. */
  type: string;
  value: string;
}

/** The subject or issuer of a certificate. */
export interface Name {
  /** The encoding, by which issuer and subject are compared. */
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
    while (!relativeName.done) {
      const attribute = relativeName.enter(Tag.sequence);
      const type = readOid(attribute);
      const value = stringValue(attribute, attribute.read());
      attribute.end();
      attributes.push({ type: SHORT_NAMES[type] ?? type, value });
    }
  }
  return { der: bytes, attributes };
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
