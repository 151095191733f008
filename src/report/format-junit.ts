import type { Evaluation } from '../verifier/evaluation-result.ts';
import { formatReport } from './format-report.ts';
import { escapeMarkup, markup } from './markup.ts';
import { countClasses, explanationOf, positionOf, type Verdict, verdictOf } from './verdict.ts';

/**
 * Formats evaluations as JUnit XML, which CI services show as the results of tests: a test for each reference. Rejected and
 * unsigned references are failures; those that are undecided or misconfigured are errors.
 *
 * @param evaluations - References with their reports or errors.
 * @returns An XML 1.0 document, without a final newline.
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 * import { formatJunit } from 'notarykit/report';
 *
 * const error = new NotationError('ERR_NO_SIGNATURE', 'it has no signature');
 * console.log(formatJunit([{ reference: 'registry.example.com/app:v1', error }]));
 * ```
 */
export function formatJunit(evaluations: Iterable<Evaluation>): string {
  const verdicts = Array.from(evaluations, verdictOf);
  const { rejected, unsigned, undecided, misconfigured, skipped } = countClasses(verdicts);
  const counts = `tests="${verdicts.length}" failures="${rejected + unsigned}" errors="${undecided + misconfigured}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="notarykit" ${counts}>`,
    `  <testsuite name="signatures" ${counts} skipped="${skipped}">`,
    ...verdicts.map(testCase),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

function testCase(verdict: Verdict): string {
  const { reference, location } = verdict;
  const place = location
    ? ` classname="${markup(location.file)}" file="${markup(location.file)}" line="${location.line}"`
    : ' classname="images"';
  return `    <testcase name="${markup(reference)}"${place}>${resultOf(verdict)}</testcase>`;
}

function resultOf(verdict: Verdict): string {
  switch (verdict.class) {
    case 'verified':
      return '';
    case 'warned':
      return `<system-out>${details(verdict)}</system-out>`;
    case 'skipped':
      return `<skipped message="${markup(explanationOf(verdict))}"/>`;
    case 'rejected':
    case 'unsigned':
      return problem('failure', verdict);
    default:
      return problem('error', verdict);
  }
}

function problem(element: 'failure' | 'error', verdict: Verdict): string {
  const [reason] = verdict.reasons;
  const type = markup(reason?.code ?? verdict.class);
  return `<${element} type="${type}" message="${markup(explanationOf(verdict))}">${details(verdict)}</${element}>`;
}

/** The whole report, or the reason with its next step. */
function details({ report, location, reasons }: Verdict): string {
  const where = location ? `${markup(`in ${positionOf(location)}`)}\n` : '';
  if (report) return where + escapeMarkup(formatReport(report));
  return where + reasons.map(({ message, nextStep }) => `${markup(message)}\n${markup(nextStep)}`).join('\n');
}
