import { contextTag, DerReader, Tag } from '../asn1/der-reader.ts';
import {
  algorithmIdentifier,
  element,
  objectIdentifier,
  sequence,
  smallInteger,
  unsignedInteger,
} from '../asn1/der-writer.ts';
import { Oid } from '../asn1/oids.ts';
import { readBoolean, readInteger, readOid, readSmallInteger } from '../asn1/values.ts';
import { hash as hashOf } from '../crypto/digest.ts';
import { compareBytes, encodeUtf8 } from '../encoding/bytes.ts';
import { decodeHex } from '../encoding/hex.ts';
import { trimEnd } from '../encoding/trim-end.ts';
import type { Certificate } from '../x509/certificate.ts';
import { hashIdentifier, hashNamed } from '../x509/signature.ts';
import type { SigningKey } from './key.ts';
import { signatureIdentifier, signBytes } from './signed-document.ts';

/** A parsed TimeStampReq (RFC 3161, section 2.4.1). */
export interface TimestampRequest {
  /** MessageImprint, DER. */
  imprint: Uint8Array;
  /** INTEGER, DER. */
  nonce?: Uint8Array;
  /** Whether the token must contain the certificates. */
  certReq: boolean;
}

/** Why a request is rejected: a bit of PKIFailureInfo, with a message. */
export class Rejection extends Error {
  readonly bit: number;

  constructor(bit: number, message: string) {
    super(message);
    this.bit = bit;
  }
}

/** The content that all tokens of a TSA share. */
export interface TokenProfile {
  policy: string;
  /** In milliseconds; left out of the tokens when undefined. */
  accuracy: number | undefined;
  key: SigningKey;
  leaf: Certificate;
  /** The certificates that a token contains if the request has certReq, leaf first. */
  chain: readonly Certificate[];
}

/**
 * Parses a TimeStampReq.
 * @throws Rejection, and NotationError for a malformed request
 */
export function readRequest(bytes: Uint8Array, policy: string): TimestampRequest {
  const outer = new DerReader(bytes, 'timestamp request', 'ERR_TIMESTAMP_INVALID');
  const request = outer.enter(Tag.sequence);
  outer.end();
  if (readSmallInteger(request) !== 1) throw new Rejection(2, 'the version is not 1');
  const imprint = request.read(Tag.sequence);
  checkImprint(request.inside(imprint.content));
  if (request.peek() === Tag.oid && readOid(request) !== policy) throw new Rejection(15, 'unknown policy');
  const nonce = request.peek() === Tag.integer ? element(Tag.integer, readInteger(request)) : undefined;
  const certReq = request.peek() === Tag.boolean && readBoolean(request);
  if (request.peek() === contextTag(0)) throw new Rejection(16, 'unknown extension');
  request.end();
  return { imprint: imprint.bytes, certReq, ...(nonce && { nonce }) };
}

function checkImprint(imprint: DerReader): void {
  const oid = readOid(imprint.enter(Tag.sequence));
  const name = hashNamed(oid);
  if (!name) throw new Rejection(0, 'unknown hash function');
  const { length } = imprint.read(Tag.octetString).content;
  imprint.end();
  if (length * 8 !== Number(name.slice(4)))
    throw new Rejection(5, 'the length of the hash does not fit its function');
}

/** Makes a TimeStampResp with a token. */
export async function grant(
  request: TimestampRequest,
  time: Date,
  profile: TokenProfile,
): Promise<Uint8Array> {
  return sequence(sequence(smallInteger(0)), await signToken(request, time, profile));
}

/** Makes a TimeStampResp without a token. */
export function reject({ bit, message }: Rejection): Uint8Array {
  const bytes = new Uint8Array((bit >> 3) + 2);
  bytes[0] = 7 - (bit & 7);
  bytes[bytes.length - 1] = 0x80 >> (bit & 7);
  const text = sequence(element(Tag.utf8String, encodeUtf8(message)));
  return sequence(sequence(smallInteger(2), text, element(Tag.bitString, bytes)));
}

