import type { SignatureAlgorithm } from '../crypto/algorithms.ts';
import { encodeBase64, encodeBase64Url } from '../encoding/base64.ts';
import { encodeUtf8 } from '../encoding/bytes.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { AttributeName, checkNewAttribute } from './attributes.ts';
import { parseJws, REGISTERED_NAMES } from './jws-reader.ts';
import type { EnvelopeContent, EnvelopeFormat, UnsignedEnvelope } from './model.ts';
import { PAYLOAD_MEDIA_TYPE } from './payload.ts';
import { formatRfc3339 } from './rfc3339.ts';

/**
 * The JWS signature envelope (specification "JWS signature envelope"; RFC 7515, flattened JSON serialization). Code
 * that only verifies imports `parseJws` instead, so that its bundle contains no code for signing.
 */
export const jws: EnvelopeFormat = { mediaType: 'application/jose+json', parse: parseJws, prepare };

function prepare(content: EnvelopeContent, algorithm: SignatureAlgorithm): UnsignedEnvelope {
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
    if (typeof key !== 'string') throw argumentInvalid(`the name of the attribute ${key} is not a string`);
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
    if (!isJson(value)) throw argumentInvalid(`the value of the attribute ${quote(key)} is not JSON`);
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
