import type { SignatureEnvelope } from '../../envelope/model.ts';
import { NotationError } from '../../errors/index.ts';
import { checkValidAt, checkValidThroughout } from '../../x509/chain.ts';
import type { VerifiedTimestamp } from '../../x509/timestamp/types.ts';
import { capture } from '../check-list.ts';
import type { VerificationContext } from '../context.ts';
import { readStores } from '../named-stores.ts';
import type { Finding, Signature } from '../step.ts';
import { findRevocation } from './revocation.ts';

/**
 * Checks that the certificates were valid when the signature was made, as far as that can be known: at the authentic
 * signing time or, under `notary.x509`, at the time of a timestamp if the policy requires one, and now otherwise.
 *
 * @throws NotationError `ERR_CERTIFICATE_NOT_VALID_AT_TIME`, `ERR_TIMESTAMP_MISSING`, `ERR_TIMESTAMP_UNSUPPORTED`,
 * `ERR_TIMESTAMP_INVALID`, `ERR_TIMESTAMP_UNTRUSTED`, `ERR_CERTIFICATE_REVOKED`, `ERR_REVOCATION_UNKNOWN` and those of
 * the trust store
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#timestamp-countersignature-verification-details
 * (rules VER-12, VER-13, TIME-10)
 */
export async function verifyAuthenticTimestamp(
  signature: Signature,
  context: VerificationContext,
): Promise<Finding> {
  const { certificates, signedAttributes } = signature.envelope;
  if (!needsTimestamp(signature, context)) {
    checkValidAt(certificates, signedAttributes.authenticSigningTime ?? context.now);
    return {};
  }
  const timestamp = await verifyCountersignature(signature.envelope, context);
  const { failure } = await capture(() => checkValidThroughout(certificates, timestamp), context.signal);
  if (failure) return { timestamp, failure };
  // Enforced within this step whatever the policy says of revocation, as in the reference.
  const revocation = await findRevocation(timestamp.certificates, context);
  return { timestamp: { ...timestamp, statuses: revocation.statuses }, failure: revocation.failure };
}

/** Reports whether the policy requires the timestamp of a signature (rules ENV-16, TIME-1, TIME-2). */
export function needsTimestamp(
  { envelope: { certificates, signedAttributes } }: Signature,
  { statement, now }: VerificationContext,
): boolean {
  if (signedAttributes.authenticSigningTime) return false;
  if (!statement.trustStores.some(({ type }) => type === 'tsa')) return false;
  return statement.verifyTimestamp === 'always' || certificates.some(({ notAfter }) => now > notAfter);
}

async function verifyCountersignature(
  { signature, unsignedAttributes }: SignatureEnvelope,
  { statement, trustStore, timestamp }: VerificationContext,
): Promise<VerifiedTimestamp> {
  const token = unsignedAttributes.timestampSignature;
  if (!token) {
    throw new NotationError(
      'ERR_TIMESTAMP_MISSING',
      'the signature has no timestamp, which the policy requires',
    );
  }
  if (!timestamp) {
    throw new NotationError(
      'ERR_TIMESTAMP_UNSUPPORTED',
      'the policy requires a timestamp, and this verifier was made without the ability to verify it',
    );
  }
  const stores = statement.trustStores.filter(({ type }) => type === 'tsa');
  return timestamp(token, { signature, roots: await readStores(trustStore, stores) });
}
