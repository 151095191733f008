import { isNotationError, NotationError } from '../errors/notation-error.ts';
import { parseReference } from '../oci/reference.ts';
import { formatSummary } from '../report/format-line.ts';
import type { EvaluateAllOptions, LocatedReference } from '../verifier/evaluate-all-options.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import type { Verifier } from '../verifier/verifier.ts';
import { EXIT, exitCodeOf, worstOf } from './exit-code.ts';
import { advised } from './next-step.ts';
import type { FoundImage } from './options/images.ts';
import { type Format, formatFor } from './options/output.ts';
import { placeOf } from './options/registry.ts';
import { startProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { printReason, printVerdict } from './verdict.ts';

/** What to evaluate, and how to say what came of it. */
export interface EvaluationRequest {
  verifier: Verifier;
  images: readonly FoundImage[];
  options?: EvaluateAllOptions;
  /** The format of the verdicts; text by default. */
  output: string | undefined;
}

/** An evaluation, and the position of its image in the list that was given. */
export type PlacedEvaluation = Evaluation & { index: number };

/**
 * Verifies artifacts and prints the verdicts: as text as soon as there is one, in other formats all at the end, in the order
 * in which they were given. Shows progress on a terminal. Whatever stops it, the verdicts that were reached are printed.
 * @returns The exit code.
 */
export async function evaluateAndPrint(request: EvaluationRequest, terminal: Terminal): Promise<number> {
  const format = await formatFor(request.output);
  const done: PlacedEvaluation[] = [];
  const progress = await startProgress(terminal);
  try {
    for await (const evaluation of evaluateAll(request, terminal.signal)) {
      done.push(evaluation);
      if (!format) printEvaluation(evaluation, terminal);
      progress.update(`checked ${done.length} of ${request.images.length}`);
    }
  } finally {
    progress.stop();
    if (format) printFormatted(format, inOrder(done), terminal);
    else if (done.length > 1) terminal.print(formatSummary(done));
  }
  const isStopped = terminal.signal.aborted;
  return worstOf([
    ...done.map(({ report, error }) => exitCodeOf(report ?? error)),
    ...(isStopped ? [EXIT.interrupted] : []),
  ]);
}

/** Prints evaluations for programs; if a program reads them, people see a summary on standard error. */
export function printFormatted(
  format: Format,
  evaluations: readonly Evaluation[],
  { print, stdout, stderr }: Terminal,
): void {
  print(format(evaluations));
  if (stdout.isTTY !== true) stderr.write(`${formatSummary(evaluations)}\n`);
}

/** Sorts evaluations by the order in which their images were given. */
export function inOrder(evaluations: readonly PlacedEvaluation[]): PlacedEvaluation[] {
  return [...evaluations].sort((one, other) => one.index - other.index);
}

/**
 * Yields each evaluation: first what failed before, then verdicts as they are reached, and after Ctrl-C an error for each image
 * that was not evaluated.
 */
export async function* evaluateAll(
  { verifier, images, options }: Pick<EvaluationRequest, 'verifier' | 'images' | 'options'>,
  signal: AbortSignal,
): AsyncGenerator<PlacedEvaluation> {
  const left = new Map<number, LocatedReference>();
  for (const [index, image] of images.entries()) {
    if (image.error) yield { ...advised(image), index };
    else left.set(index, image);
  }
  const positions = [...left.keys()];
  try {
    for await (const result of verifier.evaluateAll([...left.values()], { ...options, signal })) {
      const index = positions[result.index] ?? result.index;
      left.delete(index);
      yield { ...advised(result), index };
    }
  } catch (error) {
    if (!isNotationError(error, 'ERR_ABORTED')) throw error;
    for (const [index, { reference, location }] of left) {
      const stopped = new NotationError(
        'ERR_ABORTED',
        'it was not verified, because the program was stopped',
      );
      const evaluation = { reference: String(reference), ...(location && { location }), error: stopped };
      yield { ...advised(evaluation), index };
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
