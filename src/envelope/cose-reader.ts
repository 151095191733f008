import { signatureAlgorithms } from '../crypto/algorithms.ts';
import { concatBytes, encodeUtf8 } from '../encoding/bytes.ts';
import { quote } from '../errors/quote.ts';
import {
  AttributeName,
  checkSignedAttributes,
  envelopeInvalid,
  keyText,
  mustNotBeCritical,
  type UnsignedAttributes,
} from './attributes.ts';
import { byteStringHead } from './cbor-encode.ts';
import { readCbor } from './cbor-reader.ts';
import { checkPartSize } from './limits.ts';
import type { ReadChain, SignatureEnvelope } from './model.ts';
import { checkPayloadSize } from './payload.ts';

/** The first bytes of every envelope: the tag 18 of COSE_Sign1, and an array of four. */
export const COSE_SIGN1_TAG = 0xd2;
const ARRAY_OF_FOUR = 0x84;
const TEXT_OF_TEN = 0x6a;
const EMPTY_BYTE_STRING = 0x40;

/** Header parameters (RFC 9052, section 3.1; RFC 9360). */
export const Label = {
  algorithm: 1,
  critical: 2,
  contentType: 3,
  keyId: 4,
  iv: 5,
  partialIv: 6,
  type: 16,
  x5chain: 33,
} as const;
const BYTE_STRING_LABELS = [Label.keyId, Label.iv, Label.partialIv];
const COUNTERSIGNATURE_LABELS = [7, 9, 11, 12];

export type Label = string | number;
type Headers = Map<Label, unknown>;

/**
 * Reads a COSE signature envelope (specification "COSE signature envelope"; RFC 9052).
 * @see docs/specification.md, rules ENV-18, COSE-1, RFC-2
 */
export function parseCose(bytes: Uint8Array, readChain: ReadChain): SignatureEnvelope {
  if (bytes[0] !== COSE_SIGN1_TAG || bytes[1] !== ARRAY_OF_FOUR) {
    throw envelopeInvalid('it does not start with the tag of COSE_Sign1 and an array of four');
  }
  const [rawProtected, unprotected, payload, signature] = readSign1(bytes.subarray(1));
  checkPartSize('protected header', rawProtected.length);
  checkPayloadSize(payload.length);
  checkPartSize('signature', signature.length);
  const headers = readCbor(rawProtected, 'COSE protected header', true);
  if (!isHeaders(headers)) throw envelopeInvalid('its protected header is not a map');
  checkStandardHeaders(headers, unprotected);
  for (const label of headers.keys()) {
    if (unprotected.has(label))
      throw envelopeInvalid(`its header ${keyText(label)} is both protected and unprotected`);
  }
  return {
    mediaType: 'application/cose',
    ...readProtected(headers),
    payload,
    unsignedAttributes: readUnsigned(unprotected),
    certificates: readChain(chainOf(unprotected.get(Label.x5chain))),
    signedBytes: sigStructure(rawProtected, payload),
    signature,
  };
}

function readSign1(bytes: Uint8Array): [Uint8Array, Headers, Uint8Array, Uint8Array] {
  const items = readCbor(bytes, 'COSE envelope');
  if (!Array.isArray(items) || items.length !== 4) throw envelopeInvalid('it is not an array of four');
  const [rawProtected, unprotected, payload, signature]: unknown[] = items;
  if (!(rawProtected instanceof Uint8Array))
    throw envelopeInvalid('its protected header is not a byte string');
  if (!isHeaders(unprotected)) throw envelopeInvalid('its unprotected header is not a map');
  if (!(payload instanceof Uint8Array) || payload.length === 0)
    throw envelopeInvalid('its payload is detached or empty');
  if (!(signature instanceof Uint8Array) || signature.length === 0)
    throw envelopeInvalid('it has no signature');
  return [rawProtected, unprotected, payload, signature];
}

function isHeaders(value: unknown): value is Headers {
  return value instanceof Map;
}

/**
 * Sig_structure with an empty external_aad (RFC 9052, section 4.4; rule COSE-9). Its bytes are put together here, so that
 * those who only verify have no encoder.
 */
export function sigStructure(rawProtected: Uint8Array, payload: Uint8Array): Uint8Array {
  return concatBytes(
    Uint8Array.of(ARRAY_OF_FOUR, TEXT_OF_TEN),
    encodeUtf8('Signature1'),
    byteStringHead(rawProtected),
    rawProtected,
    Uint8Array.of(EMPTY_BYTE_STRING),
    byteStringHead(payload),
    payload,
  );
}

