import type { Command } from './command.ts';

/** A command in the list of commands: its code is loaded when it is run. */
export interface CommandEntry {
  /** What it does, in a phrase. */
  summary: string;
  load(): Promise<Command>;
}

/** The commands by their names, in the order of help. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  verify: {
    summary: 'verify the signatures of artifacts',
    load: async () => (await import('./commands/verify.ts')).command,
  },
  sign: {
    summary: 'sign an artifact',
    load: async () => (await import('./commands/sign.ts')).command,
  },
  inspect: {
    summary: 'show what the signatures of an artifact say, without verifying them',
    load: async () => (await import('./commands/inspect.ts')).command,
  },
  list: {
    summary: 'list the signatures of an artifact',
    load: async () => (await import('./commands/list.ts')).command,
  },
};

/** The groups of commands by the first words of their names. */
export const GROUPS: Readonly<Record<string, string>> = {};

/** Other names of commands, most of them those of notation. */
const ALIASES: Readonly<Record<string, string>> = {
  ls: 'list',
};

/** A command that was found, and the arguments after its name. */
export interface FoundCommand {
  name: string;
  entry: CommandEntry;
  args: readonly string[];
}

/** Finds the command that the arguments begin with, also by another name of it. */
export function findCommand(args: readonly string[]): FoundCommand | undefined {
  for (const words of [2, 1]) {
    if (args.length < words) continue;
    const name = canonicalName(args.slice(0, words).join(' '));
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (entry) return { name, entry, args: args.slice(words) };
  }
  return undefined;
}

/** Finds the group that the arguments begin with. */
export function findGroup([first = '']: readonly string[]): string | undefined {
  const name = canonicalName(first);
  return Object.hasOwn(GROUPS, name) ? name : undefined;
}

function canonicalName(name: string): string {
  const words = name.split(' ');
  const [first = ''] = words;
  const group = words.length > 1 && Object.hasOwn(ALIASES, first) ? ALIASES[first] : first;
  const full = [group, ...words.slice(1)].join(' ');
  return (Object.hasOwn(ALIASES, full) ? ALIASES[full] : undefined) ?? full;
}
