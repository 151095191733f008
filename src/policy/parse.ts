import type { Report } from './policy-problems.ts';
import {
  hasMember,
  type PolicyKind,
  parsePolicy,
  readShared,
  type TrustPolicyInput,
  type TrustPolicyOptions,
} from './read-document.ts';
import { checkShape, statementSchema } from './schema.ts';
import { checkScopes, checkUniqueScopes } from './scopes.ts';
import type { Dialect, TrustPolicy, TrustPolicyStatement } from './types.ts';

export type { TrustPolicyInput, TrustPolicyOptions };

/** Policies for OCI artifacts, whose statements apply to repositories. */
export const ociKind: PolicyKind<TrustPolicyStatement> = {
  parser: 'parseTrustPolicy',
  ownMember: 'registryScopes',
  readStatement,
  checkTogether: checkUniqueScopes,
};

/**
 * Reads a trust policy for OCI artifacts, such as the `trustpolicy.json` of notation, and checks every rule.
 *
 * @param input - The JSON document as a string or UTF-8 bytes of at most 1 MiB, or the value that `JSON.parse` returns.
 * @param options - The dialect; `spec` by default.
 * @returns The policy, frozen, with levels resolved to actions and identities parsed.
 * @throws NotationError `ERR_POLICY_INVALID` with every problem, each with its statement and field;
 * `ERR_ENCODING_INVALID` for a document that is not JSON or repeats a member; `ERR_LIMIT_EXCEEDED` for one that is
 * too large; `ERR_ARGUMENT_INVALID` for an unknown dialect
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy
 *
 * @example
 * ```ts
 * import { parseTrustPolicy } from 'notarykit/policy';
 *
 * const policy = parseTrustPolicy(
 *   {
 *     version: '1.0',
 *     trustPolicies: [{
 *       name: 'production',
 *       registryScopes: ['myregistry.com/production/*'],
 *       signatureVerification: { level: 'strict' },
 *       trustStores: ['ca:production-ca'],
 *       trustedIdentities: ['x509.subject: CN=production-signer,O=MyOrg'],
 *     }],
 *   },
 *   { dialect: 'extended' },
 * );
 * console.log(policy.statements[0]?.actions.revocation); // enforce
 * ```
 */
export function parseTrustPolicy(input: TrustPolicyInput, options: TrustPolicyOptions = {}): TrustPolicy {
  return parsePolicy(input, options, ociKind);
}

function readStatement(value: unknown, dialect: Dialect, report: Report): TrustPolicyStatement | undefined {
  if (hasMember(value, 'globalPolicy') && !hasMember(value, 'registryScopes')) {
    report(
      ['globalPolicy'],
      'belongs to a blob trust policy; pass the policy for OCI artifacts, which has registryScopes',
    );
    return undefined;
  }
  const raw = checkShape(statementSchema(), value, report);
  if (!raw) return undefined;
  checkScopes(raw.registryScopes, raw.signatureVerification.level, dialect, report);
  return { ...readShared(raw, dialect, report), registryScopes: raw.registryScopes };
}
