import { toDer } from '../../asn1/ber.ts';
import { contextTag, type DerElement, DerReader, retagged, Tag } from '../../asn1/der-reader.ts';
import { Oid } from '../../asn1/oids.ts';
import { readAlgorithmOid, readInteger, readOid, readSmallInteger } from '../../asn1/values.ts';
import { compareBytes, concatBytes, equalBytes } from '../../encoding/bytes.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { isNotationError } from '../../errors/notation-error.ts';
import { AcceptedForms } from './accepted-forms.ts';
import { tokenRules } from './token-rules.ts';

// Cryptographic Message Syntax (RFC 5652), as far as timestamps use it.

/** Limits of signers, certificates and signed attributes; real tokens have one signer, a chain, and about five. */
const MAX_SIGNERS = 8;
const MAX_CERTIFICATES = 32;
const MAX_ATTRIBUTES = 64;

/** SignedData around a TSTInfo, not verified. */
export interface SignedData {
  /** TSTInfo, DER. */
  content: Uint8Array;
  /** The certificates in it, DER, in no particular order. */
  certificates: readonly Uint8Array[];
  signerInfos: readonly SignerInfo[];
}

/** A signer. */
export interface SignerInfo {
  version: number;
  sid: CertificateReference;
  digestAlgorithm: string;
  /** Content of the AlgorithmIdentifier. */
  signatureAlgorithm: DerReader;
  signature: Uint8Array;
  /** The attributes as they are signed: a SET, in DER. */
  signedBytes: Uint8Array;
  /** The value of each signed attribute, by object identifier. */
  attributes: ReadonlyMap<string, DerReader>;
}

/** A certificate by issuer and serial number. */
export interface CertificateReference {
  /** DER of the name. */
  issuer: Uint8Array;
  /** Lower-case hexadecimal. */
  serialNumber: string;
}

/**
 * Reads a timestamp token, BER or DER.
 * @param forms - The forms that are accepted; those that the token has are recorded.
 * @throws NotationError `ERR_TIMESTAMP_INVALID`, `ERR_LIMIT_EXCEEDED`
 * @see docs/specification.md, rule TIME-4
 */
export function parseSignedData(token: Uint8Array, forms = new AcceptedForms()): SignedData {
  const outer = new DerReader(tokenToDer(token, forms), 'timestamp', 'ERR_TIMESTAMP_INVALID');
  const info = outer.enter(Tag.sequence);
  outer.end();
  if (readOid(info) !== Oid.signedData) throw info.error('has a content type other than SignedData');
  const explicit = info.enter(contextTag(0));
  info.end();
  const data = explicit.enter(Tag.sequence);
  explicit.end();
  readVersion(data, forms);
  data.read(Tag.set); // digest algorithms: each signer names its own
  const content = readContent(data.enter(Tag.sequence));
  const certificates =
    data.peek() === contextTag(0) ? readCertificates(data.enter(contextTag(0)), forms) : [];
  data.readOptional(contextTag(1)); // CRLs are fetched from the CA instead
  const signerInfos: SignerInfo[] = [];
  const signers = data.enter(Tag.set);
  data.end();
  while (!signers.done) {
    if (signerInfos.length === MAX_SIGNERS) throw data.error('has too many signers');
    signerInfos.push(readSignerInfo(signers.enter(Tag.sequence)));
  }
  return { content, certificates, signerInfos };
}

function readContent(encapsulated: DerReader): Uint8Array {
  if (readOid(encapsulated) !== Oid.tstInfo)
    throw encapsulated.error('contains something other than a TSTInfo');
  const explicit = encapsulated.enter(contextTag(0));
  encapsulated.end();
  const { content } = explicit.read(Tag.octetString);
  explicit.end();
  return content;
}

