import type { SourceLocation } from '../encoding/source-location.ts';
import { type Reason, reasonOf } from '../errors/index.ts';
import type { Classification } from '../verifier/classify.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import type { BlobVerificationReport, VerificationReport } from '../verifier/report.ts';
import { printableJson } from './printable-json.ts';
import { countClasses, type Verdict, verdictOf } from './verdict.ts';

/**
 * The evaluations as plain data: `docs/schemas/report-1.schema.json` is its JSON Schema. A new member raises the second number
 * of `version`; a member that is removed or changes its meaning raises the first one.
 */
export interface ReportDocument {
  version: '1.0';
  /** The number of results of each class. */
  summary: Record<Classification['class'], number>;
  /** In the order in which the evaluations were given. */
  results: ReportResult[];
}

/** One evaluation as plain data. */
export interface ReportResult {
  reference: string;
  location?: SourceLocation;
  class: Classification['class'];
  /** Whether a retry can help; only of the class `undecided`. */
  retryable?: boolean;
  /** The verdict. */
  report?: VerificationReport | BlobVerificationReport;
  /** Why there is no verdict. */
  error?: Reason;
}

/**
 * Returns evaluations as one document of plain data.
 *
 * @param evaluations - References with their reports or errors.
 * @returns The document, which refers to the reports that were given.
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 * import { reportDocument } from 'notarykit/report';
 *
 * const error = new NotationError('ERR_NO_SIGNATURE', 'it has no signature');
 * const { summary } = reportDocument([{ reference: 'registry.example.com/app:v1', error }]);
 * console.log(summary.unsigned); // 1
 * ```
 */
export function reportDocument(evaluations: Iterable<Evaluation>): ReportDocument {
  const list = [...evaluations];
  const verdicts = list.map(verdictOf);
  return {
    version: '1.0',
    summary: countClasses(verdicts),
    results: verdicts.map((verdict, index) => resultOf(verdict, list[index]?.error)),
  };
}

function resultOf(verdict: Verdict, error: Evaluation['error']): ReportResult {
  const { reference, location, report, retryable } = verdict;
  return {
    reference,
    ...(location && { location }),
    class: verdict.class,
    ...(retryable !== undefined && { retryable }),
    ...(report ? { report } : error && { error: reasonOf(error) }),
  };
}

/**
 * Formats evaluations as JSON, by the schema of {@link ReportDocument}. Unprintable characters are escaped, so that
 * a terminal does not act on them.
 *
 * @param evaluations - References with their reports or errors.
 * @returns JSON text, indented, without a final newline.
 *
 * @example
 * ```ts
 * import { NotationError } from 'notarykit/errors';
 * import { formatJson } from 'notarykit/report';
 *
 * const error = new NotationError('ERR_NO_SIGNATURE', 'it has no signature');
 * console.log(JSON.parse(formatJson([{ reference: 'registry.example.com/app:v1', error }])).version); // 1.0
 * ```
 */
export function formatJson(evaluations: Iterable<Evaluation>): string {
  return printableJson(reportDocument(evaluations));
}
