import { contextTag, DerReader, Tag } from '../asn1/der-reader.ts';
import { readByteAlignedBitString, readInteger, readSmallInteger, readTime } from '../asn1/values.ts';
import { equalBytes, isBytes, ownBytes } from '../encoding/bytes.ts';
import { encodeHex } from '../encoding/hex.ts';
import { decodePem } from '../encoding/pem.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { type CertificateExtensions, readExtensions } from './extensions.ts';
import { type Name, readName } from './name.ts';
import { type PublicKeyInfo, readPublicKey } from './public-key.ts';
import { isDate } from './require.ts';
import { type CertificateSignatureAlgorithm, readSignatureAlgorithm } from './signature.ts';

/** An X.509 certificate, read but not trusted. */
export interface Certificate extends CertificateExtensions {
  /** The whole certificate, DER. */
  readonly der: Uint8Array;
  /** The signed part, TBSCertificate, DER. */
  readonly tbs: Uint8Array;
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  readonly issuer: Name;
  readonly subject: Name;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: PublicKeyInfo;
  readonly signatureAlgorithm: CertificateSignatureAlgorithm;
  readonly signature: Uint8Array;
}

/**
 * Certificates as callers pass them: PEM as a string or as bytes, DER, one or several of them together, certificates that
 * {@link parseCertificates} returned, or a list of any of these.
 */
export type CertificateInput =
  | string
  | Uint8Array
  | Certificate
  | readonly (string | Uint8Array | Certificate)[];

/** How certificates are read. */
export interface CertificateRules {
  /** Skips private keys in PEM, for those who keep a key and its certificates in one file. */
  skipKeys?: boolean;
}

const LABELS: readonly string[] = ['CERTIFICATE', 'X509 CERTIFICATE'];

/** Limit of a certificate in bytes; usual ones have one to four thousand. */
export const MAX_CERTIFICATE = 64 * 1024;

/**
 * Reads one certificate in DER, strictly.
 *
 * @param der - The certificate, at most 64 KiB.
 * @throws NotationError `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT_EXCEEDED`
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 * @see docs/specification.md, rule RFC-9
 */
export function readCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `a certificate of ${der.length} bytes is too large`);
  }
  const outer = new DerReader(der, 'certificate', 'ERR_CERTIFICATE_INVALID');
  const certificate = outer.enter(Tag.sequence);
  outer.end();
  const tbs = certificate.read(Tag.sequence);
  const outerAlgorithm = certificate.read(Tag.sequence);
  const signature = readByteAlignedBitString(certificate);
  certificate.end();

  const fields = outer.inside(tbs.content);
  const version = fields.peek() === contextTag(0) ? readVersion(fields.enter(contextTag(0))) : 0;
  const serial = readInteger(fields);
  if ((serial[0] ?? 0) >= 0x80) throw fields.error('has a negative serial number');
  const innerAlgorithm = fields.read(Tag.sequence);
  if (!equalBytes(innerAlgorithm.bytes, outerAlgorithm.bytes))
    throw fields.error('names two signature algorithms');
  const issuer = readName(fields);
  const validity = fields.enter(Tag.sequence);
  const notBefore = readTime(validity);
  const notAfter = readTime(validity);
  validity.end();
  const subject = readName(fields);
  const publicKey = readPublicKey(fields);
  if (version > 0) {
    fields.readOptional(contextTag(1, false));
    fields.readOptional(contextTag(2, false));
  }
  const extensions =
    version === 2 && fields.peek() === contextTag(3)
      ? readExtensions(fields.enterExplicit(contextTag(3), Tag.sequence))
      : readExtensions(fields.inside(new Uint8Array()));
  fields.end();

  const read: Certificate = {
    der,
    tbs: tbs.bytes,
    serialNumber: encodeHex(serial),
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey,
    signatureAlgorithm: readSignatureAlgorithm(fields.inside(innerAlgorithm.content)),
    signature,
    ...extensions,
  };
  certificates.add(read);
  return read;
}

/** The certificates that were read here, which need not be checked when they are given again. */
const certificates = new WeakSet<object>();

/**
 * Reads one certificate.
 *
 * @param input - PEM as a string or as bytes, or DER, of at most 64 KiB.
 * @throws NotationError `ERR_CERTIFICATE_INVALID` also if there are several, `ERR_ENCODING_INVALID`, `ERR_LIMIT_EXCEEDED`,
 * `ERR_ARGUMENT_INVALID` for a value of another type
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { parseCertificate } from 'notarykit/x509';
 *
 * const { root } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
 * console.log(parseCertificate(root).publicKey.keySpec); // EC-256
 * ```
 */
