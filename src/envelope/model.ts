import type { SignatureAlgorithm } from '../crypto/algorithms.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { ExtendedAttribute, SignedAttributes, SigningScheme, UnsignedAttributes } from './attributes.ts';

/** The formats of a signature envelope, by their short names. */
export type SignatureFormat = 'cose' | 'jws';

/** The media types of the two formats. */
export type EnvelopeMediaType = 'application/jose+json' | 'application/cose';

/** The media type of each format. */
export const envelopeMediaTypes: Readonly<Record<SignatureFormat, EnvelopeMediaType>> = {
  cose: 'application/cose',
  jws: 'application/jose+json',
};

/**
 * Returns the media type of a format.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function envelopeTypeFor(format: SignatureFormat): EnvelopeMediaType {
  if (Object.hasOwn(envelopeMediaTypes, format)) return envelopeMediaTypes[format];
  throw argumentInvalid('the format of a signature must be "cose" or "jws"');
}

/** A signature envelope of either format, parsed. Nothing in it can be relied on before it is verified. */
export interface SignatureEnvelope {
  mediaType: EnvelopeMediaType;
  algorithm: SignatureAlgorithm;
  /** The media type of the payload. */
  contentType: string;
  payload: Uint8Array;
  signedAttributes: SignedAttributes;
  unsignedAttributes: UnsignedAttributes;
  /** Leaf first. */
  certificates: readonly Certificate[];
  /** The bytes that the signature is over. */
  signedBytes: Uint8Array;
  /** The primitive signature: the RSA-PSS signature, or r and s of ECDSA side by side. */
  signature: Uint8Array;
}

/** The signed content of an envelope. */
export interface EnvelopeContent {
  /** JSON with the media type `application/vnd.cncf.notary.payload.v1+json`. */
  payload: Uint8Array;
  signingScheme: SigningScheme;
  /** The signing time, or the authentic signing time under `notary.x509.signingAuthority`; whole seconds. */
  signingTime: Date;
  /** Whole seconds. */
  expiry?: Date | undefined;
  extended?: readonly ExtendedAttribute[] | undefined;
}

/** An envelope without its signature. */
export interface UnsignedEnvelope {
  signedBytes: Uint8Array;
  /** Returns the whole envelope, with the signature and the unsigned attributes. */
  finish(
    signature: Uint8Array,
    certificates: readonly Uint8Array[],
    unsigned: UnsignedAttributes,
  ): Uint8Array;
}

/** Parses the certificates of a chain, DER, leaf first. */
export type ReadChain = (chain: readonly Uint8Array[]) => readonly Certificate[];

/** Parses the bytes of one of the two formats into the common model. */
export type ParseEnvelope = (bytes: Uint8Array, readChain: ReadChain) => SignatureEnvelope;

/** One of the two formats: converts the common model to bytes and back. */
export interface EnvelopeFormat {
  mediaType: EnvelopeMediaType;
  parse: ParseEnvelope;
  prepare(content: EnvelopeContent, algorithm: SignatureAlgorithm): UnsignedEnvelope;
}
