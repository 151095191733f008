/**
 * Verdicts as text and as documents: for people, for CI services and for monitoring.
 *
 * @packageDocumentation
 */
export type { SourceLocation } from '../encoding/source-location.ts';
export type {
  Evaluated,
  EvaluatedReference,
  Evaluation,
  NotEvaluated,
} from '../verifier/evaluation-result.ts';
export { formatGithubAnnotations } from './format-github.ts';
export { formatHtml } from './format-html.ts';
export { formatJson, type ReportDocument, type ReportResult, reportDocument } from './format-json.ts';
export { formatJunit } from './format-junit.ts';
export { formatLine, formatSummary } from './format-line.ts';
export { formatMarkdown } from './format-markdown.ts';
export { formatOpenMetrics } from './format-open-metrics.ts';
export { formatReport } from './format-report.ts';
export { formatSarif } from './format-sarif.ts';
export { formatTable, type TableOptions } from './format-table.ts';
