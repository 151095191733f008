import { contextTag, DerReader, Tag } from '../../asn1/der-reader.ts';
import { readFineTime } from '../../asn1/fine-time.ts';
import { Oid } from '../../asn1/oids.ts';
import {
  readAlgorithmOid,
  readByteAlignedBitString,
  readInteger,
  readOid,
  readSmallInteger,
} from '../../asn1/values.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { eachExtension } from '../extension-list.ts';
import { type CertificateSignatureAlgorithm, readSignatureAlgorithm } from '../signature.ts';
import { CERT_ID_HASHES, type CertId } from './cert-id.ts';
import { type RevocationFact, readFavourableTime, readReason } from './evaluation.ts';

/** Limit of a response in bytes; usual ones have one to four thousand. */
export const MAX_OCSP_RESPONSE = 20 * 1024;
/** Limit of the certificates of one response. The single responses are as many as there is room for: fewer than 300. */
const MAX_CERTIFICATES = 16;

const STATUSES: readonly (string | undefined)[] = [
  undefined,
  'malformedRequest',
  'internalError',
  'tryLater',
  undefined,
  'sigRequired',
  'unauthorized',
];

/** The status of one certificate in a response. */
export interface SingleResponse {
  /** Absent if its hash function is unknown: it matches no certificate then. */
  certId: CertId | undefined;
  status: 'good' | 'revoked' | 'unknown';
  revocation?: RevocationFact;
  thisUpdate: Date;
  nextUpdate?: Date;
  /** The responder keeps revocations of certificates that expired at this time or later (archive cutoff). */
  coversExpiredSince?: Date;
  /** An unknown critical extension, by object identifier. */
  notUnderstood?: string;
}

/** A BasicOCSPResponse (RFC 6960, section 4.2.1), read but not verified. */
export interface OcspResponse {
  /** The bytes that are signed. */
  signedBytes: Uint8Array;
  signatureAlgorithm: CertificateSignatureAlgorithm;
  signature: Uint8Array;
  /** The signer: by the DER of a name, or by the SHA-1 of a key. */
  responder: { name: Uint8Array } | { keyHash: Uint8Array };
  producedAt: Date;
  responses: readonly SingleResponse[];
  /** Certificates that came along, DER. */
  certificates: readonly Uint8Array[];
  /** An unknown critical extension, by object identifier. */
  notUnderstood?: string;
}

/** A response without a status, with the reason that the responder gives. */
export interface OcspRefusal {
  refused: string;
}

/**
 * Reads an OCSPResponse.
 * @throws NotationError `ERR_OCSP_INVALID`
 */
export function parseOcspResponse(der: Uint8Array): OcspResponse | OcspRefusal {
  const outer = new DerReader(der, 'OCSP response', 'ERR_OCSP_INVALID');
  const response = outer.enter(Tag.sequence);
  outer.end();
  const [status = -1, ...more] = response.read(Tag.enumerated).content;
  if (status !== 0 || more.length > 0) {
    response.end();
    return { refused: (more.length === 0 && STATUSES[status]) || `the unknown status ${status}` };
  }
  const bytes = response.enterExplicit(contextTag(0), Tag.sequence);
  response.end();
  if (readOid(bytes) !== Oid.ocspBasic) throw outer.error('has an unknown type');
  const basic = bytes.inside(bytes.read(Tag.octetString).content);
  bytes.end();
  return readBasic(basic);
}

function readBasic(outer: DerReader): OcspResponse {
  const basic = outer.enter(Tag.sequence);
  outer.end();
  const data = basic.read(Tag.sequence);
  const signatureAlgorithm = readSignatureAlgorithm(basic.enter(Tag.sequence));
  const signature = readByteAlignedBitString(basic);
  const certificates: Uint8Array[] = [];
  if (basic.peek() === contextTag(0)) {
    const list = basic.enterExplicit(contextTag(0), Tag.sequence);
    while (!list.done) certificates.push(list.read(Tag.sequence).bytes);
    if (certificates.length > MAX_CERTIFICATES) throw basic.error('has too many certificates');
  }
  basic.end();
  return {
    signedBytes: data.bytes,
    signatureAlgorithm,
    signature,
    certificates,
    ...readData(basic.inside(data.content)),
  };
}

