import { parseEnvelope, verifyIntegrity as verifyEnvelopeIntegrity } from '../../envelope/envelope.ts';
import { parsePayload } from '../../envelope/payload.ts';
import type { VerificationContext } from '../context.ts';
import { checkCriticalAttributes } from '../critical-attributes.ts';
import type { Signature } from '../step.ts';

/**
 * Parses the envelope within bounds, verifies it, and only then reads its payload. Integrity is always enforced, even
 * for a policy object that was not made by `parseTrustPolicy`.
 *
 * @throws NotationError `ERR_ENVELOPE_INVALID`, `ERR_ENVELOPE_UNSUPPORTED`, `ERR_SIGNATURE_INVALID`,
 * `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_PAYLOAD_INVALID`, `ERR_CRITICAL_ATTRIBUTE_UNKNOWN`, `ERR_PLUGIN_REQUIRED`
 * @see docs/specification.md, rule ENV-5
 */
export async function verifyIntegrity(
  bytes: Uint8Array,
  mediaType: string,
  { knownChains, plugins }: VerificationContext,
): Promise<Signature> {
  const envelope = parseEnvelope(bytes, mediaType, knownChains);
  await verifyEnvelopeIntegrity(envelope, knownChains);
  checkCriticalAttributes(envelope.signedAttributes, plugins !== undefined);
  return { envelope, payload: parsePayload(envelope.payload) };
}
