import { contextTag, DerReader, Tag } from '../asn1/der-reader.ts';
import {
  algorithmIdentifier,
  element,
  objectIdentifier,
  sequence,
  unsignedInteger,
} from '../asn1/der-writer.ts';
import { writeEcdsaSignature } from '../asn1/ecdsa-signature.ts';
import { Oid } from '../asn1/oids.ts';
import { readBoolean, readInteger, readOid, readSmallInteger } from '../asn1/values.ts';
import { hash as hashOf } from '../crypto/digest.ts';
import { bufferSource, subtle } from '../crypto/subtle.ts';
import { compareBytes, encodeUtf8 } from '../encoding/bytes.ts';
import { decodeHex } from '../encoding/hex.ts';
import type { Certificate } from '../x509/certificate.ts';
import { hashIdentifier, hashNamed } from '../x509/signature.ts';
import type { SigningKey } from './key.ts';

const RSA_OIDS = {
  'SHA-256': Oid.sha256WithRsa,
  'SHA-384': Oid.sha384WithRsa,
  'SHA-512': Oid.sha512WithRsa,
} as const;
const ECDSA_OIDS = {
  'SHA-256': Oid.ecdsaWithSha256,
  'SHA-384': Oid.ecdsaWithSha384,
  'SHA-512': Oid.ecdsaWithSha512,
} as const;

/** What a TimeStampReq asks for (RFC 3161, section 2.4.1). */
export interface TimestampQuery {
  /** MessageImprint, DER. */
  imprint: Uint8Array;
  /** INTEGER, DER. */
  nonce?: Uint8Array;
  /** Whether the certificates are to come along. */
  certReq: boolean;
}

/** Why a request is refused: a bit of PKIFailureInfo, with a text. */
export class Refusal extends Error {
  readonly bit: number;

  constructor(bit: number, text: string) {
    super(text);
    this.bit = bit;
  }
}

/** What the authority says in every token, and who it is. */
export interface TokenTerms {
  policy: string;
  /** In milliseconds; left out of the tokens when undefined. */
  accuracy: number | undefined;
  key: SigningKey;
  leaf: Certificate;
  /** Certificates that come along when they are asked for, leaf first. */
  chain: readonly Certificate[];
}

/**
 * Reads a TimeStampReq.
 * @throws Refusal, and NotationError for one that is malformed
 */
export function readQuery(bytes: Uint8Array, policy: string): TimestampQuery {
  const outer = new DerReader(bytes, 'timestamp request', 'ERR_TIMESTAMP_INVALID');
  const request = outer.enter(Tag.sequence);
  outer.end();
  if (readSmallInteger(request) !== 1) throw new Refusal(2, 'the version is not 1');
  const imprint = request.read(Tag.sequence);
  checkImprint(request.inside(imprint.content));
  if (request.peek() === Tag.oid && readOid(request) !== policy) throw new Refusal(15, 'unknown policy');
  const nonce = request.peek() === Tag.integer ? element(Tag.integer, readInteger(request)) : undefined;
  const certReq = request.peek() === Tag.boolean && readBoolean(request);
  if (request.peek() === contextTag(0)) throw new Refusal(16, 'unknown extension');
  request.end();
  return { imprint: imprint.bytes, certReq, ...(nonce && { nonce }) };
}

function checkImprint(imprint: DerReader): void {
  const oid = readOid(imprint.enter(Tag.sequence));
  const name = hashNamed(oid);
  if (!name) throw new Refusal(0, 'unknown hash function');
  const { length } = imprint.read(Tag.octetString).content;
  imprint.end();
  if (length * 8 !== Number(name.slice(4)))
    throw new Refusal(5, 'the hash has not the length of its function');
}

/** TimeStampResp with a token. */
export async function grant(query: TimestampQuery, time: Date, terms: TokenTerms): Promise<Uint8Array> {
  return sequence(sequence(smallInteger(0)), await signToken(query, time, terms));
}

