import { isNotationError, NotationError } from '../errors/notation-error.ts';
import { parseReference } from '../oci/reference.ts';
import { formatSummary } from '../report/format-line.ts';
import type { EvaluateAllOptions, LocatedReference } from '../verifier/evaluate-all-options.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import type { Verifier } from '../verifier/verifier.ts';
import { EXIT, exitCodeOf, worstOf } from './exit-code.ts';
import { formatFor } from './options/output.ts';
import { placeOf } from './options/registry.ts';
import { startProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { printReason, printVerdict } from './verdict.ts';

/** What to evaluate, and how to say what came of it. */
export interface EvaluationRequest {
  verifier: Verifier;
  references: readonly LocatedReference[];
  options?: EvaluateAllOptions;
  /** What was found out before, such as files that cannot be read. */
  before?: readonly Evaluation[];
  /** The format of the verdicts; text by default. */
  output: string | undefined;
}

/**
 * Verifies artifacts and prints the verdicts: as text as soon as there is one, in other formats all at the end. Shows
 * progress on a terminal. Whatever stops it, the verdicts that were reached are printed.
 * @returns The exit code.
 */
export async function evaluateAndPrint(request: EvaluationRequest, terminal: Terminal): Promise<number> {
  const { references, before = [], output } = request;
  const format = await formatFor(output);
  const done: Evaluation[] = [];
  const progress = await startProgress(terminal);
  try {
    for (const evaluation of before) take(evaluation);
    for await (const evaluation of evaluateAll(request, terminal.signal)) {
      take(evaluation);
      progress.update(`verified ${done.length - before.length} of ${references.length}`);
    }
  } finally {
    progress.stop();
    if (format) terminal.print(format(done));
    else if (done.length > 1) terminal.print(formatSummary(done));
  }
  const isStopped = terminal.signal.aborted;
  return worstOf([
    ...done.map(({ report, error }) => exitCodeOf(report ?? error)),
    ...(isStopped ? [EXIT.interrupted] : []),
  ]);

  function take(evaluation: Evaluation): void {
    done.push(evaluation);
    if (!format) printEvaluation(evaluation, terminal);
  }
}

/** Yields each evaluation; after Ctrl-C, an error for each reference that was not evaluated. */
export async function* evaluateAll(
  { verifier, references, options }: Pick<EvaluationRequest, 'verifier' | 'references' | 'options'>,
  signal: AbortSignal,
): AsyncGenerator<Evaluation> {
  const left = new Set(references.keys());
  try {
    for await (const result of verifier.evaluateAll(references, { ...options, signal })) {
      left.delete(result.index);
      yield result;
    }
  } catch (error) {
    if (!isNotationError(error, 'ERR_ABORTED')) throw error;
    for (const [index, { reference, location }] of references.entries()) {
      if (!left.has(index)) continue;
      const stopped = new NotationError(
        'ERR_ABORTED',
        'it was not verified, because the program was stopped',
      );
      yield { reference: String(reference), ...(location && { location }), error: stopped };
    }
  }
}

function printEvaluation({ reference, location, report, error }: Evaluation, terminal: Terminal): void {
  const where = location ? `${location.file}:${location.line}:${location.column}: ` : '';
  if (error) printReason(where + reference, error, terminal);
  else if ('reference' in report) {
    printVerdict(
      `${where}${placeOf(parseReference(report.reference))}@${report.artifact.digest}`,
      report,
      terminal,
    );
  } else printVerdict(where + reference, report, terminal);
}