async function signToken(request: TimestampRequest, time: Date, profile: TokenProfile): Promise<Uint8Array> {
  const { hash } = profile.key.algorithm;
  const digestAlgorithm = algorithmIdentifier(hashIdentifier(hash));
  const info = tstInfo(request, time, profile);
  const attributes = await signedAttributes(info, profile);
  const signerInfo = sequence(
    smallInteger(1),
    sequence(profile.leaf.issuer.der, serialNumberOf(profile.leaf)),
    digestAlgorithm,
    element(contextTag(0), ...attributes),
    signatureIdentifier(profile.key),
    element(Tag.octetString, await signBytes(profile.key, element(Tag.set, ...attributes))),
  );
  const signedData = sequence(
    smallInteger(3),
    element(Tag.set, digestAlgorithm),
    sequence(objectIdentifier(Oid.tstInfo), element(contextTag(0), element(Tag.octetString, info))),
    ...(request.certReq ? [element(contextTag(0), ...profile.chain.map(({ der }) => der))] : []),
    element(Tag.set, signerInfo),
  );
  return sequence(objectIdentifier(Oid.signedData), element(contextTag(0), signedData));
}

function tstInfo(
  { imprint, nonce }: TimestampRequest,
  time: Date,
  { policy, accuracy }: TokenProfile,
): Uint8Array {
  const serialNumber = globalThis.crypto.getRandomValues(new Uint8Array(16));
  serialNumber[0] = ((serialNumber[0] ?? 0) & 0x3f) | 0x40;
  return sequence(
    smallInteger(1),
    objectIdentifier(policy),
    imprint,
    unsignedInteger(serialNumber),
    element(Tag.generalizedTime, encodeUtf8(timeText(time))),
    ...(accuracy === undefined ? [] : [accuracyOf(accuracy)]),
    ...(nonce ? [nonce] : []),
  );
}

/** Formats a GeneralizedTime: no trailing zeros, and no fraction if it is zero (RFC 3161, section 2.4.2). */
function timeText(time: Date): string {
  const [date = '', fraction = ''] = time
    .toISOString()
    .replace(/[-:TZ]/g, '')
    .split('.');
  const significant = trimEnd(fraction, '0');
  return `${date}${significant && `.${significant}`}Z`;
}

/** Parts that are zero are left out, except the seconds of an accuracy of zero. */
function accuracyOf(milliseconds: number): Uint8Array {
  const millis = milliseconds % 1000;
  const seconds = (milliseconds - millis) / 1000;
  return sequence(
    ...(seconds > 0 || millis === 0 ? [smallInteger(seconds)] : []),
    ...(millis > 0 ? [element(contextTag(0, false), smallInteger(millis).subarray(2))] : []),
  );
}

/** Returns the attributes in the order of a DER SET OF. */
async function signedAttributes(info: Uint8Array, { key, leaf }: TokenProfile): Promise<Uint8Array[]> {
  const issuer = sequence(element(contextTag(4), leaf.issuer.der));
  const id = sequence(
    element(Tag.octetString, await hashOf('SHA-256', leaf.der)),
    sequence(issuer, serialNumberOf(leaf)),
  );
  const attributes = [
    attribute(Oid.contentType, objectIdentifier(Oid.tstInfo)),
    attribute(Oid.messageDigest, element(Tag.octetString, await hashOf(key.algorithm.hash, info))),
    attribute(Oid.signingCertificateV2, sequence(sequence(id))),
  ];
  return attributes.sort(compareBytes);
}

function attribute(oid: string, value: Uint8Array): Uint8Array {
  return sequence(objectIdentifier(oid), element(Tag.set, value));
}

function serialNumberOf({ serialNumber }: Certificate): Uint8Array {
  return element(Tag.integer, decodeHex(serialNumber));
}

/** Reports whether a value is a dotted object identifier that can be encoded here. */
export function isObjectIdentifier(value: unknown): value is string {
  return typeof value === 'string' && /^[0-2]\.[1-3]?\d(?:\.(?:0|[1-9]\d{0,8})){1,20}$/.test(value);
}
