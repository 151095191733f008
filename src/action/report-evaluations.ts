import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, exitCodeOf, worstOf } from '../cli/exit-code.ts';
import { attempt } from '../node/files/system-errors.ts';
import { formatGithubAnnotations } from '../report/format-github.ts';
import { formatJson, reportDocument } from '../report/format-json.ts';
import { formatSummary } from '../report/format-line.ts';
import { formatMarkdown } from '../report/format-markdown.ts';
import { formatSarif } from '../report/format-sarif.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import { MAX_TEXT, type Runner } from './runner.ts';

const OUTCOMES: Readonly<Record<number, string>> = {
  [EXIT.success]: 'accepted',
  [EXIT.rejected]: 'rejected',
  [EXIT.misconfigured]: 'misconfigured',
  [EXIT.undecided]: 'undecided',
};

/**
 * Writes what came of a verification: annotations, the summary of the job, files, outputs.
 * @param isUndecidedAccepted - Whether to go on if there is no verdict.
 * @returns Whether the step succeeds.
 */
export async function reportEvaluations(
  evaluations: readonly Evaluation[],
  isUndecidedAccepted: boolean,
  { terminal, directory, setOutput, addSummary }: Runner,
): Promise<boolean> {
  const code = worstOf(evaluations.map(({ report, error }) => exitCodeOf(report ?? error)));
  const annotations = formatGithubAnnotations(evaluations);
  // What was stopped is undecided as well, and no reason to go on.
  const isAccepted = isUndecidedAccepted && !terminal.signal.aborted;
  const passes = code === EXIT.success || (code === EXIT.undecided && isAccepted);
  // What does not fail the step is a warning. Each line is a command: nothing of the outside begins one.
  if (annotations !== '')
    terminal.print(passes ? annotations.replace(/^::error /gm, '::warning ') : annotations);
  terminal.print(formatSummary(evaluations));
  const [json, sarif] = [join(directory, 'report.json'), join(directory, 'notarykit.sarif')];
  await write(json, formatJson(evaluations));
  await write(sarif, formatSarif(evaluations));
  await setOutput('outcome', OUTCOMES[code] ?? 'undecided');
  await setOutput('report_file', json);
  await setOutput('sarif_file', sarif);
  await setOutput('report', fitting(JSON.stringify(reportDocument(evaluations)), ''));
  await addSummary(fitting(formatMarkdown(evaluations), `**${formatSummary(evaluations)}**`));
  return passes;
}

function write(path: string, text: string): Promise<void> {
  return attempt('ERR_CONFIG_INVALID', `write ${path}`, () => writeFile(path, `${text}\n`));
}

/** Returns the text, or another one if it is longer than GitHub accepts: a truncated document cannot be read. */
function fitting(text: string, instead: string): string {
  return Buffer.byteLength(text) < MAX_TEXT ? text : instead;
}
