import { printableLine, quote } from '../../errors/quote.ts';
import type { Comparison, PolicyExplanation, StatementExplanation } from './explanation.ts';

/** The most comparisons that are shown although they do not apply. */
const MAX_OTHERS = 20;

/**
 * Formats an explanation for people: the statement that applies, what it requires, and why the others do not apply.
 * Unprintable characters are escaped, so that outside data cannot forge a line; long lines and long lists are cut.
 *
 * @param explanation - A result of `explainTrustPolicy` or `explainBlobTrustPolicy`.
 * @returns The lines, without a final newline.
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
  const artifact = subject === undefined ? 'a blob without a statement name' : quote(subject);
  const [applying] = comparisons.filter(({ applies }) => applies);
  const others = comparisons.filter(({ applies }) => !applies);
  const lines = [
    statement
      ? `the statement ${quote(statement.name)} applies to ${artifact}`
      : `NO statement applies to ${artifact}`,
    ...(applying ? [comparisonLine(applying)] : []),
    ...(reason
      ? [row('reason', `${reason.message} [${reason.code}]`), row('next step', reason.nextStep)]
      : []),
    ...(note === undefined ? [] : [row('note', note)]),
    ...(statement ? ['', ...statementLines(statement)] : []),
    ...(others.length > 0 ? ['', 'not applicable', ...othersLines(others)] : []),
  ];
  return lines.map(printableLine).join('\n');
}

function statementLines({
  level,
  actions,
  trustStores,
  trustedIdentities,
  timestamp,
}: StatementExplanation): string[] {
  return [
    `it requires, at level ${level}`,
    ...actions.map(({ validation, action, why }) => row(validation, `${action}: ${why}`)),
    ...trustStores.map(({ type, stores, why }) => row(type, `${stores.join(', ') || 'none'}: ${why}`)),
    ...trustedIdentities.map(({ identity, why }) => row('trusts', `${quote(identity)}: ${why}`)),
    row('timestamps', `${timestamp.verified}: ${timestamp.why}`),
  ];
}

function othersLines(others: readonly Comparison[]): string[] {
  const lines = others.slice(0, MAX_OTHERS).map(comparisonLine);
  const more = others.length - lines.length;
  return more > 0 ? [...lines, row('', `and ${more} more`)] : lines;
}

function comparisonLine({ statement, scope, match, why }: Comparison): string {
  const what = scope === undefined ? '' : `${quote(scope)} of `;
  return row(match, `${what}${quote(statement)}: ${why}`);
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(18)} ${value}`;
}
