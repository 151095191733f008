import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process, { chdir, env, stderr, stdout } from 'node:process';
import { Readable } from 'node:stream';
import { nextStepOf } from '../cli/next-step.ts';
import { createTerminal, printableLines, type Terminal } from '../cli/terminal.ts';
import { isNotationError } from '../errors/index.ts';
import { printableLine } from '../errors/quote.ts';
import { makeDirectories } from '../node/files/make-directories.ts';
import { attempt } from '../node/files/system-errors.ts';

/** Bytes of a summary, and of the outputs of a job, that GitHub keeps. */
export const MAX_TEXT = 1024 * 1024;

/** What a step of a workflow has: its log, its outputs, its summary. */
export interface Runner {
  /** What the command uses; standard input is empty. */
  readonly terminal: Terminal;
  /** A directory of this step, which is removed when the job ends. */
  readonly directory: string;
  /** Keeps a secret out of the log of this step and of the later ones. */
  mask(secret: string): void;
  setOutput(name: string, value: string): Promise<void>;
  addSummary(markdown: string): Promise<void>;
}

/** Runs the work of a step, in the directory of the workspace. The step fails if it does. */
export async function runStep(work: (runner: Runner) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  // The runner sends SIGINT when the job is cancelled, and ends the process 7.5 seconds later.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  try {
    if (env.GITHUB_WORKSPACE) chdir(env.GITHUB_WORKSPACE);
    await work(await createRunner(controller.signal));
  } catch (error) {
    process.exitCode = 1;
    const message = printableLines(error instanceof Error ? error.message : String(error));
    const known = isNotationError(error);
    const lines = known ? [`${message} [${error.code}]`, printableLine(nextStepOf(error))] : [message];
    printCommand('error', lines.join('\n'));
  }
}

async function createRunner(signal: AbortSignal): Promise<Runner> {
  const directory = join(env.RUNNER_TEMP ?? tmpdir(), `notarykit-${randomUUID()}`);
  await attempt('ERR_CONFIG_INVALID', `create ${directory}`, () => makeDirectories(directory));
  const terminal = createTerminal({ stdin: Readable.from([]), stdout, stderr, env, signal }, false);
  return {
    terminal: { ...terminal, warn: (message) => printCommand('warning', printableLine(message)) },
    directory,
    // Each line is masked by itself, as a log shows it line by line.
    mask(secret) {
      for (const line of secret.split(/\r?\n/)) if (line.trim() !== '') printCommand('add-mask', line);
    },
    setOutput: (name, value) => append('GITHUB_OUTPUT', (end) => `${name}<<${end}\n${value}\n${end}\n`),
    addSummary: (markdown) => append('GITHUB_STEP_SUMMARY', () => `${markdown}\n`),
  };
}

/** Appends to the file that a variable names. Does nothing if the variable is not set, as outside of a runner. */
async function append(variable: string, textOf: (delimiter: string) => string): Promise<void> {
  const { [variable]: path } = env;
  if (!path) return;
  // Outside text cannot contain a delimiter that it does not know.
  const text = textOf(`end-${randomUUID()}`);
  await attempt('ERR_CONFIG_INVALID', `write ${path}`, () => appendFile(path, text));
}

/** Prints a workflow command. */
function printCommand(name: 'add-mask' | 'error' | 'warning', text: string): void {
  const data = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  stdout.write(`::${name}::${data}\n`);
}
