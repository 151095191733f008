export {
  AttributeName,
  type ExtendedAttribute,
  type SignedAttributes,
  type SigningScheme,
  type UnsignedAttributes,
} from './attributes.ts';
export {
  createEnvelope,
  type EnvelopeRequest,
  parseEnvelope,
  type Signer,
  verifyIntegrity,
} from './envelope.ts';
export type { EnvelopeContent, EnvelopeMediaType, SignatureEnvelope } from './model.ts';
export { createPayload, PAYLOAD_MEDIA_TYPE, parsePayload, type TargetArtifact } from './payload.ts';
