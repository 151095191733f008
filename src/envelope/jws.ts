import * as z from 'zod/mini';
import { signatureAlgorithms } from '../crypto/algorithms.ts';
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from '../encoding/base64.ts';
import { encodeUtf8 } from '../encoding/bytes.ts';
import { parseJson } from '../encoding/json.ts';
import { conform, refuseLookalikes } from '../encoding/schema.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { AttributeName, checkNewAttribute, checkSignedAttributes } from './attributes.ts';
import { checkPartSize, MAX_VALUES } from './limits.ts';
import type {
  EnvelopeContent,
  EnvelopeFormat,
  ReadChain,
  SignatureEnvelope,
  UnsignedEnvelope,
} from './model.ts';
import { checkPayloadSize, PAYLOAD_MEDIA_TYPE } from './payload.ts';
import { formatRfc3339, parseRfc3339 } from './rfc3339.ts';

const UnprotectedHeader = z.looseObject({
  x5c: z.array(z.string()).check(z.minLength(1)),
  [AttributeName.timestampSignature]: z.optional(z.string()),
  [AttributeName.signingAgent]: z.optional(z.string()),
});

const Envelope = z.strictObject({
  payload: z.string(),
  protected: z.string(),
  header: UnprotectedHeader,
  signature: z.string(),
});

const ProtectedHeader = z.looseObject({
  alg: z.string(),
  cty: z.string(),
  crit: z.array(z.string()),
  [AttributeName.signingScheme]: z.string(),
  [AttributeName.signingTime]: z.optional(z.string()),
  [AttributeName.authenticSigningTime]: z.optional(z.string()),
  [AttributeName.expiry]: z.optional(z.string()),
});

/** Not the signing agent: it decides nothing, and old signatures exist that write it `io.cncf.notary.SigningAgent`. */
const UNPROTECTED_NAMES = ['x5c', AttributeName.timestampSignature];
const PROTECTED_NAMES = Object.keys(ProtectedHeader.shape);
/** The header parameters of RFC 7515, which must not be marked critical (section 4.1.11). */
const REGISTERED_NAMES = new Set('alg jku jwk kid x5u x5c x5t x5t#S256 typ cty crit'.split(' '));

/** The JWS signature envelope (specification "JWS signature envelope"; RFC 7515, flattened JSON serialization). */
export const jws: EnvelopeFormat = {
  mediaType: 'application/jose+json',

  parse(bytes, readChain) {
    return explained(() => parse(bytes, readChain));
  },

  prepare,
};

function parse(bytes: Uint8Array, readChain: ReadChain): SignatureEnvelope {
  checkPartSize('JWS signature envelope', bytes.length);
  const envelope = conform(
    Envelope,
    parseJson(bytes, 'JWS envelope', MAX_VALUES),
    'JWS envelope',
    'ERR_ENVELOPE_INVALID',
  );
  const { header } = envelope;
  refuseLookalikes(Object.keys(header), UNPROTECTED_NAMES, 'JWS header', 'ERR_ENVELOPE_INVALID');
  checkPartSize('certificate chain', header.x5c.length);
  const token = header[AttributeName.timestampSignature];
  if (token) checkPartSize('time-stamp token', decodedSize(token));
  const signingAgent = header[AttributeName.signingAgent];
  checkPartSize('signature', decodedSize(envelope.signature));
  const signature = decodeBase64Url(envelope.signature, 'signature');
  if (signature.length === 0) throw invalid('it has no signature');
  const { names, ...signed } = parseProtected(envelope.protected);
  const twice = names.find((name) => Object.hasOwn(header, name));
  if (twice !== undefined) {
    throw invalid(`the header ${JSON.stringify(twice.slice(0, 80))} is both protected and unprotected`);
  }
  return {
    mediaType: 'application/jose+json',
    ...signed,
    payload: decodePayload(envelope.payload),
    unsignedAttributes: {
      ...(signingAgent && { signingAgent }),
      ...(token && { timestampSignature: decodeBase64(token, 'time-stamp') }),
    },
    certificates: readChain(header.x5c.map(decodeCertificate)),
    signedBytes: encodeUtf8(`${envelope.protected}.${envelope.payload}`),
    signature,
  };
}

