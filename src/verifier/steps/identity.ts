import { matchIdentity } from '../../policy/identities.ts';
import type { VerificationContext } from '../context.ts';
import type { Finding, Signature } from '../step.ts';
import { namesPlugin } from './plugin.ts';

const CAPABILITY = 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY';

/**
 * The signer is a trusted identity of the statement, or the plugin that the signature names says that it is.
 * @throws NotationError `ERR_IDENTITY_UNTRUSTED`, `ERR_PLUGIN_REJECTED`, and why the plugin does not answer
 * @see Trust store and trust policy specification, "Trusted Identities Constraints"
 */
export async function verifyIdentity(
  { envelope, plugin }: Signature,
  { statement }: VerificationContext,
): Promise<Finding> {
  if (plugin?.decides(CAPABILITY)) {
    await plugin.require(CAPABILITY);
    return {};
  }
  const [leaf] = envelope.certificates;
  return { trustedIdentity: matchIdentity(statement, leaf?.subject.attributes ?? []) };
}

/** Whether the identity is the plugin's to decide. It may be, as long as a plugin that is named was not found. */
export function isDecidedByPlugin(signature: Signature): boolean {
  const { plugin } = signature;
  return plugin ? plugin.decides(CAPABILITY) : namesPlugin(signature);
}
