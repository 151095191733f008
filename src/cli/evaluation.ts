import { isNotationError, reasonOf } from '../errors/notation-error.ts';
import { parseReference } from '../oci/reference.ts';
import type { EvaluateAllOptions, ListedReference } from '../verifier/evaluate-all-options.ts';
import type { EvaluationResult } from '../verifier/evaluation-result.ts';
import type { Verifier } from '../verifier/verifier.ts';
import { EXIT, exitCodeOf, worstOf } from './exit-code.ts';
import { placeOf } from './options/registry.ts';
import { startProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { printReason, printVerdict } from './verdict.ts';

/**
 * Verifies artifacts, prints each verdict as soon as there is one, and shows progress on a terminal.
 * @returns The exit code.
 */
export async function evaluateAndPrint(
  references: readonly ListedReference[],
  verifier: Verifier,
  options: EvaluateAllOptions,
  terminal: Terminal,
): Promise<number> {
  const codes: number[] = [];
  const progress = await startProgress(terminal);
  try {
    progress.update(`verifying ${references.length} artifacts`);
    for await (const result of verifier.evaluateAll(references, { ...options, signal: terminal.signal })) {
      codes.push(exitCodeOf(result.report ?? result.error));
      printResult(result, terminal);
      progress.update(`verified ${codes.length} of ${references.length}`);
    }
  } catch (error) {
    if (!isNotationError(error, 'ERR_ABORTED')) throw error;
    codes.push(EXIT.interrupted);
    terminal.warn(
      `stopped: ${references.length - codes.length + 1} of ${references.length} were not verified`,
    );
  } finally {
    progress.stop();
  }
  return worstOf(codes);
}

function printResult({ reference, report, error }: EvaluationResult, terminal: Terminal): void {
  if (error) printReason(reference, reasonOf(error), terminal);
  else printVerdict(`${placeOf(parseReference(reference))}@${report.artifact.digest}`, report, terminal);
}
