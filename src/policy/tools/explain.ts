import { isNotationError, NotationError, reasonOf } from '../../errors/index.ts';
import { quote } from '../policy-problems.ts';
import { GLOBAL_SCOPE, isRepository, scopesOf } from '../scopes.ts';
import { selectStatement } from '../select.ts';
import type { StatementBase, TrustPolicy } from '../types.ts';
import { type Comparison, explainStatement, type PolicyExplanation } from './explanation.ts';
import { shortNameNote } from './short-names.ts';

/** The scope that makes a statement apply. */
interface Winner {
  readonly scope: string;
  readonly statement: string;
}

/**
 * Explains which statement of a trust policy applies to an artifact, and why: what each registry scope has to do with
 * it, what the level and its overrides do, and which stores, identities and time-stamps count.
 *
 * @param policy - A policy of {@link parseTrustPolicy}.
 * @param reference - Registry and repository such as `registry.example.com/team/app`, with or without tag and digest.
 * Short names of Docker Hub are not expanded: a note says what they stand for.
 * @returns The explanation, plain data; where no statement applies with the reason instead of a statement.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a reference that is no text
 * @see Trust Store and Trust Policy Specification, "Selecting a trust policy based on artifact URI"
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
  if (typeof reference !== 'string') {
    throw new NotationError('ERR_ARGUMENT_INVALID', 'the reference must be a text');
  }
  const repository = reference.replace(/@.*/s, '').replace(/:[^:/]*$/, '');
  const note = shortNameNote(repository);
  return {
    subject: repository,
    comparisons: isRepository(repository) ? compareScopes(policy, repository) : [],
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
  throw new NotationError('ERR_ARGUMENT_INVALID', `the policy must be what ${parser} returns`);
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

function compareScopes({ statements }: TrustPolicy, repository: string): Comparison[] {
  const containing = new Set(scopesOf(repository));
  const owners = new Map(
    statements.flatMap(({ name, registryScopes }) => registryScopes.map((scope) => [scope, name] as const)),
  );
  const scope = [...containing].find((candidate) => owners.has(candidate));
  const winner = scope === undefined ? undefined : { scope, statement: owners.get(scope) ?? '' };
  return statements.flatMap(({ name, registryScopes }) =>
    registryScopes.map((candidate) => ({
      statement: name,
      scope: candidate,
      ...compareScope(candidate, repository, containing, winner),
    })),
  );
}

function compareScope(
  scope: string,
  repository: string,
  containing: ReadonlySet<string>,
  winner: Winner | undefined,
): Pick<Comparison, 'match' | 'applies' | 'why'> {
  if (!containing.has(scope)) return { match: 'none', applies: false, why: whyNot(scope, repository) };
  const match = scope === repository ? 'exact' : scope === GLOBAL_SCOPE ? 'global' : 'prefix';
  const applies = scope === winner?.scope;
  return { match, applies, why: applies || !winner ? WHY[match] : narrower(winner) };
}

const WHY = {
  exact: 'it is the repository itself',
  prefix: 'it contains the repository, and no longer scope does',
  global: 'it contains every repository, and no other scope contains this one',
} as const;

function narrower({ scope, statement }: Winner): string {
  return `it contains the repository, but ${quote(scope)} of the statement ${quote(statement)} is narrower`;
}

function whyNot(scope: string, repository: string): string {
  if (scope.toLowerCase() === repository.toLowerCase()) return 'it differs in upper and lower case';
  if (hostOf(scope) !== hostOf(repository)) return 'it is of another registry';
  if (scope.endsWith('/*')) return 'it is no prefix of the repository';
  return repository.startsWith(`${scope}/`)
    ? 'it is one repository, without those below it'
    : 'it is another repository';
}

function hostOf(scope: string): string {
  return scope.slice(0, scope.indexOf('/'));
}