/** Converts a token to DER, whether or not its lengths are definite if that is accepted. */
function tokenToDer(token: Uint8Array, forms: AcceptedForms): Uint8Array {
  if (!forms.allows('indefiniteLength')) return toDer(token, tokenRules);
  const der = toDer(token, { ...tokenRules, streamed: true });
  if (!equalBytes(der, toDerOrNothing(token)))
    forms.use('indefiniteLength', 'it is BER of indefinite length');
  return der;
}

function toDerOrNothing(token: Uint8Array): Uint8Array {
  try {
    return toDer(token, tokenRules);
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return new Uint8Array();
  }
}

/** Reads the version, which is 3 unless there are other certificates (RFC 5652, section 5.1). */
function readVersion(data: DerReader, forms: AcceptedForms): void {
  const version = readSmallInteger(data);
  if (version === 3) return;
  if (version !== 4 && version !== 5) throw data.error('is not SignedData of version 3');
  forms.use('otherCertificates', `it is SignedData of version ${version}`);
}

/** Reads the X.509 certificates; attribute certificates and others have the tags [0] to [3]. */
function readCertificates(set: DerReader, forms: AcceptedForms): Uint8Array[] {
  const certificates: Uint8Array[] = [];
  while (!set.done) {
    const { tag, bytes } = set.read();
    if (tag === Tag.sequence) certificates.push(bytes);
    else if (tag >= contextTag(0) && tag <= contextTag(3)) {
      forms.use('otherCertificates', 'it has a certificate that is not X.509');
    } else throw set.error('has something other than certificates among its certificates');
  }
  if (certificates.length > MAX_CERTIFICATES) throw set.error('has too many certificates');
  return certificates;
}

/** Reads a signer that is identified by issuer and serial number, the only form that the reference takes. */
function readSignerInfo(info: DerReader): SignerInfo {
  const version = readSmallInteger(info);
  const sid = readIssuerAndSerial(info.enter(Tag.sequence));
  const digestAlgorithm = readAlgorithmOid(info.enter(Tag.sequence));
  if (info.peek() !== contextTag(0)) throw info.error('has a signer without signed attributes');
  const signed = info.read(contextTag(0));
  const signatureAlgorithm = info.enter(Tag.sequence);
  const signature = info.read(Tag.octetString).content;
  info.readOptional(contextTag(1)); // not signed
  info.end();
  return {
    version,
    sid,
    digestAlgorithm,
    signatureAlgorithm,
    signature,
    signedBytes: asSet(signed),
    attributes: readAttributes(info.inside(signed.content)),
  };
}

function readIssuerAndSerial(sid: DerReader): CertificateReference {
  const issuer = sid.read(Tag.sequence).bytes;
  const serialNumber = encodeHex(readInteger(sid));
  sid.end();
  return { issuer, serialNumber };
}

/**
 * Returns signed attributes as they are signed: with the tag of a SET and in the order of DER, whatever their tag and order
 * in the token (RFC 5652, section 5.4; X.690, section 11.6).
 */
function asSet({ bytes, content }: DerElement): Uint8Array {
  const set = retagged(bytes, Tag.set);
  const reader = new DerReader(content, 'timestamp', 'ERR_TIMESTAMP_INVALID');
  const attributes: Uint8Array[] = [];
  while (!reader.done) {
    if (attributes.length === MAX_ATTRIBUTES) throw reader.error('has too many signed attributes');
    attributes.push(reader.read().bytes);
  }
  set.set(concatBytes(...attributes.sort(compareBytes)), bytes.length - content.length);
  return set;
}

/** Reads attributes, each of which must occur once and have one value. */
function readAttributes(set: DerReader): Map<string, DerReader> {
  const attributes = new Map<string, DerReader>();
  while (!set.done) {
    const attribute = set.enter(Tag.sequence);
    const type = readOid(attribute);
    const values = attribute.enter(Tag.set);
    attribute.end();
    if (attributes.has(type)) throw set.error(`has the signed attribute ${type} twice`);
    const { bytes } = values.read();
    values.end();
    attributes.set(type, set.inside(bytes));
  }
  return attributes;
}
