import type { KeySpec, SignatureAlgorithm } from '../crypto/algorithms.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { UnsignedAttributes } from './attributes.ts';
import type { EnvelopeContent, EnvelopeMediaType } from './model.ts';

/** Produces primitive signatures with one key, wherever it is kept. */
export interface Signer {
  /** The certificate chain of the key as DER, leaf first, root last. */
  readonly certificates: readonly Uint8Array[];
  /**
   * Signs bytes with the algorithm that belongs to the key of the leaf.
   * @param bytes - What to sign; hashing is part of signing.
   * @returns The raw signature: RSA-PSS with a salt as long as the hash, or r and s of ECDSA side by side.
   */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/**
 * A key whose certificate chain is not known before it has signed, as that of a notation plugin
 * (plugin specification, "generate-signature").
 */
export interface RemoteKey {
  /** The kind of key, which decides the algorithm. */
  readonly keySpec: KeySpec;
  /**
   * Signs bytes with the algorithm that belongs to the kind of key.
   * @param bytes - What to sign; hashing is part of signing.
   * @returns The raw signature, as of {@link Signer}, and the chain as DER, leaf first, root last.
   */
  signWithChain(bytes: Uint8Array): Promise<SignatureWithChain>;
}

/** What a {@link RemoteKey} gives. */
export interface SignatureWithChain {
  signature: Uint8Array;
  certificates: readonly Uint8Array[];
}

/** Makes whole envelopes, where more than the key is kept elsewhere: a notation plugin. */
export interface EnvelopeSigner {
  /** The kind of key where it is known: it decides the digest of a blob to sign. */
  readonly keySpec?: KeySpec | undefined;
  /**
   * Signs a payload into an envelope.
   * @param request - What to sign. A signer that cannot do all of it must refuse.
   * @param options - What stops it.
   */
  createEnvelope(
    request: EnvelopeRequest,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<SignedEnvelope>;
}

/** What an {@link EnvelopeSigner} gives. */
export interface SignedEnvelope {
  bytes: Uint8Array;
  /** To be added to the annotations of the signature manifest. */
  annotations?: Readonly<Record<string, string>>;
}

/** What `createEnvelope` puts into an envelope. */
export interface EnvelopeRequest extends EnvelopeContent, Pick<UnsignedAttributes, 'signingAgent'> {
  mediaType: EnvelopeMediaType;
  /** Asked, once the signature is there, for an RFC 3161 timestamp token over it. */
  timestamp?: (
    signature: Uint8Array,
    algorithm: SignatureAlgorithm,
    certificates: readonly Certificate[],
  ) => Promise<Uint8Array>;
}
