import { isNotationError, reasonOf } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import {
  canonicalRepository,
  canonicalScope,
  GLOBAL_SCOPE,
  narrowestOwner,
  type ScopeOwner,
  scopesOf,
} from '../scopes.ts';
import { repositoryOf, selectStatement } from '../select.ts';
import { selectBlobStatement } from '../select-blob.ts';
import type { BlobTrustPolicy, BlobTrustPolicyStatement, StatementBase, TrustPolicy } from '../types.ts';
import { shortNameNote } from './docker-hub-names.ts';
import { type Comparison, explainStatement, type PolicyExplanation } from './explanation.ts';

/**
 * Explains which statement of a trust policy applies to an artifact, and why: how each registry scope matches, what the
 * level and its overrides do, and which stores, identities and timestamps the statement requires.
 *
 * @param policy - A policy of `parseTrustPolicy`.
 * @param reference - Registry and repository such as `registry.example.com/team/app`, with or without tag and digest.
 * Short names of Docker Hub are not expanded: a note gives the full name.
 * @returns The explanation, plain data; if no statement applies, it has the reason instead of a statement.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a policy that was not parsed, or a reference that is not a string
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#selecting-a-trust-policy-based-on-artifact-uri
 *
 * @example
 * ```ts
 * import { parseTrustPolicy } from 'notarykit/policy';
 * import { explainTrustPolicy, formatExplanation } from 'notarykit/policy/tools';
 *
 * const policy = parseTrustPolicy({
 *   version: '1.0',
 *   trustPolicies: [{
 *     name: 'everything',
 *     registryScopes: ['*'],
 *     signatureVerification: { level: 'strict', override: { revocation: 'log' } },
 *     trustStores: ['ca:acme'],
 *     trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme'],
 *   }],
 * });
 * const explanation = explainTrustPolicy(policy, 'registry.example.com/team/app:v1');
 * console.log(explanation.statement?.name); // everything
 * console.log(formatExplanation(explanation));
 * ```
 */
export function explainTrustPolicy(policy: TrustPolicy, reference: string): PolicyExplanation {
  checkParsed(policy, 'parseTrustPolicy', 'registryScopes');
  if (typeof reference !== 'string') throw argumentInvalid('reference must be a string');
  const repository = repositoryOf(reference);
  const name = canonicalRepository(repository);
  const note = shortNameNote(repository);
  return {
    subject: repository,
    comparisons: name === undefined ? [] : compareScopes(policy, name),
    ...explainSelection(() => selectStatement(policy, repository)),
    ...(note !== undefined && { note }),
  };
}

/**
 * Explains which statement of a trust policy applies to a blob, and why.
 *
 * @param policy - A policy of `parseBlobTrustPolicy`.
 * @param name - The name of the statement to verify the blob with; without it the global statement applies.
 * @returns The explanation, plain data; if no statement applies, it has the reason instead of a statement.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a policy that was not parsed
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#selecting-a-trust-policy
 *
 * @example
 * ```ts
 * import { parseBlobTrustPolicy } from 'notarykit/policy';
 * import { explainBlobTrustPolicy } from 'notarykit/policy/tools';
 *
 * const policy = parseBlobTrustPolicy({
 *   version: '1.0',
 *   trustPolicies: [{ name: 'unsigned tools', signatureVerification: { level: 'skip' } }],
 * });
 * console.log(explainBlobTrustPolicy(policy).reason?.code); // ERR_POLICY_NOT_APPLICABLE
 * ```
 */
export function explainBlobTrustPolicy(policy: BlobTrustPolicy, name?: string): PolicyExplanation {
  checkParsed(policy, 'parseBlobTrustPolicy', 'globalPolicy');
  return {
    ...(name !== undefined && { subject: name }),
    comparisons: policy.statements.map((statement) => compareStatement(statement, name)),
    ...explainSelection(() => selectBlobStatement(policy, name)),
  };
}

/**
 * Requires a parsed policy: a document has no actions to explain.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
function checkParsed(policy: object, parser: string, member: string): void {
  const { statements } = (policy ?? {}) as { statements?: unknown };
  if (Array.isArray(statements) && statements.every((statement) => member in Object(statement))) return;
  throw argumentInvalid(`policy must be a result of ${parser}`);
}

/** Explains the selected statement, or says why none is selected. */
function explainSelection(select: () => StatementBase): Pick<PolicyExplanation, 'statement' | 'reason'> {
  try {
    return { statement: explainStatement(select()) };
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return { reason: reasonOf(error) };
  }
}

/** @param repository - In canonical form. */
function compareScopes({ statements }: TrustPolicy, repository: string): Comparison[] {
  const containing = new Set(scopesOf(repository));
  const winner = narrowestOwner(statements, repository);
  return statements.flatMap((statement) =>
    statement.registryScopes.map((scope) => ({
      statement: statement.name,
      scope,
      ...compareScope(scope, repository, containing, winner),
    })),
  );
}

function compareScope(
  scope: string,
  repository: string,
  containing: ReadonlySet<string>,
  winner: ScopeOwner | undefined,
): Pick<Comparison, 'match' | 'applies' | 'why'> {
  const form = canonicalScope(scope);
  if (!winner || !containing.has(form))
    return { match: 'none', applies: false, why: whyNot(form, repository) };
  const match = form === repository ? 'exact' : form === GLOBAL_SCOPE ? 'global' : 'prefix';
  if (scope === winner.scope) return { match, applies: true, why: WHY[match] };
  return { match, applies: false, why: whyLess(form, winner) };
}

const WHY = {
  exact: 'it is the repository itself',
  prefix: 'it is the longest scope that contains the repository',
  global: 'it contains every repository, and no other scope contains this one',
} as const;

function whyLess(form: string, { scope, statement }: ScopeOwner): string {
  if (form === canonicalScope(scope)) return `it is another spelling of ${quote(scope)}`;
  return `it contains the repository, but ${quote(scope)} of the statement ${quote(statement.name)} is narrower`;
}

function whyNot(scope: string, repository: string): string {
  if (hostOf(scope) !== hostOf(repository)) return 'it is in another registry';
  if (scope.endsWith('/*')) return 'it is not a prefix of the repository';
  return repository.startsWith(`${scope}/`)
    ? 'it is a single repository, not a prefix'
    : 'it is another repository';
}

function hostOf(scope: string): string {
  return scope.slice(0, scope.indexOf('/'));
}

function compareStatement(statement: BlobTrustPolicyStatement, name: string | undefined): Comparison {
  const base = { statement: statement.name };
  if (name === undefined) {
    return statement.globalPolicy
      ? { ...base, match: 'global', applies: true, why: 'it has globalPolicy, and no name was given' }
      : { ...base, match: 'none', applies: false, why: 'it has no globalPolicy, and no name was given' };
  }
  if (statement.name === name) {
    return { ...base, match: 'name', applies: true, why: 'it has the given name' };
  }
  const why = statement.globalPolicy
    ? 'it has another name, and globalPolicy applies only when no name is given'
    : 'it has another name';
  return { ...base, match: 'none', applies: false, why };
}
