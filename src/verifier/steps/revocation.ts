import { NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { shortSubject } from '../../x509/name.ts';
import {
  allNotChecked,
  type CertificateStatus,
  firstRevocationUrl,
  type RevocationCheckOptions,
  requireNoneRevoked,
} from '../../x509/revocation/certificate-status.ts';
import { capture } from '../check-list.ts';
import type { VerificationContext } from '../context.ts';
import type { Finding, Signature } from '../step.ts';

const CAPABILITY = 'SIGNATURE_VERIFIER.REVOCATION_CHECK';

/**
 * Checks that no certificate below the root is revoked and that all their statuses are known, or that the plugin of the
 * signature says so. A certificate that was revoked after the authentic signing time is good. A timestamp has no such
 * effect: the specification would allow it, the reference does not.
 *
 * @throws NotationError `ERR_CERTIFICATE_REVOKED`, `ERR_REVOCATION_UNKNOWN`, `ERR_REVOCATION_UNSUPPORTED`,
 * `ERR_PLUGIN_REJECTED`, and why the plugin failed
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#certificate-revocation-evaluation
 * (rules ENV-19, VER-14)
 */
export async function verifyRevocation(
  { envelope: { certificates, signedAttributes }, plugin }: Signature,
  context: VerificationContext,
): Promise<Finding> {
  if (plugin?.decides(CAPABILITY)) {
    await plugin.require(CAPABILITY);
    return {};
  }
  const { authenticSigningTime } = signedAttributes;
  return findRevocation(certificates, context, authenticSigningTime);
}

/** Returns the revocation statuses of a chain, and the failure that follows from them. */
export async function findRevocation(
  chain: readonly Certificate[],
  { revocation, now, signal, budget }: VerificationContext,
  authenticSigningTime?: Date,
): Promise<Pick<Finding, 'statuses' | 'failure'>> {
  const { value: statuses, failure } = await capture(
    () => lookUp(chain, revocation, { now, signal, budget, authenticSigningTime }),
    signal,
  );
  if (!statuses) return { failure };
  const evaluated = await capture(() => requireNoneRevoked(chain, statuses), signal);
  return { statuses, failure: evaluated.failure };
}

/** Without a checker, only chains that name no URL have a status. */
async function lookUp(
  chain: readonly Certificate[],
  revocation: VerificationContext['revocation'],
  options: RevocationCheckOptions,
): Promise<readonly CertificateStatus[]> {
  if (revocation) return revocation.check(chain, options);
  const unchecked = firstRevocationUrl(chain);
  if (!unchecked) return allNotChecked(chain);
  throw new NotationError(
    'ERR_REVOCATION_UNSUPPORTED',
    `the certificate ${quote(shortSubject(unchecked.certificate))} names ${quote(unchecked.url)} to learn its ` +
      'revocation status from, and this verifier was made without a revocation checker: the status is unknown',
  );
}
