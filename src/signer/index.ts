/**
 * Signing: a key and its certificate chain, and the workflow that signs an artifact.
 *
 * @packageDocumentation
 */
export type { Signer } from '../envelope/envelope.ts';
export type { PrivateKeyInput } from '../x509/private-key.ts';
export { createSigner, type SignerOptions } from './local-signer.ts';
export {
  type SignatureFormat,
  type SignedManifest,
  type SignedPlatform,
  type SignOptions,
  type SignResult,
  sign,
} from './sign.ts';
