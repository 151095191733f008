/**
 * Signing: a key and its certificate chain, and the workflow that signs an artifact.
 *
 * @packageDocumentation
 */
export type { CryptoKey } from '../crypto/types.ts';
export type { Descriptor } from '../encoding/descriptor.ts';
export type { SignatureFormat } from '../envelope/model.ts';
export type { EnvelopeSigner, Signer } from '../envelope/signer.ts';
export type { PrivateJwk, PrivateKeyInput } from '../keys/private-key.ts';
export type { TimestamperOptions } from '../x509/timestamp/timestamper.ts';
export type { Timestamper } from '../x509/timestamp/types.ts';
export { createSigner, type SignerOptions } from './local-signer.ts';
export { type SignOptions, type SignResult, sign } from './sign.ts';
export { type BlobSignature, type SignBlobOptions, signBlob } from './sign-blob.ts';
export type { SignedManifest } from './sign-manifest.ts';
export type { SignedPlatform } from './sign-platforms.ts';
export type { SigningOptions } from './signing.ts';
