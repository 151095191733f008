import { Tag } from '../asn1/der-reader.ts';
import { algorithmIdentifier, element, objectIdentifier, sequence } from '../asn1/der-writer.ts';
import { writeEcdsaSignature } from '../asn1/ecdsa-signature.ts';
import { Oid } from '../asn1/oids.ts';
import { subtle } from '../crypto/subtle.ts';
import { encodeUtf8, ownBytes } from '../encoding/bytes.ts';
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
const UNUSED_BITS = Uint8Array.of(0);

/** Signs bytes in the form of certificates, CRLs, OCSP responses and CMS. */
export async function signBytes({ keys, algorithm }: SigningKey, bytes: Uint8Array): Promise<Uint8Array> {
  const raw = new Uint8Array(await subtle().sign(algorithm, keys.privateKey, ownBytes(bytes)));
  return algorithm.name === 'ECDSA' ? writeEcdsaSignature(raw) : raw;
}

/** Returns the AlgorithmIdentifier of the signatures of a key by ECDSA, or by RSA with PKCS#1 v1.5. */
export function signatureIdentifier({ algorithm: { name, hash } }: SigningKey): Uint8Array {
  if (name === 'ECDSA') return sequence(objectIdentifier(ECDSA_OIDS[hash]));
  return algorithmIdentifier(RSA_OIDS[hash]);
}

/** Returns what is signed, the AlgorithmIdentifier and the signature in a BIT STRING, and the elements that follow. */
export async function signDocument(
  key: SigningKey,
  content: Uint8Array,
  ...following: Uint8Array[]
): Promise<Uint8Array> {
  const signature = element(Tag.bitString, UNUSED_BITS, await signBytes(key, content));
  return sequence(content, signatureIdentifier(key), signature, ...following);
}

/** Returns an Extension that is not critical. */
export function extensionOf(oid: string, value: Uint8Array): Uint8Array {
  return sequence(objectIdentifier(oid), element(Tag.octetString, value));
}

/** Returns a GeneralizedTime of whole seconds. */
export function generalizedTime(time: Date): Uint8Array {
  return element(Tag.generalizedTime, encodeUtf8(digitsOf(time)));
}

/** Returns a time as certificates and CRLs have it (RFC 5280, section 5.1.2.4): UTCTime up to the year 2049. */
export function certificateTime(time: Date): Uint8Array {
  if (time.getUTCFullYear() >= 2050) return generalizedTime(time);
  return element(Tag.utcTime, encodeUtf8(digitsOf(time).slice(2)));
}

function digitsOf(time: Date): string {
  return `${time.toISOString().replace(/\.\d+Z$|[-:T]/g, '')}Z`;
}
