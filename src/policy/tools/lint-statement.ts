import { isNotationError } from '../../errors/index.ts';
import type { DistinguishedName } from '../distinguished-name.ts';
import { LEVELS, VALIDATIONS } from '../levels.ts';
import { enumerate, quote } from '../policy-problems.ts';
import { isObject } from '../read-document.ts';
import { subjectIdentity } from '../subject-identity.ts';
import type { StatementBase, ValidationActions, VerificationLevel } from '../types.ts';
import { type Finding, finding, type LintFinding } from './lint-rules.ts';
import { weakened } from './weaker.ts';

/** What can be said of one statement of any kind by itself. */
export function lintStatement(statement: StatementBase, written: unknown): LintFinding[] {
  const found = statement.level === 'skip' ? lintSkip() : lintVerified(statement, written);
  return found.map(([rule, message]) => finding(rule, statement.name, message));
}

function lintSkip(): Finding[] {
  return [['level-skip', 'signatures are not looked at: what it applies to is trusted, whoever made it']];
}

function lintVerified(statement: StatementBase, written: unknown): Finding[] {
  return [
    ...lintLevel(statement),
    ...lintOverrides(statement, written),
    ...lintStores(statement, written),
    ...lintIdentities(statement),
  ];
}

function* lintLevel({ level, actions }: StatementBase): Generator<Finding> {
  if (actions.authenticity === 'enforce') return;
  const message = 'a signature passes whoever made it, as a failure of authenticity is only logged';
  yield level === 'audit' ? ['level-audit', message] : ['authenticity-logged', message];
}

function* lintOverrides({ level, actions }: StatementBase, written: unknown): Generator<Finding> {
  const override = memberOf(memberOf(written, 'signatureVerification'), 'override');
  const redundant = VALIDATIONS.filter((type) => memberOf(override, type) === LEVELS[level][type]);
  if (redundant.length > 0) {
    yield [
      'override-redundant',
      `${redundant.join(', ')} is overridden by what the level ${level} does anyway`,
    ];
  }
  const other = levelOf(actions);
  if (other !== undefined && other !== level) {
    yield ['override-is-level', `with its overrides, the level ${level} is the level ${other}`];
  }
  const weaker = weakened(actions, LEVELS[level]);
  if (weaker.length === 0) return;
  const changes = weaker.map((validation) => `${validation} (${actions[validation]})`);
  yield ['override-weakens', `it demands less than the level ${level}: ${changes.join(', ')}`];
}

function levelOf(actions: ValidationActions): VerificationLevel | undefined {
  return (['strict', 'permissive', 'audit'] as const).find(
    (level) => weakened(actions, LEVELS[level]).length + weakened(LEVELS[level], actions).length === 0,
  );
}

function* lintStores({ trustStores }: StatementBase, written: unknown): Generator<Finding> {
  const types = new Set(trustStores.map(({ type }) => type));
  const names = memberOf(written, 'trustStores');
  const repeated = Array.isArray(names) ? names.filter((name, index) => names.indexOf(name) < index) : [];
  if (repeated.length > 0) {
    const stores = [...new Set(repeated)].map((name) => quote(String(name)));
    yield ['store-duplicate', `trustStores has ${enumerate(stores)} more than once`];
  }
  if (types.size === 1 && types.has('tsa')) {
    yield [
      'signing-store-missing',
      'it names only tsa stores, which no signature can be verified with: none is authentic',
    ];
  } else if (types.has('tsa') && !types.has('ca')) {
    yield [
      'tsa-unused',
      'it names a tsa store and no ca store: signatures of authorities need no time-stamp',
    ];
  }
  const when = memberOf(memberOf(written, 'signatureVerification'), 'verifyTimestamp');
  if (when !== undefined && when !== null && !types.has('tsa')) {
    yield ['timestamp-without-store', 'it has verifyTimestamp and no tsa store: no time-stamp is verified'];
  }
}

function* lintIdentities({ dialect, trustedIdentities }: StatementBase): Generator<Finding> {
  if (trustedIdentities === '*') {
    yield [
      'identity-any',
      'whoever has a certificate of its stores may sign; of a public CA, that is anyone',
    ];
    return;
  }
  for (const { text, name } of trustedIdentities) {
    const problem = name && unmatchable(name, dialect);
    if (problem) yield ['identity-unmatchable', `no certificate can match ${quote(text)}: ${problem}`];
  }
  const foreign = trustedIdentities.filter(({ text }) => !['x509.subject', ''].includes(prefixOf(text)));
  if (foreign.length === 0) return;
  const texts = enumerate(foreign.map(({ text }) => quote(text)));
  const rest = foreign.length === trustedIdentities.length ? ', and it has no other' : '';
  yield ['identity-plugin', `only a verification plugin can match ${texts}${rest}`];
}

/** What comes before the colon; empty where there is none. */
function prefixOf(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf(':')));
}

/** Types are compared as they are written, and certificates have the short names in upper case. */
function unmatchable(name: DistinguishedName, dialect: StatementBase['dialect']): string | undefined {
  for (const type of name.keys()) {
    if (isSpecType(type)) continue;
    const upper = type.toUpperCase();
    if (isSpecType(upper)) return `the attribute type is ${upper}, in upper case`;
    if (dialect === 'spec')
      return `a subject with the attribute ${quote(type)} is refused by the specification`;
  }
  return undefined;
}

/** Whether the specification's dialect takes a subject with such an attribute. */
function isSpecType(type: string): boolean {
  const attributes = [...new Set(['C', 'ST', 'O', type])].map((one) => ({ type: one, value: 'x' }));
  try {
    subjectIdentity(attributes, 'spec');
    return true;
  } catch (error) {
    if (isNotationError(error, 'ERR_IDENTITY_UNTRUSTED')) return false;
    throw error;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}
