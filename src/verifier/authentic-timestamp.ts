import type { SignatureEnvelope } from '../envelope/model.ts';
import { NotationError } from '../errors/index.ts';
import type { StatementBase } from '../policy/types.ts';
import type { Certificate } from '../x509/certificate.ts';
import { checkValidAt, checkValidThroughout } from '../x509/chain.ts';
import { type CertificateStatus, demandNoneRevoked } from '../x509/revocation/certificate-status.ts';
import type { TimestampVerifier, VerifiedTimestamp } from '../x509/timestamp/types.ts';
import type { TrustStore } from '../x509/trust-store.ts';
import { lookUpRevocation, type RevocationContext } from './revocation.ts';
import { readStores } from './stores.ts';

/** What the authentic time-stamp of a signature is judged by. */
export interface TimestampContext extends RevocationContext {
  statement: StatementBase;
  trustStore: TrustStore;
  now: Date;
  timestamp: TimestampVerifier | undefined;
}

/** A time-stamp that was verified, with what became known of its authority. */
export interface TimestampFinding extends VerifiedTimestamp {
  statuses?: readonly CertificateStatus[];
}

/**
 * The certificates were valid when the signature was made, as far as that can be known: at the authentic signing time
 * or, under `notary.x509`, at the time of a time-stamp if the policy demands one, and now otherwise.
 *
 * @param found - Told of a time-stamp that is good, even if its authority turns out to be revoked.
 * @throws NotationError `ERR_CERTIFICATE_NOT_VALID_AT_TIME`, `ERR_TIMESTAMP_MISSING`, `ERR_TIMESTAMP_UNSUPPORTED`,
 * `ERR_TIMESTAMP_INVALID`, `ERR_TIMESTAMP_UNTRUSTED`, `ERR_CERTIFICATE_REVOKED`, `ERR_REVOCATION_UNKNOWN` and those of
 * the trust store
 * @see Trust store and trust policy specification, "Timestamp Countersignature Verification details"
 */
export async function checkAuthenticTimestamp(
  envelope: SignatureEnvelope,
  context: TimestampContext,
  found: (timestamp: TimestampFinding) => void,
): Promise<void> {
  const { certificates, signedAttributes } = envelope;
  const { authenticSigningTime } = signedAttributes;
  if (authenticSigningTime || !needsTimestamp(certificates, context)) {
    checkValidAt(certificates, authenticSigningTime ?? context.now);
    return;
  }
  const timestamp = await verifyCountersignature(envelope, context);
  found(timestamp);
  checkValidThroughout(certificates, timestamp);
  // Enforced within this check whatever the policy says of revocation, as in the reference.
  const { revocation, now, signal } = context;
  const statuses = await lookUpRevocation(timestamp.certificates, { revocation, now, signal });
  found({ ...timestamp, statuses });
  demandNoneRevoked(timestamp.certificates, statuses);
}

function needsTimestamp(chain: readonly Certificate[], { statement, now }: TimestampContext): boolean {
  if (!statement.trustStores.some(({ type }) => type === 'tsa')) return false;
  return statement.verifyTimestamp === 'always' || chain.some(({ notAfter }) => now > notAfter);
}

async function verifyCountersignature(
  { signature, unsignedAttributes }: SignatureEnvelope,
  { statement, trustStore, timestamp }: TimestampContext,
): Promise<VerifiedTimestamp> {
  const token = unsignedAttributes.timestampSignature;
  if (!token) {
    throw new NotationError(
      'ERR_TIMESTAMP_MISSING',
      'the signature has no time-stamp, which the policy demands',
    );
  }
  if (!timestamp) {
    throw new NotationError(
      'ERR_TIMESTAMP_UNSUPPORTED',
      'the policy demands that the time-stamp is verified, and this verifier was made without that ability',
    );
  }
  const stores = statement.trustStores.filter(({ type }) => type === 'tsa');
  return timestamp(token, { signature, roots: await readStores(trustStore, stores) });
}
