import { isNotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import type { DistinguishedName } from '../distinguished-name.ts';
import { LEVELS, VALIDATIONS } from '../levels.ts';
import { quoteList } from '../policy-problems.ts';
import { isObject } from '../read-document.ts';
import { subjectIdentity } from '../subject-identity.ts';
import type { StatementBase, ValidationActions, VerificationLevel } from '../types.ts';
import { type Finding, finding, type LintFinding } from './lint-rules.ts';
import { weakerActions } from './weaker.ts';

/** Lints one statement by itself, whatever it applies to. */
export function lintStatement(statement: StatementBase, written: unknown): LintFinding[] {
  const found = statement.level === 'skip' ? lintSkip() : lintVerified(statement, written);
  return found.map(([rule, message]) => finding(rule, statement.name, message));
}

function lintSkip(): Finding[] {
  return [['level-skip', 'signatures are not verified: everything it applies to is trusted']];
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
  const message = 'signatures of any signer pass, because a failure of authenticity is only logged';
  yield level === 'audit' ? ['level-audit', message] : ['authenticity-logged', message];
}

function* lintOverrides({ level, actions }: StatementBase, written: unknown): Generator<Finding> {
  const override = memberOf(memberOf(written, 'signatureVerification'), 'override');
  const redundant = VALIDATIONS.filter((type) => memberOf(override, type) === LEVELS[level][type]);
  if (redundant.length > 0) {
    yield ['override-redundant', `overriding ${redundant.join(', ')} does not change level ${level}`];
  }
  const other = levelOf(actions);
  if (other !== undefined && other !== level) {
    yield ['override-is-level', `with its overrides, level ${level} is the same as level ${other}`];
  }
  const weaker = weakerActions(actions, LEVELS[level]);
  if (weaker.length === 0) return;
  const changes = weaker.map((validation) => `${validation} (${actions[validation]})`);
  yield ['override-weakens', `it is less strict than level ${level}: ${changes.join(', ')}`];
}

function levelOf(actions: ValidationActions): VerificationLevel | undefined {
  return (['strict', 'permissive', 'audit'] as const).find(
    (level) =>
      weakerActions(actions, LEVELS[level]).length + weakerActions(LEVELS[level], actions).length === 0,
  );
}

function* lintStores({ trustStores }: StatementBase, written: unknown): Generator<Finding> {
  const types = new Set(trustStores.map(({ type }) => type));
  const names = memberOf(written, 'trustStores');
  const repeated = Array.isArray(names) ? names.filter((name, index) => names.indexOf(name) < index) : [];
  if (repeated.length > 0) {
    const stores = [...new Set(repeated)].map(String);
    yield ['store-duplicate', `trustStores has ${quoteList(stores)} more than once`];
  }
  if (types.size === 1 && types.has('tsa')) {
    yield [
      'signing-store-missing',
      'it names only tsa stores, which cannot verify signatures: no signature is authentic',
    ];
  } else if (types.has('tsa') && !types.has('ca')) {
    yield [
      'tsa-unused',
      'it names a tsa store and no ca store: signatures of signing authorities need no timestamp',
    ];
  }
  const when = memberOf(memberOf(written, 'signatureVerification'), 'verifyTimestamp');
  if (when !== undefined && when !== null && !types.has('tsa')) {
    yield ['timestamp-without-store', 'it has verifyTimestamp and no tsa store: no timestamp is verified'];
  }
}

function* lintIdentities({ dialect, trustedIdentities }: StatementBase): Generator<Finding> {
  if (trustedIdentities === '*') {
    yield [
      'identity-any',
      'anyone with a certificate that chains to its stores may sign; with a public CA, that is everyone',
    ];
    return;
  }
  for (const { text, name } of trustedIdentities) {
    const problem = name && unmatchable(name, dialect);
    if (problem) yield ['identity-unmatchable', `no certificate can match ${quote(text)}: ${problem}`];
  }
  const foreign = trustedIdentities.filter(({ text }) => !['x509.subject', ''].includes(prefixOf(text)));
  if (foreign.length === 0) return;
  const identities = quoteList(foreign.map(({ text }) => text));
  const rest = foreign.length === trustedIdentities.length ? ', and it has no other identity' : '';
  yield ['identity-plugin', `only a verification plugin can match ${identities}${rest}`];
}

/** Returns the part before the colon; empty if there is no colon. */
function prefixOf(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf(':')));
}

/** Returns why no subject can have these attributes: types keep their case, and certificates have upper-case names. */
function unmatchable(name: DistinguishedName, dialect: StatementBase['dialect']): string | undefined {
  for (const type of name.keys()) {
    if (isSpecType(type)) continue;
    const upper = type.toUpperCase();
    if (isSpecType(upper)) return `the attribute type is ${upper}, in upper case`;
    if (dialect === 'spec') return `the specification rejects subjects with the attribute ${quote(type)}`;
  }
  return undefined;
}

/** Returns whether the dialect `spec` accepts subjects with such an attribute. */
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
