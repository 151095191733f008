import { quote } from '../errors/quote.ts';
import type { Report } from './policy-problems.ts';
import type { Dialect, TrustPolicyStatement, VerificationLevel } from './types.ts';

/** The scope of every repository. */
export const GLOBAL_SCOPE = '*';

const MAX_LENGTH = 1024;

/** As the reference accepts them, written so that matching takes linear time. */
const LABEL = '[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*';
const HOST = `${LABEL}(?:\\.${LABEL})*(?::[0-9]+)?`;
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${HOST}(?:/${COMPONENT})+$`);
const PREFIX = new RegExp(`^${HOST}(?:/${COMPONENT})*/\\*$`);

/** Whether a text is a repository with its registry, such as `registry.example.com:5000/team/app`. */
export function isRepository(text: string): boolean {
  return text.length <= MAX_LENGTH && REPOSITORY.test(text);
}

/** Whether a text is a prefix scope of the dialect `extended`, such as `registry.example.com/team/*`. */
export function isPrefixScope(text: string): boolean {
  return text.length <= MAX_LENGTH && PREFIX.test(text);
}

/** Checks the scopes of one statement. */
export function checkScopes(
  scopes: readonly string[],
  level: VerificationLevel,
  dialect: Dialect,
  report: Report,
): void {
  if (scopes.includes(GLOBAL_SCOPE)) {
    if (scopes.length > 1) report('registryScopes has "*" beside other scopes; leave it alone or remove it');
    if (level === 'skip') {
      report(
        'registryScopes is "*" at the level "skip", which would trust everything; list the repositories',
      );
    }
  }
  for (const [index, scope] of scopes.entries()) {
    const problem = scopeProblem(scope, dialect);
    if (problem) report(`registryScopes[${index}] ${quote(scope)} ${problem}`);
  }
}

function scopeProblem(scope: string, dialect: Dialect): string | undefined {
  if (scope === GLOBAL_SCOPE || isRepository(scope)) return undefined;
  if (!scope.includes('*')) {
    return 'is not a repository; write registry and repository without scheme, tag or digest, such as "registry.example.com/team/app"';
  }
  if (dialect === 'spec') {
    return 'has a wildcard, which the specification refuses; list each repository, or parse with the dialect "extended" for prefixes such as "registry.example.com/team/*"';
  }
  if (isPrefixScope(scope)) return undefined;
  return 'is not a prefix; write "*" as the last whole part and a registry before it, such as "registry.example.com/team/*"';
}

/** Checks that no scope occurs twice in a document: one repository, one statement. */
export function checkUniqueScopes(statements: readonly TrustPolicyStatement[], report: Report): void {
  const owners = new Map<string, string>();
  for (const { name, registryScopes } of statements) {
    for (const scope of registryScopes) {
      const owner = owners.get(scope);
      if (owner !== undefined) {
        const where = owner === name ? 'twice' : `in ${quote(owner)} too`;
        report(`statement ${quote(name)}: registryScopes has ${quote(scope)} ${where}; keep it in one place`);
      }
      owners.set(scope, name);
    }
  }
}

/** The scopes that contain a repository, the narrowest first. */
export function* scopesOf(repository: string): Generator<string> {
  yield repository;
  for (let end = repository.lastIndexOf('/'); end > 0; end = repository.lastIndexOf('/', end - 1)) {
    yield `${repository.slice(0, end)}/*`;
  }
  yield GLOBAL_SCOPE;
}
