import { printable } from '../printable.ts';
import type { Comparison, PolicyExplanation, StatementExplanation } from './explanation.ts';

/** Lines of comparisons that did not apply: a person reads no more. */
const MAX_OTHERS = 20;

/**
 * Renders an explanation as text for a person: the statement that applies first, then what it demands, then why the
 * others do not. Characters of outside data that cannot be seen are escaped, so that nothing in it can forge a line;
 * long lines and long lists are cut.
 *
 * @param explanation - From `explainTrustPolicy` or `explainBlobTrustPolicy`.
 * @returns Lines of text, without a final newline.
 *
 * @example
 * ```ts
 * import { parseTrustPolicy } from 'notarykit/policy';
 * import { explainTrustPolicy, formatExplanation } from 'notarykit/policy/tools';
 *
 * const policy = parseTrustPolicy({
 *   version: '1.0',
 *   trustPolicies: [{
 *     name: 'unsigned tools',
 *     registryScopes: ['registry.example.com/tools'],
 *     signatureVerification: { level: 'skip' },
 *   }],
 * });
 * console.log(formatExplanation(explainTrustPolicy(policy, 'registry.example.com/app')));
 * ```
 */
export function formatExplanation(explanation: PolicyExplanation): string {
  const { subject, comparisons, statement, reason, note } = explanation;
  const asked = subject === undefined ? 'a blob without the name of a statement' : JSON.stringify(subject);
  const [applying] = comparisons.filter(({ applies }) => applies);
  const others = comparisons.filter(({ applies }) => !applies);
  const lines = [
    statement
      ? `the statement ${JSON.stringify(statement.name)} applies to ${asked}`
      : `NO statement applies to ${asked}`,
    ...(applying ? [comparisonLine(applying)] : []),
    ...(reason ? [row('reason', `${reason.message} [${reason.code}]`), row('to do', reason.nextStep)] : []),
    ...(note === undefined ? [] : [row('note', note)]),
    ...(statement ? ['', ...statementLines(statement)] : []),
    ...(others.length > 0 ? ['', 'not applying', ...othersLines(others)] : []),
  ];
  return lines.map(printable).join('\n');
}

function statementLines({
  level,
  actions,
  trustStores,
  trustedIdentities,
  timestamp,
}: StatementExplanation): string[] {
  return [
    `it demands, at the level ${level}`,
    ...actions.map(({ validation, action, why }) => row(validation, `${action}: ${why}`)),
    ...trustStores.map(({ type, stores, why }) => row(type, `${stores.join(', ') || 'none'}: ${why}`)),
    ...trustedIdentities.map(({ identity, why }) => row('trusts', `${JSON.stringify(identity)}: ${why}`)),
    row('time-stamps', `${timestamp.verified}: ${timestamp.why}`),
  ];
}

function othersLines(others: readonly Comparison[]): string[] {
  const lines = others.slice(0, MAX_OTHERS).map(comparisonLine);
  const more = others.length - lines.length;
  return more > 0 ? [...lines, row('', `and ${more} more`)] : lines;
}

function comparisonLine({ statement, scope, match, why }: Comparison): string {
  const what = scope === undefined ? '' : `${JSON.stringify(scope)} of `;
  return row(match, `${what}${JSON.stringify(statement)}: ${why}`);
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(18)} ${value}`;
}
