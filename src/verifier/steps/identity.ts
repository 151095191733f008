import { matchIdentity } from '../../policy/identities.ts';
import type { VerificationContext } from '../context.ts';
import type { Finding, Signature } from '../step.ts';
import { namesPlugin } from './plugin.ts';

const CAPABILITY = 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY';

/**
 * Checks that the signer is a trusted identity of the statement, or that the plugin of the signature accepts it.
 * @throws NotationError `ERR_IDENTITY_UNTRUSTED`, `ERR_PLUGIN_REJECTED`, and why the plugin failed
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trusted-identities-constraints
 * (rule VER-10)
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

/** Reports whether a plugin decides the identity. A named plugin that was not found might. */
export function isDecidedByPlugin(signature: Signature): boolean {
  const { plugin } = signature;
  return plugin ? plugin.decides(CAPABILITY) : namesPlugin(signature);
}
