import type { Readable, Writable } from 'node:stream';
import pc from 'picocolors';
import type { Colors } from 'picocolors/types';
import { NotationError } from '../errors/notation-error.ts';
import { printableLine } from '../errors/quote.ts';

/** A stream for output, which may be a terminal. */
export type Output = Writable & { isTTY?: boolean; columns?: number };

/** Where a command reads from and writes to. */
export interface Streams {
  stdin: Readable & { isTTY?: boolean };
  stdout: Output;
  stderr: Output;
}

/** The surroundings of a command. */
export interface Surroundings extends Streams {
  env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** What a command uses to talk to people and programs. */
export interface Terminal extends Surroundings {
  /** Whether `--verbose` was given. */
  verbose: boolean;
  /** The colours of standard output: none in a pipe, or with NO_COLOR. */
  colors: Colors;
  /** Those of standard error. */
  errorColors: Colors;
  /** Prints text and a newline on standard output; control characters in it are kept, so that it must be safe. */
  print(text: string): void;
  /** Prints a line of a warning on standard error. */
  warn(message: string): void;
}

const WIDTH = 80;
const MAX_WIDTH = 100;
const MIN_WIDTH = 20;

/** Makes what a command uses from its surroundings. */
export function createTerminal(surroundings: Surroundings, verbose: boolean): Terminal {
  const { stdout, stderr, env } = surroundings;
  const errorColors = pc.createColors(hasColors(stderr, env));
  return {
    ...surroundings,
    verbose,
    colors: pc.createColors(hasColors(stdout, env)),
    errorColors,
    print: (text) => void stdout.write(`${text}\n`),
    warn: (message) => void stderr.write(`${errorColors.yellow('Warning:')} ${printableLines(message)}\n`),
  };
}

/** Makes text of several lines printable: each further line is indented, so that it does not look like one of ours. */
export function printableLines(text: string): string {
  return text.split('\n').map(printableLine).join('\n  ');
}

/**
 * Prompts for an answer, which is yes if it is `y` or `yes`, as notation does.
 * @param flag - The flag that answers it.
 * @param yes - Whether the command line has that flag.
 * @throws NotationError `ERR_ARGUMENT_INVALID` if standard input ends without an answer, as in a pipeline
 */
export async function confirm(
  terminal: Terminal,
  question: string,
  { flag, yes }: { flag: string; yes: boolean },
): Promise<boolean> {
  if (yes) return true;
  const { createInterface } = await import('node:readline');
  terminal.stdout.write(`${printableLine(question)} [y/N] `);
  const lines = createInterface({ input: terminal.stdin });
  const { value, done } = await lines[Symbol.asyncIterator]().next();
  lines.close();
  if (done) {
    terminal.stdout.write('\n');
    throw new NotationError('ERR_ARGUMENT_INVALID', `there is no answer on standard input: ${question}`, {
      nextStep: `Use ${flag} where nobody can answer.`,
    });
  }
  if (/^y(es)?$/i.test(String(value))) return true;
  terminal.print('Operation cancelled.');
  return false;
}

/** Reports whether a stream shows colours: see https://no-color.org. */
export function hasColors(stream: Output, env: Surroundings['env']): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** The width of lines for people: that of the terminal, within reason. */
export function widthOf({ columns = WIDTH }: Output): number {
  return Math.max(MIN_WIDTH, Math.min(columns, MAX_WIDTH));
}

/** Breaks text into lines at spaces; a word that is longer than a line stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Formats rows as columns, separated by three spaces as notation does. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows.map((row) => row.map(printableLine))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const format = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3)).join('');
  return cells.map(format).join('\n');
}