/**
 * Checks the header parameters of RFC 9052, RFC 9338 and RFC 9596 that have no use here, as the reference does.
 * Countersignatures, which the reference ignores, are rejected because nobody would verify them.
 */
function checkStandardHeaders(headers: Headers, unprotected: Headers): void {
  for (const label of BYTE_STRING_LABELS) {
    const given = [headers, unprotected].filter((map) => map.has(label)).map((map) => map.get(label));
    if (!given.every((value) => value instanceof Uint8Array)) {
      throw envelopeInvalid(`its header ${label} is not a byte string`);
    }
  }
  const has = (label: Label): boolean => headers.has(label) || unprotected.has(label);
  if (has(Label.iv) && has(Label.partialIv)) throw envelopeInvalid('it has both an IV and a partial IV');
  const countersignature = COUNTERSIGNATURE_LABELS.find(has);
  if (countersignature !== undefined)
    throw envelopeInvalid(`it has the countersignature ${countersignature}`);
  for (const map of [headers, unprotected]) {
    const type = map.get(Label.type);
    if (map.has(Label.type) && !isMediaType(type))
      throw envelopeInvalid(`its header ${Label.type} is not a media type`);
  }
}

/** Accepts a string, or the number of a CoAP content format. */
function isMediaType(type: unknown): boolean {
  if (typeof type === 'number') return Number.isInteger(type) && type >= 0;
  return typeof type === 'string' && /^[^ /][^/]*\/(?:[^/]*[^ /])?$/.test(type);
}

function readProtected(
  headers: Headers,
): Pick<SignatureEnvelope, 'algorithm' | 'contentType' | 'signedAttributes'> {
  const others = new Map(headers);
  const take = (label: Label): unknown => {
    const value = others.get(label);
    if (others.delete(label) && value === undefined)
      throw envelopeInvalid(`its header ${keyText(label)} is undefined`);
    return value;
  };
  const identifier = take(Label.algorithm);
  const algorithm = signatureAlgorithms.find((row) => row.cose === identifier);
  if (!algorithm) throw envelopeInvalid(`its algorithm ${quote(identifier)} is not allowed`);
  const contentType = take(Label.contentType);
  if (typeof contentType !== 'string') throw envelopeInvalid('it has no content type');
  const critical = take(Label.critical);
  if (!Array.isArray(critical) || !critical.every(isLabel))
    throw envelopeInvalid('it does not say what is critical');
  const standard = critical.find((label) => typeof label === 'number' && label >= 0 && label <= 8);
  if (standard !== undefined) throw envelopeInvalid(mustNotBeCritical(standard));
  const signedAttributes = checkSignedAttributes({
    signingScheme: take(AttributeName.signingScheme),
    signingTime: time(take(AttributeName.signingTime)),
    authenticSigningTime: time(take(AttributeName.authenticSigningTime)),
    expiry: time(take(AttributeName.expiry)),
    critical,
    others,
  });
  return { algorithm, contentType, signedAttributes };
}

/** The CBOR reader returns a Date for an epoch time under tag 1 only. */
function time(value: unknown): Date | undefined {
  if (value === undefined || value instanceof Date) return value;
  throw envelopeInvalid('it has a time that is not under the tag of an epoch time');
}

function isLabel(value: unknown): value is Label {
  return typeof value === 'string' || Number.isInteger(value);
}

function readUnsigned(headers: Headers): UnsignedAttributes {
  const signingAgent = headers.get(AttributeName.signingAgent);
  const timestampSignature = headers.get(AttributeName.timestampSignature);
  if (timestampSignature !== undefined && !(timestampSignature instanceof Uint8Array)) {
    throw envelopeInvalid('its timestamp is not a byte string');
  }
  checkPartSize('timestamp token', timestampSignature?.length ?? 0);
  return {
    // It must not be validated (signature specification, "Unsigned Attributes").
    ...(typeof signingAgent === 'string' && signingAgent && { signingAgent }),
    ...(timestampSignature?.length && { timestampSignature }),
  };
}

function chainOf(chain: unknown): Uint8Array[] {
  if (!Array.isArray(chain) || chain.length === 0) throw envelopeInvalid('it has no certificate chain');
  checkPartSize('certificate chain', chain.length);
  return chain.map((der: unknown) => {
    if (!(der instanceof Uint8Array))
      throw envelopeInvalid('a certificate of its chain is not a byte string');
    return der;
  });
}
