import type { SourceLocation } from '../encoding/source-location.ts';
import { type Reason, reasonOf } from '../errors/index.ts';
import { type Classification, classify } from '../verifier/classify.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import type { BlobVerificationReport, VerificationReport } from '../verifier/report.ts';
import { BlobVerificationError, VerificationError } from '../verifier/verification-error.ts';

/** The classes of results, in the order in which summaries list them. */
const CLASSES = [
  'verified',
  'warned',
  'skipped',
  'unsigned',
  'rejected',
  'undecided',
  'misconfigured',
] as const satisfies readonly Classification['class'][];

/** What every format shows of an evaluation. */
export interface Verdict {
  reference: string;
  location: SourceLocation | undefined;
  class: Classification['class'];
  /** Whether a retry can help; only of the class `undecided`. */
  retryable: boolean | undefined;
  /** Whether the reference may be used, as far as the policy is concerned. */
  accepted: boolean;
  /** The digest that the verdict is on. */
  digest: string | undefined;
  /** The subject of the certificate of the trusted signature. */
  signer: string | undefined;
  /** The time until which the verdict is valid, RFC 3339. */
  validUntil: string | undefined;
  /** Why it is not accepted, or the warnings with which it is. */
  reasons: readonly Reason[];
  report: VerificationReport | BlobVerificationReport | undefined;
}

/** Returns what the formats show of an evaluation. */
export function verdictOf(evaluation: Evaluation): Verdict {
  const classification = classify(evaluation.error ?? evaluation.report);
  const report = reportOf(evaluation);
  return {
    reference: evaluation.reference,
    location: evaluation.location,
    class: classification.class,
    retryable: classification.class === 'undecided' ? classification.retryable : undefined,
    accepted: ['verified', 'warned', 'skipped'].includes(classification.class),
    digest: report?.artifact?.digest,
    signer: report?.outcome === 'verified' ? report.signatures.at(-1)?.details?.signer : undefined,
    validUntil: report?.validUntil,
    reasons: reasonsOf(evaluation, report),
    report,
  };
}

/** Returns the report of an evaluation; also that of an error that carries one. */
function reportOf({ report, error }: Evaluation): Verdict['report'] {
  if (error instanceof VerificationError || error instanceof BlobVerificationError) return error.report;
  return report;
}

function reasonsOf({ error }: Evaluation, report: Verdict['report']): readonly Reason[] {
  if (report) return report.reason ? [report.reason] : (report.warnings ?? []);
  return error ? [reasonOf(error)] : [];
}

/** Counts the verdicts of each class; every class is listed. */
export function countClasses(verdicts: readonly Verdict[]): Record<Classification['class'], number> {
  const counts = Object.fromEntries(CLASSES.map((name) => [name, 0])) as Record<
    Classification['class'],
    number
  >;
  for (const verdict of verdicts) counts[verdict.class]++;
  return counts;
}

/** Says how many verdicts there are of each class, such as `3 evaluated: 2 verified, 1 rejected`. */
export function summaryOf(verdicts: readonly Verdict[]): string {
  const counts = Object.entries(countClasses(verdicts))
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`);
  return [`${verdicts.length} evaluated`, ...(counts.length > 0 ? [counts.join(', ')] : [])].join(': ');
}

/** Writes a location as compilers do: `file:line:column`. */
export function positionOf({ file, line, column }: SourceLocation): string {
  return `${file}:${line}:${column}`;
}

/** Says in one sentence why, or by whom it is signed. */
export function explanationOf({ class: name, reasons, signer }: Verdict): string {
  const [reason] = reasons;
  if (reason) {
    const more = reasons.length > 1 ? `, and ${reasons.length - 1} more` : '';
    return `${reason.message} [${reason.code}]${more}`;
  }
  if (name === 'skipped') return 'the policy says to skip the verification';
  return signer === undefined ? '' : `signed by ${signer}`;
}
