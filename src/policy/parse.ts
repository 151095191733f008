import { parseJson } from '../encoding/json.ts';
import { NotationError } from '../errors/index.ts';
import { readTrustedIdentities } from './identities.ts';
import { resolveActions } from './levels.ts';
import { Problems, quote, type Report } from './problems.ts';
import { checkShape, documentSchema, type RawStatement, statementSchema } from './schema.ts';
import { checkScopes, checkUniqueScopes } from './scopes.ts';
import { readTrustStores } from './trust-stores.ts';
import type { Dialect, TrustPolicy, TrustPolicyStatement } from './types.ts';

const MAX_SIZE = 1024 * 1024;

/** How to read a trust policy. */
export interface TrustPolicyOptions {
  /**
   * `spec` (the default) takes what the specification allows. `extended` also takes prefix scopes such as
   * `registry.example.com/production/*`, of which the longest applies, and identities without `C`, `ST` or `O`.
   */
  dialect?: Dialect;
}

/**
 * Reads a trust policy for OCI artifacts, such as the `trustpolicy.json` of notation, and checks every rule.
 *
 * @param input - The JSON document as text or UTF-8 bytes of at most 1 MiB, or what `JSON.parse` made of it.
 * @param options - The dialect; `spec` by default.
 * @returns The policy, frozen, with levels resolved to actions and identities parsed.
 * @throws NotationError `ERR_POLICY_INVALID` with every problem, each with its statement and field;
 * `ERR_ENCODING_INVALID` for what is not JSON or has a member twice; `ERR_LIMIT_EXCEEDED` for a document that is
 * too big; `ERR_ARGUMENT_INVALID` for an unknown dialect
 * @see Trust Store and Trust Policy Specification, "Trust Policy"
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
export function parseTrustPolicy(
  input: string | Uint8Array | object,
  options: TrustPolicyOptions = {},
): TrustPolicy {
  const { dialect = 'spec' } = options;
  if (dialect !== 'spec' && dialect !== 'extended') {
    throw new NotationError('ERR_ARGUMENT_INVALID', 'the dialect of a trust policy is "spec" or "extended"');
  }
  const problems = new Problems();
  const document = checkShape(documentSchema(), readDocument(input), problems.at());
  const statements = (document?.trustPolicies ?? [])
    .map((value, index) => readStatement(value, dialect, problems.at(label(value, index))))
    .filter((statement) => statement !== undefined);
  checkUniqueNames(statements, problems.at());
  checkUniqueScopes(statements, problems.at());
  problems.throwIfAny();
  return deepFreeze({ version: '1.0', dialect, statements });
}

function readDocument(input: string | Uint8Array | object): unknown {
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) return input;
  if (input.length > MAX_SIZE) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `the trust policy is larger than ${MAX_SIZE} bytes`);
  }
  return parseJson(input, 'trust policy');
}

function label(value: unknown, index: number): string {
  const name = isObject(value) ? value.name : undefined;
  return typeof name === 'string' && name !== '' ? `statement ${quote(name)}` : `trustPolicies[${index}]`;
}

function readStatement(value: unknown, dialect: Dialect, report: Report): TrustPolicyStatement | undefined {
  if (isObject(value) && 'globalPolicy' in value && !('registryScopes' in value)) {
    report(
      'globalPolicy belongs to a blob trust policy; give the policy for OCI artifacts, with registryScopes',
    );
    return undefined;
  }
  const raw = checkShape(statementSchema(), value, report);
  if (!raw) return undefined;
  const { level, verifyTimestamp } = raw.signatureVerification;
  checkPresence(raw, report);
  checkScopes(raw.registryScopes, level, dialect, report);
  return {
    name: raw.name,
    dialect,
    registryScopes: raw.registryScopes,
    level,
    actions: resolveActions(raw.signatureVerification, report),
    verifyTimestamp: verifyTimestamp ?? 'always',
    trustStores: readTrustStores(raw.trustStores ?? [], report),
    trustedIdentities: readTrustedIdentities(raw.trustedIdentities ?? [], dialect, report),
  };
}

/** Stores and identities are what a signature is verified with: needed for that, and misleading without. */
function checkPresence(raw: RawStatement, report: Report): void {
  const skipped = raw.signatureVerification.level === 'skip';
  for (const field of ['trustStores', 'trustedIdentities'] as const) {
    const present = (raw[field] ?? []).length > 0;
    if (skipped && present)
      report(`${field} is of no use at the level "skip"; remove it or choose another level`);
    if (!skipped && !present) report(`${field} is missing or empty; every level but "skip" needs it`);
  }
}

function checkUniqueNames(statements: readonly TrustPolicyStatement[], report: Report): void {
  const names = new Set<string>();
  for (const { name } of statements) {
    if (names.has(name)) report(`name ${quote(name)} is used by more than one statement; rename one`);
    names.add(name);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const member of Object.values(value)) if (isObject(member)) deepFreeze(member);
  return Object.freeze(value);
}
