import { quoteList, type Report } from './policy-problems.ts';
import {
  hasMember,
  type PolicyKind,
  parsePolicy,
  readShared,
  type TrustPolicyInput,
  type TrustPolicyOptions,
} from './read-document.ts';
import { blobStatementSchema, checkShape } from './schema.ts';
import type { BlobTrustPolicy, BlobTrustPolicyStatement, Dialect } from './types.ts';

/** Policies for blobs, whose statements are chosen by name; one may apply to all other blobs. */
export const blobKind: PolicyKind<BlobTrustPolicyStatement> = {
  parser: 'parseBlobTrustPolicy',
  ownMember: 'globalPolicy',
  readStatement,
  checkTogether: checkOneGlobal,
};

/**
 * Reads a trust policy for blobs, such as the `trustpolicy.blob.json` of notation, and checks every rule.
 *
 * @param input - The JSON document as a string or UTF-8 bytes of at most 1 MiB, or the value that `JSON.parse` returns.
 * @param options - The dialect; `spec` by default. `extended` accepts identities without `C`, `ST` or `O`.
 * @returns The policy, frozen, with levels resolved to actions and identities parsed.
 * @throws NotationError `ERR_POLICY_INVALID` with every problem, each with its statement and field;
 * `ERR_ENCODING_INVALID` for a document that is not JSON or repeats a member; `ERR_LIMIT_EXCEEDED` for one that is
 * too large; `ERR_ARGUMENT_INVALID` for an unknown dialect
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy
 *
 * @example
 * ```ts
 * import { parseBlobTrustPolicy } from 'notarykit/policy';
 *
 * const policy = parseBlobTrustPolicy({
 *   version: '1.0',
 *   trustPolicies: [{
 *     name: 'releases',
 *     signatureVerification: { level: 'strict' },
 *     trustStores: ['ca:acme'],
 *     trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme'],
 *     globalPolicy: true,
 *   }],
 * });
 * console.log(policy.statements[0]?.globalPolicy); // true
 * ```
 */
export function parseBlobTrustPolicy(
  input: TrustPolicyInput,
  options: TrustPolicyOptions = {},
): BlobTrustPolicy {
  return parsePolicy(input, options, blobKind);
}

function readStatement(
  value: unknown,
  dialect: Dialect,
  report: Report,
): BlobTrustPolicyStatement | undefined {
  if (hasMember(value, 'registryScopes')) {
    report(
      ['registryScopes'],
      'belongs to a trust policy for OCI artifacts; pass the policy for blobs, whose statements are chosen by name or by globalPolicy',
    );
    return undefined;
  }
  const raw = checkShape(blobStatementSchema(), value, report);
  if (!raw) return undefined;
  const { globalPolicy = false, signatureVerification } = raw;
  if (globalPolicy && signatureVerification.level === 'skip') {
    report(
      ['globalPolicy'],
      'is true at level "skip", which would trust every blob; choose the statement by its name instead',
    );
  }
  return { ...readShared(raw, dialect, report), globalPolicy };
}

function checkOneGlobal(
  statements: readonly BlobTrustPolicyStatement[],
  reporterOf: (statement: BlobTrustPolicyStatement) => Report,
): void {
  const global = statements.filter(({ globalPolicy }) => globalPolicy);
  const [, second] = global;
  if (!second) return;
  const names = quoteList(global.map(({ name }) => name));
  reporterOf(second)(['globalPolicy'], `is true in more than one statement: ${names}; keep it in one`);
}
