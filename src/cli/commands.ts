import type { CommandEntry } from './command.ts';

/** The commands by their names, in the order of help. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  verify: {
    summary: 'verify the signatures of artifacts',
    load: async () => (await import('./commands/verify.ts')).command,
  },
  check: {
    summary: 'verify the images that files name',
    load: async () => (await import('./commands/check.ts')).command,
  },
  sign: {
    summary: 'sign an artifact',
    load: async () => (await import('./commands/sign.ts')).command,
  },
  inspect: {
    summary: 'show what the signatures of an artifact say',
    load: async () => (await import('./commands/inspect.ts')).command,
  },
  list: {
    summary: 'list the signatures of an artifact',
    load: async () => (await import('./commands/list.ts')).command,
  },
  copy: {
    summary: 'copy signatures to another registry, repository or directory',
    load: async () => (await import('./commands/copy.ts')).command,
  },
  delete: {
    summary: 'delete a signature',
    load: async () => (await import('./commands/delete.ts')).command,
  },
  'blob sign': {
    summary: 'sign a file',
    load: async () => (await import('./commands/blob-sign.ts')).command,
  },
  'blob verify': {
    summary: 'verify the signature of a file',
    load: async () => (await import('./commands/blob-verify.ts')).command,
  },
  'blob inspect': {
    summary: 'show what the signature of a file says',
    load: async () => (await import('./commands/blob-inspect.ts')).command,
  },
  'policy init': {
    summary: 'write a trust policy with one statement',
    load: async () => (await import('./commands/policy-init.ts')).command,
  },
  'policy import': {
    summary: 'check a trust policy and use it',
    load: async () => (await import('./commands/policy-import.ts')).command,
  },
  'policy show': {
    summary: 'show the trust policy',
    load: async () => (await import('./commands/policy-show.ts')).command,
  },
  'policy explain': {
    summary: 'explain which statement applies to an artifact, and why',
    load: async () => (await import('./commands/policy-explain.ts')).command,
  },
  'policy lint': {
    summary: 'find errors and misunderstandings in a trust policy',
    load: async () => (await import('./commands/policy-lint.ts')).command,
  },
  'policy merge': {
    summary: 'merge trust policies',
    load: async () => (await import('./commands/policy-merge.ts')).command,
  },
  'cert generate-test': {
    summary: 'generate a test key with its certificate',
    load: async () => (await import('./commands/cert-generate-test.ts')).command,
  },
  'cert add': {
    summary: 'add certificates to a trust store',
    load: async () => (await import('./commands/cert-add.ts')).command,
  },
  'cert list': {
    summary: 'list the certificates of the trust stores',
    load: async () => (await import('./commands/cert-list.ts')).command,
  },
  'key add': {
    summary: 'add a key to the list of keys',
    load: async () => (await import('./commands/key-add.ts')).command,
  },
  'key list': {
    summary: 'list the keys',
    load: async () => (await import('./commands/key-list.ts')).command,
  },
  'plugin install': {
    summary: 'install a plugin',
    load: async () => (await import('./commands/plugin-install.ts')).command,
  },
  'plugin list': {
    summary: 'list the plugins',
    load: async () => (await import('./commands/plugin-list.ts')).command,
  },
  'plugin uninstall': {
    summary: 'remove a plugin',
    load: async () => (await import('./commands/plugin-uninstall.ts')).command,
  },
  'registry check': {
    summary: 'find out what a registry supports',
    load: async () => (await import('./commands/registry-check.ts')).command,
  },
  completion: {
    summary: 'print a script that completes commands and flags',
    load: async () => (await import('./commands/completion.ts')).completionCommand(COMMANDS, GROUPS),
  },
  version: {
    summary: 'show the version',
    load: async () => (await import('./commands/version.ts')).command,
  },
};

/** The groups of commands by the first words of their names. */
export const GROUPS: Readonly<Record<string, string>> = {
  blob: 'sign and verify files',
  policy: 'manage trust policies',
  cert: 'manage the certificates of trust stores',
  key: 'manage keys',
  plugin: 'manage plugins',
  registry: 'find out about registries',
};

/** Other names of commands, most of them those of notation. */
const ALIASES: Readonly<Record<string, string>> = {
  ls: 'list',
  certificate: 'cert',
  'cert ls': 'cert list',
  'key ls': 'key list',
  'plugin ls': 'plugin list',
  'plugin add': 'plugin install',
  'plugin remove': 'plugin uninstall',
  'plugin rm': 'plugin uninstall',
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