/** TimeStampResp without one. */
export function refuse({ bit, message }: Refusal): Uint8Array {
  const bytes = new Uint8Array((bit >> 3) + 2);
  bytes[0] = 7 - (bit & 7);
  bytes[bytes.length - 1] = 0x80 >> (bit & 7);
  const text = sequence(element(Tag.utf8String, encodeUtf8(message)));
  return sequence(sequence(smallInteger(2), text, element(Tag.bitString, bytes)));
}

async function signToken(query: TimestampQuery, time: Date, terms: TokenTerms): Promise<Uint8Array> {
  const { hash } = terms.key.algorithm;
  const digestAlgorithm = algorithmIdentifier(hashIdentifier(hash));
  const info = tstInfo(query, time, terms);
  const attributes = await signedAttributes(info, terms);
  const signerInfo = sequence(
    smallInteger(1),
    sequence(terms.leaf.issuer.der, serialNumberOf(terms.leaf)),
    digestAlgorithm,
    element(contextTag(0), ...attributes),
    signatureIdentifier(terms.key),
    element(Tag.octetString, await sign(terms.key, element(Tag.set, ...attributes))),
  );
  const signedData = sequence(
    smallInteger(3),
    element(Tag.set, digestAlgorithm),
    sequence(objectIdentifier(Oid.tstInfo), element(contextTag(0), element(Tag.octetString, info))),
    ...(query.certReq ? [element(contextTag(0), ...terms.chain.map(({ der }) => der))] : []),
    element(Tag.set, signerInfo),
  );
  return sequence(objectIdentifier(Oid.signedData), element(contextTag(0), signedData));
}

function tstInfo(
  { imprint, nonce }: TimestampQuery,
  time: Date,
  { policy, accuracy }: TokenTerms,
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

/** GeneralizedTime; a fraction has no zeros at its end, and none is left out whole (RFC 3161, section 2.4.2). */
function timeText(time: Date): string {
  const [date = '', fraction = ''] = time
    .toISOString()
    .replace(/[-:TZ]/g, '')
    .split('.');
  const significant = fraction.replace(/0+$/, '');
  return `${date}${significant && `.${significant}`}Z`;
}

/** Parts that are zero are left out, but for the seconds of an accuracy of zero. */
function accuracyOf(milliseconds: number): Uint8Array {
  const millis = milliseconds % 1000;
  const seconds = (milliseconds - millis) / 1000;
  return sequence(
    ...(seconds > 0 || millis === 0 ? [smallInteger(seconds)] : []),
    ...(millis > 0 ? [element(contextTag(0, false), smallInteger(millis).subarray(2))] : []),
  );
}

/** In the order of a SET OF in DER. */
async function signedAttributes(info: Uint8Array, { key, leaf }: TokenTerms): Promise<Uint8Array[]> {
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

async function sign({ keys, algorithm }: SigningKey, bytes: Uint8Array): Promise<Uint8Array> {
  const raw = new Uint8Array(await subtle().sign(algorithm, keys.privateKey, bufferSource(bytes)));
  return algorithm.name === 'ECDSA' ? writeEcdsaSignature(raw) : raw;
}

function signatureIdentifier({ algorithm: { name, hash } }: SigningKey): Uint8Array {
  if (name === 'ECDSA') return sequence(objectIdentifier(ECDSA_OIDS[hash]));
  return algorithmIdentifier(RSA_OIDS[hash]);
}

function serialNumberOf({ serialNumber }: Certificate): Uint8Array {
  return element(Tag.integer, decodeHex(serialNumber));
}

/** INTEGER from 0 up. */
function smallInteger(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return unsignedInteger(bytes);
}

/** Whether a text is a dotted object identifier that can be encoded here. */
export function isObjectIdentifier(text: unknown): text is string {
  return typeof text === 'string' && /^[0-2]\.[1-3]?\d(?:\.(?:0|[1-9]\d{0,8})){1,20}$/.test(text);
}
