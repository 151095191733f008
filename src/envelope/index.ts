/**
 * Signature envelopes: COSE_Sign1 and JWS to and from one common model.
 *
 * @packageDocumentation
 */
export type { KeySpec, SignatureAlgorithm } from '../crypto/algorithms.ts';
export type { CryptoKey, HashName, ImportParams, SignParams } from '../crypto/types.ts';
export type { Descriptor } from '../encoding/descriptor.ts';
export type { DigestAlgorithm } from '../encoding/digest.ts';
export type { Budget, Resource } from '../net/budget.ts';
export { KnownChains } from '../x509/known-chains.ts';
export {
  AttributeName,
  type ExtendedAttribute,
  type SignedAttributes,
  type SigningScheme,
  type UnsignedAttributes,
} from './attributes.ts';
export { createEnvelope, parseEnvelope, verifyIntegrity } from './envelope.ts';
export type { EnvelopeContent, EnvelopeMediaType, SignatureEnvelope, SignatureFormat } from './model.ts';
export { createPayload, PAYLOAD_MEDIA_TYPE, parsePayload, type TargetArtifact } from './payload.ts';
export type {
  EnvelopeRequest,
  EnvelopeSigner,
  RemoteKey,
  SignatureWithChain,
  SignedEnvelope,
  Signer,
  SignerCallOptions,
} from './signer.ts';
