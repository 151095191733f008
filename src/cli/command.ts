import type { Flag, Flags, Values } from './flags.ts';
import type { Terminal } from './terminal.ts';

/** What a command line may give besides flags. */
export interface Operand {
  /** Its name in help: `reference`. */
  name: string;
  /** Whether there may be several; one by default. */
  several?: boolean;
  /** Whether it may be left out. */
  optional?: boolean;
}

/** A command line that shows what a command is for. */
export interface Example {
  /** What it does, in a phrase. */
  title: string;
  /** The arguments of `notarykit`. */
  line: string;
}

/** What a command is given to do its work. */
export interface Invocation<Of extends Flags = Flags> {
  values: Values<Of>;
  operands: readonly string[];
  terminal: Terminal;
}

/** A command: its arguments, its help, and its work. */
export interface Command<Of extends Flags = Flags> {
  /** What it does, in a sentence or two. */
  description: string;
  operands: readonly Operand[];
  flags: Of;
  examples: readonly Example[];
  /** @returns The exit code. */
  run(invocation: Invocation<Of>): Promise<number>;
}

/** A command in the list of commands: its code is loaded when it is run. */
export interface CommandEntry {
  /** What it does, in a phrase. */
  summary: string;
  load(): Promise<Command>;
}

/** Checks the types of a command, and makes it one of any flags. */
export function defineCommand<const Of extends Readonly<Record<string, Flag>>>(
  command: Command<Of>,
): Command {
  return command as unknown as Command;
}

/** The flags that every command has. */
export const COMMON_FLAGS = {
  help: { kind: 'switch', short: 'h', summary: 'show this help' },
  verbose: { kind: 'switch', short: 'v', summary: 'say more: each check, each reason' },
  debug: { kind: 'switch', short: 'd', summary: 'show where an error comes from' },
} as const satisfies Flags;
