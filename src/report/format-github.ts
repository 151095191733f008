import { printableLine } from '../errors/quote.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import { explanationOf, type Verdict, verdictOf } from './verdict.ts';

/**
 * Formats evaluations as workflow commands of GitHub Actions, which annotate the lines that name the images: an error for each
 * reference that is not accepted, a warning for each with warnings. There is none for the others.
 *
 * @param evaluations - References with their reports or errors.
 * @returns A command a line, without a final newline; empty if there is nothing to annotate.
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 * import { formatGithubAnnotations } from 'notarykit/report';
 *
 * const error = new NotationError('ERR_NO_SIGNATURE', 'it has no signature');
 * const location = { file: 'deploy.yaml', line: 12, column: 16 };
 * console.log(formatGithubAnnotations([{ reference: 'registry.example.com/app:v1', location, error }]));
 * ```
 */
export function formatGithubAnnotations(evaluations: Iterable<Evaluation>): string {
  return Array.from(evaluations, verdictOf)
    .filter(({ accepted, reasons }) => !accepted || reasons.length > 0)
    .map(command)
    .join('\n');
}

function command(verdict: Verdict): string {
  const { accepted, location, reference, reasons } = verdict;
  const properties = {
    ...(location && { file: location.file, line: String(location.line), col: String(location.column) }),
    title: `${reference}: ${verdict.class}`,
  };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`);
  const message = [explanationOf(verdict), ...reasons.slice(0, 1).map(({ nextStep }) => nextStep)];
  return `::${accepted ? 'warning' : 'error'} ${list.join(',')}::${message.map(data).join('%0A')}`;
}

function data(text: string): string {
  return printableLine(text).replaceAll('%', '%25');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
