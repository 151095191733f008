import { COMMON_FLAGS, type CommandEntry } from './command.ts';
import type { Flag } from './flags.ts';

/** The shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** What the commands of a group are for, by the first word of their names. */
type Groups = Readonly<Record<string, string>>;

/** A command with what may follow its name. */
interface CompletedCommand {
  words: readonly string[];
  summary: string;
  flags: readonly (readonly [string, Flag])[];
}

/** Writes the script of a shell, in which all commands and flags are spelled out: completing starts no program. */
export async function completionScript(
  shell: (typeof SHELLS)[number],
  entries: Readonly<Record<string, CommandEntry>>,
  groups: Groups,
): Promise<string> {
  const commands = await Promise.all(
    Object.entries(entries).map(async ([name, { summary, load }]) => {
      const flags = Object.entries<Flag>({ ...(await load()).flags, ...COMMON_FLAGS });
      return { words: name.split(' '), summary, flags };
    }),
  );
  return { bash, zsh, fish }[shell](commands, groups);
}

/** The first words, each with what it means. */
function firstWords(commands: readonly CompletedCommand[], groups: Groups): [string, string][] {
  const single = commands.filter(({ words }) => words.length === 1);
  return [
    ...single.map(({ words, summary }): [string, string] => [words.join(), summary]),
    ...Object.entries(groups),
  ];
}

function bash(commands: readonly CompletedCommand[], groups: Groups): string {
  const seconds = Object.keys(groups).map(
    (group) => `    ${group}) words="${secondWords(commands, group)}" ;;`,
  );
  const flags = commands.map(({ words, flags }) => {
    const names = flags.map(([name]) => `--${name}`).join(' ');
    return `    "${words.join(' ')}") words="${names}" ;;`;
  });
  return `# bash completion of notarykit
_notarykit() {
  local current="\${COMP_WORDS[COMP_CWORD]}" first="\${COMP_WORDS[1]}" words="" name
  name="$first"
  case "$first" in ${Object.keys(groups).join('|')}) name="$first \${COMP_WORDS[2]}" ;; esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${firstWords(commands, groups)
      .map(([word]) => word)
      .join(' ')}"
  elif [[ "$current" == -* ]]; then
    case "$name" in
${flags.join('\n')}
    esac
  elif [ "$COMP_CWORD" -eq 2 ]; then
    case "$first" in
${seconds.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _notarykit notarykit`;
}

function secondWords(commands: readonly CompletedCommand[], group: string): string {
  return commands
    .flatMap(({ words: [first, second] }) => (first === group && second ? [second] : []))
    .join(' ');
}

function zsh(commands: readonly CompletedCommand[], groups: Groups): string {
  const described = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([word, meaning]) => `'${word}:${quoted(meaning)}'`).join(' ');
  const seconds = Object.keys(groups).map((group) => {
    const entries = commands.flatMap(({ words: [first, second], summary }) =>
      first === group && second ? [[second, summary] as const] : [],
    );
    return `    ${group}) words=(${described(entries)}) ;;`;
  });
  const flags = commands.map(({ words, flags }) => {
    const specs = flags.map(([name, flag]) => zshFlag(name, flag)).join(' ');
    return `    '${words.join(' ')}') _arguments -s ${specs} '*:file:_files' ;;`;
  });
  return `#compdef notarykit
_notarykit() {
  local -a words
  local first=\${\${(z)BUFFER}[2]} second=\${\${(z)BUFFER}[3]} name
  name="$first"
  case "$first" in ${Object.keys(groups).join('|')}) name="$first $second" ;; esac
  if (( CURRENT == 2 )); then
    words=(${described(firstWords(commands, groups))})
    _describe command words
    return
  fi
  if (( CURRENT == 3 )); then
    case "$first" in
${seconds.join('\n')}
    esac
    if (( $#words )); then _describe command words; return; fi
  fi
  case "$name" in
${flags.join('\n')}
  esac
}
compdef _notarykit notarykit`;
}

function zshFlag(name: string, flag: Flag): string {
  const meaning = quoted(flag.summary).replace(/[[\]:]/g, '\\$&');
  if (flag.kind === 'switch') return `'--${name}[${meaning}]'`;
  const action = flag.kind === 'text' && flag.choices ? `(${flag.choices.join(' ')})` : '_files';
  return `'*--${name}=[${meaning}]:${flag.value.replaceAll(':', '\\:')}:${action}'`;
}

function fish(commands: readonly CompletedCommand[], groups: Groups): string {
  const names = Object.keys(groups).join(' ');
  const first = firstWords(commands, groups).map(
    ([word, meaning]) =>
      `complete -c notarykit -n __fish_use_subcommand -f -a ${word} -d '${quoted(meaning)}'`,
  );
  const second = commands.flatMap(({ words: [group = '', word], summary }) =>
    word
      ? [
          `complete -c notarykit -n '__fish_seen_subcommand_from ${group}; and test (count (commandline -opc)) -eq 2' -f -a ${word} -d '${quoted(summary)}'`,
        ]
      : [],
  );
  const flags = commands.flatMap(({ words, flags }) => {
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    const alone = words.length === 1 ? `${seen}; and not __fish_seen_subcommand_from ${names}` : seen;
    return flags.map(([name, flag]) => {
      const short = flag.short ? ` -s ${flag.short}` : '';
      const value = flag.kind === 'switch' ? '' : ' -r';
      const choices = flag.kind === 'text' && flag.choices ? ` -f -a '${flag.choices.join(' ')}'` : '';
      return `complete -c notarykit -n '${alone}' -l ${name}${short}${value}${choices} -d '${quoted(flag.summary)}'`;
    });
  });
  return ['# fish completion of notarykit', ...first, ...second, ...flags].join('\n');
}

/** Text between single quotes of a shell. */
function quoted(text: string): string {
  return text.replaceAll("'", '’').replaceAll('`', '').replaceAll('\\', '');
}