/** Octets that a base64 text stands for, known before they are there. */
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
  if (payload.length === 0) throw invalid('its payload is empty');
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
  const headers = conform(ProtectedHeader, json, 'JWS protected header', 'ERR_ENVELOPE_INVALID');
  const names = Object.keys(headers);
  refuseLookalikes(names, PROTECTED_NAMES, 'JWS protected header', 'ERR_ENVELOPE_INVALID');
  const algorithm = signatureAlgorithms.find((row) => row.name === headers.alg);
  if (!algorithm) throw invalid(`its algorithm ${JSON.stringify(headers.alg.slice(0, 80))} is not allowed`);
  const registered = headers.crit.find((name) => REGISTERED_NAMES.has(name));
  if (registered !== undefined) throw invalid(`it marks "${registered}" as critical, which it must not`);
  const signedAttributes = checkSignedAttributes({
    signingScheme: headers[AttributeName.signingScheme],
    signingTime: time(headers[AttributeName.signingTime]),
    authenticSigningTime: time(headers[AttributeName.authenticSigningTime]),
    expiry: time(headers[AttributeName.expiry]),
    critical: headers.crit,
    others: new Map(
      names.filter((name) => !PROTECTED_NAMES.includes(name)).map((name) => [name, headers[name]]),
    ),
  });
  return { algorithm, contentType: headers.cty, signedAttributes, names };
}

function time(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const parsed = parseRfc3339(text);
  if (!parsed) throw invalid(`its time ${JSON.stringify(text.slice(0, 64))} is not in the form of RFC 3339`);
  return parsed;
}

function prepare(content: EnvelopeContent, algorithm: SignatureEnvelope['algorithm']): UnsignedEnvelope {
  const authentic = content.signingScheme === 'notary.x509.signingAuthority';
  const timeName = authentic ? AttributeName.authenticSigningTime : AttributeName.signingTime;
  const crit: string[] = [AttributeName.signingScheme];
  if (authentic) crit.push(AttributeName.authenticSigningTime);
  if (content.expiry) crit.push(AttributeName.expiry);
  const headers: Record<string, unknown> = {
    alg: algorithm.name,
    cty: PAYLOAD_MEDIA_TYPE,
    crit,
    [AttributeName.signingScheme]: content.signingScheme,
    [timeName]: formatRfc3339(content.signingTime),
    ...(content.expiry && { [AttributeName.expiry]: formatRfc3339(content.expiry) }),
  };
  for (const { key, value, critical } of content.extended ?? []) {
    checkNewAttribute(key, Object.hasOwn(headers, key) || REGISTERED_NAMES.has(String(key)));
    if (typeof key !== 'string') {
      throw new NotationError('ERR_ARGUMENT_INVALID', `the attribute ${key} is not named by a text`);
    }
    headers[key] = value;
    if (critical) crit.push(key);
  }
  const encodedHeaders = encodeBase64Url(encodeUtf8(toJson(headers)));
  const encodedPayload = encodeBase64Url(content.payload);
  return {
    signedBytes: encodeUtf8(`${encodedHeaders}.${encodedPayload}`),
    finish(signature, certificates, { signingAgent, timestampSignature }) {
      const header = {
        ...(timestampSignature && { [AttributeName.timestampSignature]: encodeBase64(timestampSignature) }),
        x5c: certificates.map(encodeBase64),
        ...(signingAgent && { [AttributeName.signingAgent]: signingAgent }),
      };
      const envelope = { payload: encodedPayload, protected: encodedHeaders, header };
      return encodeUtf8(JSON.stringify({ ...envelope, signature: encodeBase64Url(signature) }));
    },
  };
}

function toJson(headers: Record<string, unknown>): string {
  for (const [key, value] of Object.entries(headers)) {
    if (!isJson(value)) {
      throw new NotationError('ERR_ARGUMENT_INVALID', `the attribute ${key} has a value that is not JSON`);
    }
  }
  return JSON.stringify(headers);
}

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

/** Errors of the decoders below become errors of the envelope. */
function explained<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!isNotationError(cause, 'ERR_ENCODING_INVALID')) throw cause;
    throw new NotationError('ERR_ENVELOPE_INVALID', cause.message, { cause });
  }
}

function invalid(reason: string): NotationError {
  return new NotationError('ERR_ENVELOPE_INVALID', `the JWS signature envelope is invalid: ${reason}`);
}