/** ResponseData: version 1 is the default, which DER leaves out, but some CAs write it. */
function readData(
  data: DerReader,
): Pick<OcspResponse, 'responder' | 'producedAt' | 'responses' | 'notUnderstood'> {
  if (data.peek() === contextTag(0)) {
    const version = data.enter(contextTag(0));
    if (readSmallInteger(version) !== 0) throw data.error('has an unknown version');
    version.end();
  }
  const responder = readResponder(data);
  const producedAt = readGeneralizedTime(data);
  const list = data.enter(Tag.sequence);
  const responses: SingleResponse[] = [];
  while (!list.done) responses.push(readSingle(list.enter(Tag.sequence)));
  let notUnderstood: string | undefined;
  if (data.peek() === contextTag(1)) {
    for (const { oid, critical } of eachExtension(data.enterExplicit(contextTag(1), Tag.sequence))) {
      if (critical) notUnderstood = oid;
    }
  }
  data.end();
  return { responder, producedAt, responses, ...(notUnderstood !== undefined && { notUnderstood }) };
}

function readResponder(data: DerReader): OcspResponse['responder'] {
  const chosen = data.read();
  const inside = data.inside(chosen.content);
  if (chosen.tag === contextTag(1)) {
    const { bytes } = inside.read(Tag.sequence);
    inside.end();
    return { name: bytes };
  }
  if (chosen.tag !== contextTag(2)) throw data.error('has an unknown kind of responder ID');
  const { content } = inside.read(Tag.octetString);
  inside.end();
  return { keyHash: content };
}

function readSingle(single: DerReader): SingleResponse {
  const certId = readCertId(single.enter(Tag.sequence));
  const status = single.read();
  const thisUpdate = readGeneralizedTime(single);
  const nextUpdate =
    single.peek() === contextTag(0) ? readNextUpdate(single.enter(contextTag(0))) : undefined;
  let invalidityDate: Date | undefined;
  let coversExpiredSince: Date | undefined;
  let notUnderstood: string | undefined;
  if (single.peek() === contextTag(1)) {
    for (const { oid, critical, value } of eachExtension(single.enterExplicit(contextTag(1), Tag.sequence))) {
      if (critical) notUnderstood = oid;
      if (oid === Oid.invalidityDate) invalidityDate = readFavourableTime(value);
      if (oid === Oid.archiveCutoff) coversExpiredSince = readFavourableTime(value);
    }
  }
  single.end();
  const read = {
    certId,
    thisUpdate,
    ...(nextUpdate && { nextUpdate }),
    ...(coversExpiredSince && { coversExpiredSince }),
    ...(notUnderstood !== undefined && { notUnderstood }),
  };
  const inside = single.inside(status.content);
  switch (status.tag) {
    case contextTag(0, false):
      inside.end();
      return { ...read, status: 'good' };
    case contextTag(1):
      return { ...read, status: 'revoked', revocation: { ...readRevokedInfo(inside), invalidityDate } };
    case contextTag(2, false):
      inside.end();
      return { ...read, status: 'unknown' };
    default:
      throw single.error('has an unknown certificate status');
  }
}

function readCertId(id: DerReader): CertId | undefined {
  const oid = readAlgorithmOid(id.enter(Tag.sequence));
  const issuerNameHash = id.read(Tag.octetString).content;
  const issuerKeyHash = id.read(Tag.octetString).content;
  const serialNumber = encodeHex(readInteger(id));
  id.end();
  const hash = Object.hasOwn(CERT_ID_HASHES, oid) ? CERT_ID_HASHES[oid] : undefined;
  return hash && { hash, issuerNameHash, issuerKeyHash, serialNumber };
}

function readRevokedInfo(info: DerReader): RevocationFact {
  const time = readGeneralizedTime(info);
  let reason: string | undefined;
  if (info.peek() === contextTag(0)) {
    const explicit = info.enter(contextTag(0));
    reason = readReason(explicit);
    explicit.end();
  }
  info.end();
  return { time, reason };
}

function readNextUpdate(explicit: DerReader): Date {
  const time = readGeneralizedTime(explicit);
  explicit.end();
  return time;
}

/** Reads a time, to the millisecond: some responders write fractions of the second, which RFC 5280 does not allow. */
function readGeneralizedTime(reader: DerReader): Date {
  if (reader.peek() !== Tag.generalizedTime) throw reader.error('has a malformed time');
  return new Date(readFineTime(reader).milliseconds);
}
