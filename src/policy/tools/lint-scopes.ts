import { quote } from '../../errors/quote.ts';
import { enumerate, quoteList } from '../policy-problems.ts';
import {
  canonicalRepository,
  canonicalScope,
  GLOBAL_SCOPE,
  isPrefixScope,
  isRepository,
  scopesOf,
} from '../scopes.ts';
import type { TrustPolicyStatement } from '../types.ts';
import { expandShortName } from './docker-hub-names.ts';
import { type Finding, finding, type LintFinding } from './lint-rules.ts';
import { weakerThan } from './weaker.ts';

/** The path of a repository below its registry. */
const MAX_REPOSITORY = 255;

/** Statements by the canonical forms of their scopes. */
type Owners = ReadonlyMap<string, TrustPolicyStatement>;

/** The findings about registry scopes, each by itself and together. */
export function lintScopes(statements: readonly TrustPolicyStatement[]): LintFinding[] {
  const owners = new Map(
    statements.flatMap((statement) =>
      wellFormed(statement).map((scope) => [canonicalScope(scope), statement] as const),
    ),
  );
  return statements.flatMap((statement) =>
    [...lintReach(statement), ...lintOverlaps(statement, owners)].map(([rule, message]) =>
      finding(rule, statement.name, message),
    ),
  );
}

/** Others are problems of their own. */
function wellFormed({ registryScopes, dialect }: TrustPolicyStatement): string[] {
  const isScope = (scope: string) =>
    scope === GLOBAL_SCOPE || isRepository(scope) || (dialect === 'extended' && isPrefixScope(scope));
  return registryScopes.filter(isScope);
}

function* lintReach(statement: TrustPolicyStatement): Generator<Finding> {
  const scopes = wellFormed(statement).filter((scope) => scope !== GLOBAL_SCOPE);
  const unreachable = scopes.filter((scope) => !isReachable(scope));
  if (unreachable.length > 0) {
    const shown = quoteList(unreachable);
    const why =
      'which no reference of an image can mean: docker.io is prepended, the registry is not a valid host, or the name is too long';
    yield unreachable.length === statement.registryScopes.length
      ? ['statement-unreachable', `it has only ${shown} in registryScopes, ${why}`]
      : ['scope-unreachable', `registryScopes has ${shown}, ${why}`];
  }
  const respelled = scopes.filter(
    (scope) => canonicalScope(scope) !== scope && !scopes.includes(canonicalScope(scope)),
  );
  if (respelled.length > 0) {
    const forms = enumerate(
      respelled.map((scope) => `${quote(scope)} (for ${quote(canonicalScope(scope))})`),
    );
    yield ['scope-spelling', `registryScopes has ${forms}, which notation compares character by character`];
  }
}

function isReachable(scope: string): boolean {
  const prefix = scope.endsWith('/*');
  const repository = prefix ? `${scope.slice(0, -1)}a/a` : scope;
  const shortest = prefix ? `${scope.slice(0, -1)}a` : scope;
  const below = shortest.length - shortest.indexOf('/') - 1;
  if (below > MAX_REPOSITORY || expandShortName(repository) !== repository) return false;
  return canonicalRepository(shortest) !== undefined;
}

/** One finding for each rule and each statement with wider scopes, however many scopes there are. */
function* lintOverlaps(statement: TrustPolicyStatement, owners: Owners): Generator<Finding> {
  const exceptions = new Map<TrustPolicyStatement, string[]>();
  for (const scope of wellFormed(statement)) {
    const wider = widerStatement(scope, owners);
    if (!wider) continue;
    const known = exceptions.get(wider);
    if (known) known.push(scope);
    else exceptions.set(wider, [scope]);
  }
  for (const [wider, scopes] of exceptions) {
    const shown = quoteList(scopes);
    if (wider === statement) {
      yield ['scope-redundant', `registryScopes has ${shown} next to a prefix that contains it`];
      continue;
    }
    if (!wider.registryScopes.includes(GLOBAL_SCOPE)) {
      yield [
        'scope-overlap',
        `the statement ${quote(wider.name)} has prefixes around ${shown}; the narrower scopes apply`,
      ];
    }
    const weaker = weakerThan(statement, wider);
    if (weaker.length === 0) continue;
    yield [
      'scope-weaker',
      `without ${shown}, the statement ${quote(wider.name)} would apply, which requires more: ${weaker.join(', ')}`,
    ];
  }
}

/** The statement that would apply if the scope were not there. */
function widerStatement(scope: string, owners: Owners): TrustPolicyStatement | undefined {
  if (scope === GLOBAL_SCOPE) return undefined;
  const form = canonicalScope(scope);
  const [, ...wider] = scopesOf(form.endsWith('/*') ? form.slice(0, -2) : form);
  const found = wider.find((candidate) => owners.has(candidate));
  return found === undefined ? undefined : owners.get(found);
}
