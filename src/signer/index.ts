/**
 * Signing: a key and its certificate chain, and the workflow that signs an artifact.
 *
 * @packageDocumentation
 */

export type { SignatureFormat } from '../envelope/model.ts';
export type { EnvelopeSigner, Signer } from '../envelope/signer.ts';
export type { PrivateJwk, PrivateKeyInput } from '../keys/private-key.ts';
export { createSigner, type SignerOptions } from './local-signer.ts';
export {
  type SignedManifest,
  type SignedPlatform,
  type SignOptions,
  type SignResult,
  sign,
} from './sign.ts';
export { type BlobSignature, type SignBlobOptions, signBlob } from './sign-blob.ts';
export type { SigningOptions } from './signing.ts';
