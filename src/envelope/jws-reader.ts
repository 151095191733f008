import { signatureAlgorithms } from '../crypto/algorithms.ts';
import { decodeBase64, decodeBase64Url } from '../encoding/base64.ts';
import { encodeUtf8 } from '../encoding/bytes.ts';
import { conform, rejectLookalikes } from '../encoding/document.ts';
import { parseJson } from '../encoding/json.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { isNotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { AttributeName, checkSignedAttributes, envelopeInvalid, mustNotBeCritical } from './attributes.ts';
import { checkPartSize, MAX_VALUES } from './limits.ts';
import type { ReadChain, SignatureEnvelope } from './model.ts';
import { checkPayloadSize } from './payload.ts';
import { parseRfc3339 } from './rfc3339.ts';

const envelopeSchema = /* @__PURE__ */ lazy(() =>
  s.strictObject({
    payload: s.string(),
    protected: s.string(),
    header: s.looseObject({
      x5c: s.array(s.string(), { min: 1 }),
      [AttributeName.timestampSignature]: s.optional(s.string()),
      [AttributeName.signingAgent]: s.optional(s.string()),
    }),
    signature: s.string(),
  }),
);

const protectedMembers = /* @__PURE__ */ lazy(() => ({
  alg: s.string(),
  cty: s.string(),
  crit: s.array(s.string()),
  [AttributeName.signingScheme]: s.string(),
  [AttributeName.signingTime]: s.optional(s.string()),
  [AttributeName.authenticSigningTime]: s.optional(s.string()),
  [AttributeName.expiry]: s.optional(s.string()),
}));

/** Without the signing agent: it decides nothing, and old signatures spell it `io.cncf.notary.SigningAgent`. */
const UNPROTECTED_NAMES = ['x5c', AttributeName.timestampSignature];
/** The header parameters of RFC 7515, which must not be marked critical (section 4.1.11; rule JWS-5). */
export const REGISTERED_NAMES = new Set('alg jku jwk kid x5u x5c x5t x5t#S256 typ cty crit'.split(' '));

/** Reads a JWS signature envelope (specification "JWS signature envelope"; RFC 7515, flattened JSON serialization). */
export function parseJws(bytes: Uint8Array, readChain: ReadChain): SignatureEnvelope {
  return withEnvelopeErrors(() => parse(bytes, readChain));
}

function parse(bytes: Uint8Array, readChain: ReadChain): SignatureEnvelope {
  checkPartSize('JWS signature envelope', bytes.length);
  const envelope = conform(
    envelopeSchema(),
    parseJson(bytes, 'JWS envelope', MAX_VALUES),
    'JWS envelope',
    'ERR_ENVELOPE_INVALID',
  );
  const { header } = envelope;
  rejectLookalikes(Object.keys(header), UNPROTECTED_NAMES, 'JWS header', 'ERR_ENVELOPE_INVALID');
  checkPartSize('certificate chain', header.x5c.length);
  const token = header[AttributeName.timestampSignature];
  if (token) checkPartSize('timestamp token', decodedSize(token));
  const signingAgent = header[AttributeName.signingAgent];
  checkPartSize('signature', decodedSize(envelope.signature));
  const signature = decodeBase64Url(envelope.signature, 'signature');
  if (signature.length === 0) throw envelopeInvalid('it has no signature');
  const { names, ...signed } = parseProtected(envelope.protected);
  const twice = names.find((name) => Object.hasOwn(header, name));
  if (twice !== undefined)
    throw envelopeInvalid(`its header ${quote(twice)} is both protected and unprotected`);
  return {
    mediaType: 'application/jose+json',
    ...signed,
    payload: decodePayload(envelope.payload),
    unsignedAttributes: {
      ...(signingAgent && { signingAgent }),
      ...(token && { timestampSignature: decodeBase64(token, 'timestamp') }),
    },
    certificates: readChain(header.x5c.map(decodeCertificate)),
    signedBytes: encodeUtf8(`${envelope.protected}.${envelope.payload}`),
    signature,
  };
}

/** Returns the size of a decoded base64 string before it is decoded. */
function decodedSize(text: string): number {
  return Math.floor(text.length * 0.75);
}

function decodeCertificate(text: string): Uint8Array {
  checkPartSize('certificate', decodedSize(text));
  return decodeBase64(text, 'certificate');
}

function decodePayload(encoded: string): Uint8Array {
  checkPayloadSize(decodedSize(encoded));
  const payload = decodeBase64Url(encoded, 'payload');
  if (payload.length === 0) throw envelopeInvalid('its payload is empty');
  return payload;
}

function parseProtected(
  encoded: string,
): Pick<SignatureEnvelope, 'algorithm' | 'contentType' | 'signedAttributes'> & { names: string[] } {
  checkPartSize('protected header', decodedSize(encoded));
  const json = parseJson(
    decodeBase64Url(encoded, 'JWS protected header'),
    'JWS protected header',
    MAX_VALUES,
  );
  const headers = conform(
    s.looseObject(protectedMembers()),
    json,
    'JWS protected header',
    'ERR_ENVELOPE_INVALID',
  );
  const names = Object.keys(headers);
  const known = Object.keys(protectedMembers());
  rejectLookalikes(names, known, 'JWS protected header', 'ERR_ENVELOPE_INVALID');
  const algorithm = signatureAlgorithms.find((row) => row.name === headers.alg);
  if (!algorithm) throw envelopeInvalid(`its algorithm ${quote(headers.alg)} is not allowed`);
  const registered = headers.crit.find((name) => REGISTERED_NAMES.has(name));
  if (registered !== undefined) throw envelopeInvalid(mustNotBeCritical(registered));
  const signedAttributes = checkSignedAttributes({
    signingScheme: headers[AttributeName.signingScheme],
    signingTime: time(headers[AttributeName.signingTime]),
    authenticSigningTime: time(headers[AttributeName.authenticSigningTime]),
    expiry: time(headers[AttributeName.expiry]),
    critical: headers.crit,
    others: new Map(names.filter((name) => !known.includes(name)).map((name) => [name, headers[name]])),
  });
  return { algorithm, contentType: headers.cty, signedAttributes, names };
}

function time(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const parsed = parseRfc3339(text);
  if (!parsed) throw envelopeInvalid(`its time ${quote(text)} is not in the form of RFC 3339`);
  return parsed;
}

/** Turns the errors of decoders into errors of the envelope. */
function withEnvelopeErrors<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!isNotationError(cause, 'ERR_ENCODING_INVALID')) throw cause;
    throw envelopeInvalid(cause.message, cause);
  }
}
