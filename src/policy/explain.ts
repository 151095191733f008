import { isNotationError, reasonOf } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { type Comparison, explainStatement, type PolicyExplanation } from './explanation.ts';
import {
  canonicalRepository,
  canonicalScope,
  GLOBAL_SCOPE,
  narrowestOwner,
  type ScopeOwner,
  scopesOf,
} from './scopes.ts';
import { repositoryOf, selectStatement } from './select.ts';
import { shortNameNote } from './short-names.ts';
import type { StatementBase, TrustPolicy } from './types.ts';

/**
 * Explains which statement of a trust policy applies to an artifact, and why: what each registry scope has to do with
 * it, what the level and its overrides do, and which stores, identities and time-stamps count.
 *
 * @param policy - A policy of {@link parseTrustPolicy}.
 * @param reference - Registry and repository such as `registry.example.com/team/app`, with or without tag and digest.
 * Short names of Docker Hub are not expanded: a note says what they stand for.
 * @returns The explanation, plain data; where no statement applies with the reason instead of a statement.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a reference that is not a string
 * @see Trust Store and Trust Policy Specification, "Selecting a trust policy based on artifact URI"
 *
 * @example
 * ```ts
 * import { explainTrustPolicy, formatExplanation, parseTrustPolicy } from 'notarykit/policy';
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
  if (typeof reference !== 'string') {
    throw argumentInvalid('the reference must be a string');
  }
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
 * Demands a policy that was parsed: a document has no actions to explain.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkParsed(policy: object, parser: string, member: string): void {
  const { statements } = (policy ?? {}) as { statements?: unknown };
  if (Array.isArray(statements) && statements.every((statement) => member in Object(statement))) return;
  throw argumentInvalid(`the policy must be what ${parser} returns`);
}

/** The statement that a selection yields, or why it yields none. */
export function explainSelection(
  select: () => StatementBase,
): Pick<PolicyExplanation, 'statement' | 'reason'> {
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
  prefix: 'it contains the repository, and no longer scope does',
  global: 'it contains every repository, and no other scope contains this one',
} as const;

function whyLess(form: string, { scope, statement }: ScopeOwner): string {
  if (form === canonicalScope(scope)) return `it is another spelling of ${quote(scope)}`;
  return `it contains the repository, but ${quote(scope)} of the statement ${quote(statement.name)} is narrower`;
}

function whyNot(scope: string, repository: string): string {
  if (hostOf(scope) !== hostOf(repository)) return 'it is of another registry';
  if (scope.endsWith('/*')) return 'it is no prefix of the repository';
  return repository.startsWith(`${scope}/`)
    ? 'it is one repository, without those below it'
    : 'it is another repository';
}

function hostOf(scope: string): string {
  return scope.slice(0, scope.indexOf('/'));
}