export function parseCertificate(input: CertificateInput): Certificate {
  const [certificate, ...others] = readCertificates(input, 'the certificate');
  if (certificate && others.length === 0) return certificate;
  const count = certificate ? others.length + 1 : 'none';
  throw new NotationError(
    'ERR_CERTIFICATE_INVALID',
    `one certificate was expected, but the input contains ${count}`,
  );
}

/**
 * Reads one or several certificates.
 *
 * @param input - PEM as a string or as bytes, with any number of certificates; DER, one certificate after another; or a list
 * that mixes these, and certificates that were read before.
 * @returns The certificates, in their order.
 * @throws NotationError `ERR_CERTIFICATE_INVALID`, `ERR_ENCODING_INVALID` for a PEM block that is not a
 * certificate, or if a string or bytes hold none, `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID` for a value of another type
 * @see docs/specification.md, rule TS-2
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { parseCertificates } from 'notarykit/x509';
 *
 * const { certificates } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
 * const [leaf, ...issuers] = parseCertificates(certificates);
 * console.log(issuers.length); // 2: intermediate and root
 * console.log(parseCertificates([certificates, leaf.der]).length); // 4
 * ```
 */
export function parseCertificates(input: CertificateInput): Certificate[] {
  return readCertificates(input, 'the certificates');
}

/**
 * Reads the certificates that a caller gives, in any form of {@link CertificateInput}.
 * @param name - Names the argument in the error.
 * @throws NotationError as {@link parseCertificates}
 */
export function readCertificates(
  input: unknown,
  name: string,
  { skipKeys = false }: CertificateRules = {},
): Certificate[] {
  // A copy has no holes, which `flatMap` would pass over.
  const parts: readonly unknown[] = Array.isArray(input) ? [...input] : [input];
  return parts.flatMap((part) => {
    const given = isBytes(part) ? ownBytes(part) : part;
    if (isBytes(given) && isDer(given)) return parseConcatenated(given);
    if (typeof given === 'string' || isBytes(given)) return readPem(given, skipKeys);
    if (isCertificate(part)) return part;
    throw argumentInvalid(
      `${name} must be PEM as a string or bytes, DER, certificates of parseCertificates, or a list of these`,
    );
  });
}

/**
 * Reads a certificate chain that a caller gives.
 * @throws NotationError as {@link parseCertificates}, `ERR_ARGUMENT_INVALID` also for an empty list
 */
export function readChain(input: unknown): Certificate[] {
  const chain = readCertificates(input, 'the certificate chain');
  if (chain.length > 0) return chain;
  throw argumentInvalid('the certificate chain must contain at least one certificate');
}

function readPem(input: string | Uint8Array, skipKeys: boolean): Certificate[] {
  const blocks = decodePem(input).filter(({ label }) => !(skipKeys && isKeyLabel(label)));
  const foreign = blocks.find(({ label, headers }) => !LABELS.includes(label) || headers.length > 0);
  if (!foreign && blocks.length > 0) return blocks.map((block) => readCertificate(block.der));
  const headers = foreign?.headers.length ? ' with headers' : '';
  const found = foreign
    ? `there is a PEM block ${quote(foreign.label)}${headers}`
    : 'the input is neither PEM nor DER';
  throw new NotationError('ERR_ENCODING_INVALID', `certificates were expected, but ${found}`);
}

/** Reports whether a PEM block belongs to a private key; openssl puts the parameters of its curve in front. */
function isKeyLabel(label: string): boolean {
  return label.endsWith('PRIVATE KEY') || label.endsWith(' PARAMETERS');
}

/** Callers may write JavaScript: a value that only looks like a certificate must not pass a check unnoticed. */
function isCertificate(value: unknown): value is Certificate {
  if (typeof value !== 'object' || value === null) return false;
  if (certificates.has(value)) return true;
  const { der, tbs, subject, issuer, notBefore, notAfter, publicKey, revocation }: Partial<Certificate> =
    value;
  return (
    [der, tbs, subject?.der, issuer?.der, publicKey?.spki].every(isBytes) &&
    [notBefore, notAfter].every(isDate) &&
    [revocation?.ocsp, revocation?.crl].every(Array.isArray)
  );
}

/** The first byte of DER is also that of the string `0`, but no certificate is so short that the second is ASCII too. */
function isDer(input: Uint8Array): boolean {
  return input[0] === Tag.sequence && (input[1] ?? 0) >= 0x80;
}

function readVersion(reader: DerReader): number {
  const version = readSmallInteger(reader);
  reader.end();
  if (version > 2) throw reader.error('has an unknown version');
  return version;
}

function parseConcatenated(bytes: Uint8Array): Certificate[] {
  // A copy, so that a trust anchor does not change with the caller's buffer.
  const reader = new DerReader(new Uint8Array(bytes), 'certificate', 'ERR_CERTIFICATE_INVALID');
  const read: Certificate[] = [];
  while (!reader.done) read.push(readCertificate(reader.read(Tag.sequence).bytes));
  return read;
}
