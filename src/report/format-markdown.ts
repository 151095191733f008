import { printableLine } from '../errors/quote.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import { explanationOf, positionOf, summaryOf, type Verdict, verdictOf } from './verdict.ts';

/**
 * Formats evaluations as GitHub Flavored Markdown, such as for a job summary or a comment: the numbers of each class, a table,
 * and what to do about each kind of failure. Outside text is in code spans, which contain neither backticks nor pipes: they
 * are escaped as `\u{…}`, as invisible characters are.
 *
 * @param evaluations - References with their reports or errors.
 * @returns Lines of Markdown, without a final newline.
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 * import { formatMarkdown } from 'notarykit/report';
 *
 * const error = new NotationError('ERR_NO_SIGNATURE', 'it has no signature');
 * console.log(formatMarkdown([{ reference: 'registry.example.com/app:v1', error }]));
 * ```
 */
export function formatMarkdown(evaluations: Iterable<Evaluation>): string {
  const verdicts = Array.from(evaluations, verdictOf);
  return [
    `**${summaryOf(verdicts)}**`,
    ...(verdicts.length > 0
      ? ['', '| result | image | digest | why | where |', '|---|---|---|---|---|']
      : []),
    ...verdicts.map(rowOf),
    ...nextSteps(verdicts),
  ].join('\n');
}

function rowOf(verdict: Verdict): string {
  const { class: name, reference, digest, location } = verdict;
  const cells = [
    verdict.accepted ? name : `**${name}**`,
    codeSpan(reference),
    codeSpan(digest ?? ''),
    codeSpan(explanationOf(verdict)),
    codeSpan(location ? positionOf(location) : ''),
  ];
  return `| ${cells.join(' | ')} |`;
}

function nextSteps(verdicts: readonly Verdict[]): string[] {
  const steps = new Set(
    verdicts.flatMap(({ reasons }) =>
      reasons.map(({ code: id, nextStep }) => `- ${codeSpan(id)}: ${codeSpan(nextStep)}`),
    ),
  );
  return steps.size > 0 ? ['', '### What to do', '', ...steps] : [];
}

/** Writes a code span. A space at each end would be removed, and an empty span does not exist. */
export function codeSpan(text: string): string {
  if (text === '') return '';
  const inert = printableLine(text).replace(/[`|]/g, (mark) => `\\u{${mark.charCodeAt(0).toString(16)}}`);
  return `\`${inert}\``;
}
