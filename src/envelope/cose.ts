import type { SignatureAlgorithm } from '../crypto/algorithms.ts';
import { isBytes } from '../encoding/bytes.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { AttributeName, checkNewAttribute, keyText } from './attributes.ts';
import { type CborValue, EpochTime, encodeCbor } from './cbor-encode.ts';
import { COSE_SIGN1_TAG, Label, parseCose, sigStructure } from './cose-reader.ts';
import type { EnvelopeContent, EnvelopeFormat, UnsignedEnvelope } from './model.ts';
import { PAYLOAD_MEDIA_TYPE } from './payload.ts';

/** Labels that an extended attribute must not have: they have rules of their own. */
const RESERVED_LABELS = new Set<Label>([0, 1, 2, 3, 4, 5, 6, 7, 8, Label.x5chain]);

/**
 * The COSE signature envelope (specification "COSE signature envelope"; RFC 9052). Code that only verifies imports
 * `parseCose` instead, so that its bundle contains no code for signing.
 */
export const cose: EnvelopeFormat = { mediaType: 'application/cose', parse: parseCose, prepare };

function prepare(content: EnvelopeContent, algorithm: SignatureAlgorithm): UnsignedEnvelope {
  const headers = new Map<Label, CborValue>([
    [Label.algorithm, algorithm.cose],
    [Label.contentType, PAYLOAD_MEDIA_TYPE],
    [AttributeName.signingScheme, content.signingScheme],
  ]);
  const critical: Label[] = [AttributeName.signingScheme];
  const authentic = content.signingScheme === 'notary.x509.signingAuthority';
  headers.set(
    authentic ? AttributeName.authenticSigningTime : AttributeName.signingTime,
    new EpochTime(content.signingTime),
  );
  if (authentic) critical.push(AttributeName.authenticSigningTime);
  if (content.expiry) {
    headers.set(AttributeName.expiry, new EpochTime(content.expiry));
    critical.push(AttributeName.expiry);
  }
  for (const { key, value, critical: isCritical } of content.extended ?? []) {
    checkNewAttribute(key, headers.has(key) || RESERVED_LABELS.has(key));
    headers.set(key, extendedValue(key, value));
    if (isCritical) critical.push(key);
  }
  headers.set(Label.critical, critical);
  const rawProtected = encodeCbor(headers);
  return {
    signedBytes: sigStructure(rawProtected, content.payload),
    finish(signature, certificates, unsigned) {
      const unprotected = new Map<Label, CborValue>([[Label.x5chain, certificates]]);
      if (unsigned.signingAgent) unprotected.set(AttributeName.signingAgent, unsigned.signingAgent);
      if (unsigned.timestampSignature) {
        unprotected.set(AttributeName.timestampSignature, unsigned.timestampSignature);
      }
      const body = encodeCbor([rawProtected, unprotected, content.payload, signature]);
      const envelope = new Uint8Array(1 + body.length);
      envelope[0] = COSE_SIGN1_TAG;
      envelope.set(body, 1);
      return envelope;
    },
  };
}

function extendedValue(key: Label, value: unknown): CborValue {
  if (typeof value === 'string' || Number.isSafeInteger(value) || isBytes(value)) {
    return value as CborValue;
  }
  throw argumentInvalid(`the value of the attribute ${keyText(key)} is not a string, an integer or bytes`);
}
