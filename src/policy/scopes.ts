import { canonicalHost, DOCKER_HUB } from '../encoding/registry-host.ts';
import { quote } from '../errors/quote.ts';
import type { Report } from './policy-problems.ts';
import type { Dialect, TrustPolicyStatement, VerificationLevel } from './types.ts';

/** The scope of every repository. */
export const GLOBAL_SCOPE = '*';

const FIELD = ['registryScopes'];
const MAX_LENGTH = 1024;

/** As the reference accepts them, written so that matching takes linear time. */
const LABEL = '[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*';
const HOST = `${LABEL}(?:\\.${LABEL})*(?::[0-9]+)?`;
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${HOST}(?:/${COMPONENT})+$`);
const PREFIX = new RegExp(`^${HOST}(?:/${COMPONENT})*/\\*$`);

/** Reports whether a string is a repository with its registry, such as `registry.example.com:5000/team/app`. */
export function isRepository(text: string): boolean {
  return text.length <= MAX_LENGTH && REPOSITORY.test(text);
}

/** Reports whether a string is a prefix scope of the dialect `extended`, such as `registry.example.com/team/*`. */
export function isPrefixScope(text: string): boolean {
  return text.length <= MAX_LENGTH && PREFIX.test(text);
}

/** Checks the scopes of one statement (rule TP-18). */
export function checkScopes(
  scopes: readonly string[],
  level: VerificationLevel,
  dialect: Dialect,
  report: Report,
): void {
  if (scopes.includes(GLOBAL_SCOPE)) {
    if (scopes.length > 1) report(FIELD, 'has "*" next to other scopes; leave it alone or remove it');
    if (level === 'skip') {
      report(FIELD, 'is "*" at the level "skip", which would trust everything; list the repositories');
    }
  }
  for (const [index, scope] of scopes.entries()) {
    const problem = scopeProblem(scope, dialect);
    if (problem) report([...FIELD, index], `${quote(scope)} ${problem}`);
  }
}

function scopeProblem(scope: string, dialect: Dialect): string | undefined {
  if (scope === GLOBAL_SCOPE || isRepository(scope)) return undefined;
  if (!scope.includes('*')) {
    return 'is not a repository; write registry and repository without scheme, tag or digest, such as "registry.example.com/team/app"';
  }
  if (dialect === 'spec') {
    return 'has a wildcard, which the specification rejects; list each repository, or parse with the dialect "extended" for prefixes such as "registry.example.com/team/*"';
  }
  if (isPrefixScope(scope)) return undefined;
  return 'is not a prefix; write "*" as the last whole part and a registry before it, such as "registry.example.com/team/*"';
}

/**
 * Checks that no scope occurs twice in a document: one repository, one statement. A statement may name a repository in
 * several spellings, since `notation` compares scopes by their characters.
 * @see docs/specification.md, rules TP-7, TP-8
 */
export function checkUniqueScopes(
  statements: readonly TrustPolicyStatement[],
  reporterOf: (statement: TrustPolicyStatement) => Report,
): void {
  const owners = new Map<string, ScopeOwner>();
  const seen = new Map<string, TrustPolicyStatement>();
  for (const statement of statements) {
    for (const scope of statement.registryScopes) {
      const form = canonicalScope(scope);
      const owner = owners.get(form);
      const problem = duplicateProblem(statement, seen.get(scope), owner);
      if (problem) reporterOf(statement)(FIELD, `has ${quote(scope)}${problem}`);
      seen.set(scope, statement);
      if (!owner) owners.set(form, { scope, statement });
    }
  }
}

function duplicateProblem(
  statement: TrustPolicyStatement,
  earlier: TrustPolicyStatement | undefined,
  owner: ScopeOwner | undefined,
): string | undefined {
  if (earlier?.name === statement.name) return ' twice; keep it in one place';
  if (earlier) return ` in ${quote(earlier.name)} too; keep it in one place`;
  if (!owner || owner.statement === statement) return undefined;
  const { scope, statement: other } = owner;
  return `, which is another spelling of ${quote(scope)} in ${quote(other.name)}; keep it in one statement`;
}

/** A scope as its statement spells it. */
export interface ScopeOwner {
  readonly scope: string;
  readonly statement: TrustPolicyStatement;
}

/** The owner of each scope, by its canonical form, of parsed policies: those are frozen. */
const ownersOf = new WeakMap<readonly TrustPolicyStatement[], ReadonlyMap<string, ScopeOwner>>();

/** Finds the narrowest scope that contains a repository, which is given in canonical form (rule TP-10). */
export function narrowestOwner(
  statements: readonly TrustPolicyStatement[],
  repository: string,
): ScopeOwner | undefined {
  const owners = ownersOf.get(statements) ?? readOwners(statements);
  if (Object.isFrozen(statements)) ownersOf.set(statements, owners);
  for (const scope of scopesOf(repository)) {
    const owner = owners.get(scope);
    if (owner) return owner;
  }
  return undefined;
}

/** Returns the first owner of each scope: a parsed policy has one. */
function readOwners(statements: readonly TrustPolicyStatement[]): Map<string, ScopeOwner> {
  const owners = statements.flatMap((statement) =>
    statement.registryScopes.map((scope) => [canonicalScope(scope), { scope, statement }] as const),
  );
  return new Map(owners.reverse());
}

/**
 * Returns the one form that all spellings of a scope share. A scope whose registry is not a valid host keeps its
 * spelling: no reference can name it.
 */
export function canonicalScope(scope: string): string {
  if (!scope.includes('/')) return scope;
  return formOf(canonicalRegistry(registryOf(scope)) ?? registryOf(scope), pathOf(scope));
}

/** Returns the one form that all spellings of a repository share; `undefined` if no scope can name it. */
export function canonicalRepository(repository: string): string | undefined {
  const registry = isRepository(repository) ? canonicalRegistry(registryOf(repository)) : undefined;
  return registry === undefined ? undefined : formOf(registry, pathOf(repository));
}

/** On Docker Hub, a name of one part is short for that of an official image. */
function formOf(registry: string, path: string): string {
  const official = registry === DOCKER_HUB && path !== GLOBAL_SCOPE && !path.includes('/');
  return `${registry}/${official ? 'library/' : ''}${path}`;
}

/**
 * Which of the ports 443 and 80 is the default depends on the scheme, which a policy does not know: over plain HTTP,
 * `host:80` is another spelling of `host`. Neither counts here, so that no spelling escapes the statement for `host`.
 * This is safe: an attacker with port 80 of a host can obtain its certificate for port 443 (RFC 8555 section 8.3).
 */
function canonicalRegistry(registry: string): string | undefined {
  const host = canonicalHost(registry, 'https:');
  return host?.endsWith(':80') ? canonicalHost(host, 'http:') : host;
}

function registryOf(scope: string): string {
  return scope.slice(0, scope.indexOf('/'));
}

/** Returns the path of a scope below its registry. */
function pathOf(scope: string): string {
  return scope.slice(scope.indexOf('/') + 1);
}

/** Yields the scopes that contain a repository, all in canonical form, the narrowest first. */
export function* scopesOf(repository: string): Generator<string> {
  yield repository;
  for (let end = repository.lastIndexOf('/'); end > 0; end = repository.lastIndexOf('/', end - 1)) {
    yield `${repository.slice(0, end)}/*`;
  }
  yield GLOBAL_SCOPE;
}
