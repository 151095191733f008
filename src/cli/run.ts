import pc from 'picocolors';
import { isNotationError } from '../errors/index.ts';
import { printableLine, quote } from '../errors/quote.ts';
import { parseArguments, usageError } from './arguments.ts';
import { closest } from './closest.ts';
import { COMMANDS, findCommand, findGroup, GROUPS } from './commands.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { commandHelp, overview } from './help.ts';
import { nextStepOf } from './next-step.ts';
import { createTerminal, hasColors, printableLines, type Surroundings, widthOf } from './terminal.ts';

/**
 * Runs a command line.
 * @param args - The arguments after the name of the program.
 * @returns The exit code.
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    return await dispatch(args, surroundings);
  } catch (error) {
    printError(error, surroundings, args.includes('--debug') || args.includes('-d'));
    return surroundings.signal.aborted ? EXIT.interrupted : exitCodeOf(error);
  }
}

async function dispatch(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const words = args[0] === 'help' ? [...args.slice(1), '--help'] : args;
  const style = {
    width: widthOf(surroundings.stdout),
    colors: pc.createColors(hasColors(surroundings.stdout, surroundings.env)),
  };
  const found = findCommand(words);
  if (!found) {
    const [first] = words;
    const group = findGroup(words);
    const isHelp = group === undefined ? isHelpFlag(first) : isHelpFlag(words[1]);
    if (!isHelp) throw unknownCommand(group, words);
    surroundings.stdout.write(`${overview(group, style)}\n`);
    return EXIT.success;
  }
  const command = await found.entry.load();
  const { values, operands } = parseArguments(found.name, command, found.args);
  if (values.help) {
    surroundings.stdout.write(`${commandHelp(found.name, command, style)}\n`);
    return EXIT.success;
  }
  return command.run({ values, operands, terminal: createTerminal(surroundings, values.verbose) });
}

function isHelpFlag(word: string | undefined): boolean {
  return word === undefined || word === '--help' || word === '-h';
}

function unknownCommand(group: string | undefined, words: readonly string[]): Error {
  const name = words.slice(0, group === undefined ? 1 : 2).join(' ');
  const similar = closest(name, [...Object.keys(COMMANDS), ...Object.keys(GROUPS)]);
  const hint = similar === undefined ? '' : `; did you mean \`notarykit ${similar}\`?`;
  return usageError(`there is no command ${quote(name)}${hint}`, group ?? '');
}

/** Prints an error with its code and the next step. */
function printError(error: unknown, { stderr, env }: Surroundings, debug: boolean): void {
  const { red, bold } = pc.createColors(hasColors(stderr, env));
  const message = error instanceof Error ? error.message : String(error);
  const code = isNotationError(error) ? ` [${error.code}]` : '';
  stderr.write(`${red('Error:')} ${printableLines(message)}${code}\n`);
  if (isNotationError(error)) stderr.write(`${bold('To do:')} ${printableLine(nextStepOf(error))}\n`);
  if (debug) for (const line of traceOf(error)) stderr.write(`${printableLine(line)}\n`);
}

/** The lines of the stack of an error, and of the errors that it was caused by. */
function traceOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = (error.stack ?? '').split('\n');
  return error.cause === undefined ? own : [...own, 'caused by:', ...traceOf(error.cause)];
}
