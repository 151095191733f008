import { printableLine } from '../errors/quote.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import { explanationOf, positionOf, summaryOf, verdictOf } from './verdict.ts';

/**
 * Formats an evaluation as one line for a person or a log: the class, the reference, where it is written, and the reason.
 * Invisible characters of outside data are escaped, and a long line is cut.
 *
 * @param evaluation - A reference with its report or its error, such as `evaluateAll` yields.
 * @returns The line.
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 * import { formatLine } from 'notarykit/report';
 *
 * const error = new NotationError('ERR_TIMEOUT', 'the registry did not respond in time');
 * console.log(formatLine({ reference: 'registry.example.com/app:v1', error }));
 * // undecided: registry.example.com/app:v1: the registry did not respond in time [ERR_TIMEOUT]
 * ```
 */
export function formatLine(evaluation: Evaluation): string {
  const verdict = verdictOf(evaluation);
  const { class: name, reference, location, digest } = verdict;
  const where = location ? ` (${positionOf(location)})` : '';
  const facts = [verdict.accepted ? digest : undefined, explanationOf(verdict)].filter(Boolean).join(', ');
  return printableLine(`${name}: ${reference}${where}${facts && `: ${facts}`}`);
}

/**
 * Counts the evaluations of each class, in one line.
 *
 * @param evaluations - References with their reports or errors.
 * @returns Such as `3 evaluated: 2 verified, 1 rejected`.
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 * import { formatSummary } from 'notarykit/report';
 *
 * const error = new NotationError('ERR_NO_SIGNATURE', 'it has no signature');
 * console.log(formatSummary([{ reference: 'registry.example.com/app:v1', error }])); // 1 evaluated: 1 unsigned
 * ```
 */
export function formatSummary(evaluations: Iterable<Evaluation>): string {
  return summaryOf(Array.from(evaluations, verdictOf));
}
