import type { KeySpec, SignatureAlgorithm } from '../crypto/algorithms.ts';
import type { Budget } from '../net/budget.ts';
import type { Certificate, CertificateInput } from '../x509/certificate.ts';
import type { UnsignedAttributes } from './attributes.ts';
import type { EnvelopeContent, EnvelopeMediaType } from './model.ts';

/** Options of one call of a signer. A signer of your own may ignore them. */
export interface SignerCallOptions {
  /** Stops signing. */
  signal?: AbortSignal | undefined;
  /** Is charged the requests of the signer. The signal is aborted when it is exhausted. */
  budget?: Budget | undefined;
}

/** Makes primitive signatures with one key, wherever it is kept. Yours may have its certificates in PEM. */
export interface Signer<Certificates extends CertificateInput = readonly Uint8Array[]> {
  /** The certificate chain of the key, leaf first, root last; of the signers of notarykit as DER. */
  readonly certificates: Certificates;
  /**
   * Signs bytes with the algorithm that belongs to the key of the leaf.
   * @param bytes - What to sign; hashing is part of signing.
   * @returns The raw signature: RSA-PSS with a salt as long as the hash, or r and s of ECDSA side by side.
   */
  sign(bytes: Uint8Array, options?: SignerCallOptions): Promise<Uint8Array>;
}

/**
 * A key whose certificate chain is not known before it has signed, such as that of a notation plugin (plugin
 * specification, "generate-signature").
 */
export interface RemoteKey {
  /** The key specification, which decides the algorithm. */
  readonly keySpec: KeySpec;
  /**
   * Signs bytes with the algorithm that belongs to the key specification.
   * @param bytes - What to sign; hashing is part of signing.
   * @returns The raw signature, as of {@link Signer}, and the chain, leaf first, root last.
   */
  signWithChain(bytes: Uint8Array, options?: SignerCallOptions): Promise<SignatureWithChain>;
}

/** A signature of a {@link RemoteKey} with the chain of its key. */
export interface SignatureWithChain {
  signature: Uint8Array;
  certificates: CertificateInput;
}

/** Makes whole envelopes, such as a notation plugin that does more than sign bytes. */
export interface EnvelopeSigner {
  /** The key specification, if it is known; it decides the digest of a blob to sign. */
  readonly keySpec?: KeySpec | undefined;
  /**
   * Signs a payload into an envelope.
   * @param request - What to sign. A signer that does not support all of it must throw.
   */
  createEnvelope(request: EnvelopeRequest, options?: SignerCallOptions): Promise<SignedEnvelope>;
}

/** An envelope of an {@link EnvelopeSigner}. */
export interface SignedEnvelope {
  bytes: Uint8Array;
  /** Annotations to add to the signature manifest. */
  annotations?: Readonly<Record<string, string>>;
}

/** The content of an envelope that `createEnvelope` makes. */
export interface EnvelopeRequest extends EnvelopeContent, Pick<UnsignedAttributes, 'signingAgent'> {
  mediaType: EnvelopeMediaType;
  /** Returns an RFC 3161 timestamp token over the signature. */
  timestamp?: (
    signature: Uint8Array,
    algorithm: SignatureAlgorithm,
    certificates: readonly Certificate[],
  ) => Promise<Uint8Array>;
}
