import { contextTag, DerReader, Tag } from '../asn1/der-reader.ts';
import { readByteAlignedBitString, readInteger, readSmallInteger, readTime } from '../asn1/values.ts';
import { decodeUtf8, equalBytes } from '../encoding/bytes.ts';
import { encodeHex } from '../encoding/hex.ts';
import { decodePem } from '../encoding/pem.ts';
import { NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { type CertificateExtensions, readExtensions } from './extensions.ts';
import { type Name, readName } from './name.ts';
import { type PublicKeyInfo, readPublicKey } from './public-key.ts';
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

/** A certificate as callers pass it: PEM as a string or as bytes, or DER. */
export type CertificateInput = string | Uint8Array;

/** Limit of a certificate in bytes; usual ones have one to four thousand. */
export const MAX_CERTIFICATE = 64 * 1024;

/**
 * Reads one certificate, strictly.
 *
 * @param der - The certificate, DER, at most 64 KiB.
 * @throws NotationError `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT_EXCEEDED`
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 * @see docs/specification.md, rule RFC-9
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { parseCertificate, parseCertificates } from 'notarykit/x509';
 *
 * const { root } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
 * const [{ der } = { der: new Uint8Array() }] = parseCertificates(root);
 * console.log(parseCertificate(der).publicKey.keySpec); // EC-256
 * ```
 */
export function parseCertificate(der: Uint8Array): Certificate {
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

  return {
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
}

/**
 * Reads one or several certificates.
 *
 * @param input - PEM as a string or as bytes, or DER, one certificate after another.
 * @throws NotationError `ERR_CERTIFICATE_INVALID`, `ERR_ENCODING_INVALID` for a PEM block that is not a
 * certificate, or if there is no certificate
 * @see docs/specification.md, rule TS-2
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { parseCertificates } from 'notarykit/x509';
 *
 * const { certificates } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
 * console.log(parseCertificates(certificates).length); // 3: leaf, intermediate, root
 * ```
 */
export function parseCertificates(input: CertificateInput): Certificate[] {
  if (typeof input !== 'string' && isDer(input)) return parseConcatenated(input);
  const text = typeof input === 'string' ? input : decodeUtf8(input, 'PEM');
  const blocks = decodePem(text);
  const foreign = blocks.find((block) => block.label !== 'CERTIFICATE' && block.label !== 'X509 CERTIFICATE');
  if (foreign || blocks.length === 0) {
    const found = foreign
      ? `there is a PEM block ${quote(foreign.label)}`
      : 'the input is neither PEM nor DER';
    throw new NotationError('ERR_ENCODING_INVALID', `certificates were expected, but ${found}`);
  }
  return blocks.map((block) => parseCertificate(block.der));
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
  const certificates: Certificate[] = [];
  while (!reader.done) certificates.push(parseCertificate(reader.read(Tag.sequence).bytes));
  return certificates;
}
