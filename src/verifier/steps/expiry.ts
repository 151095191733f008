import { formatRfc3339 } from '../../envelope/rfc3339.ts';
import { NotationError } from '../../errors/index.ts';
import type { VerificationContext } from '../context.ts';
import type { Finding, Signature } from '../step.ts';

/**
 * Checks that now is before the expiry; at the expiry itself the signature has expired.
 * @throws NotationError `ERR_SIGNATURE_EXPIRED`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification
 * (rule VER-11)
 */
export function verifyExpiry({ envelope }: Signature, { now }: VerificationContext): Finding {
  const { expiry } = envelope.signedAttributes;
  if (!expiry || now < expiry) return {};
  throw new NotationError('ERR_SIGNATURE_EXPIRED', `the signature expired on ${formatRfc3339(expiry)}`);
}
