import type { Colors } from 'picocolors/types';
import { COMMON_FLAGS, type Command, type Operand } from './command.ts';
import { COMMANDS, GROUPS } from './commands.ts';
import type { Flag, Flags } from './flags.ts';
import { wrap } from './terminal.ts';

/** How help is laid out. */
export interface HelpStyle {
  /** Characters of a line. */
  width: number;
  colors: Colors;
}

/** The room that help needs to put what a name means next to it. */
const WIDE = 64;
const INDENT = '  ';

/** Formats the help of a command: what it does, examples, flags. */
export function commandHelp(name: string, command: Command, { width, colors }: HelpStyle): string {
  const usage = ['notarykit', name, '[flags]', ...command.operands.map(operandText)].join(' ');
  const flags = Object.entries({ ...command.flags, ...COMMON_FLAGS } as Flags);
  return [
    ...wrap(command.description, width),
    '',
    ...wrap(`Usage: ${usage}`, width).map((line) => line.replace(/^Usage/, colors.bold)),
    '',
    colors.bold('Examples'),
    ...command.examples.flatMap(({ title, line }) => [
      ...wrap(`# ${title}`, width - INDENT.length).map((text) => INDENT + colors.dim(text)),
      `${INDENT}notarykit ${line}`,
      '',
    ]),
    colors.bold('Flags'),
    ...definitions(
      flags.map(([flag, spec]) => [flagText(flag, spec), flagSummary(spec)]),
      width,
    ),
  ].join('\n');
}

/** Formats the help of a group of commands or, without a group, that of the program. */
export function overview(group: string | undefined, { width, colors }: HelpStyle): string {
  const prefix = group === undefined ? '' : `${group} `;
  const names = Object.keys(COMMANDS).filter((name) => name.startsWith(prefix));
  return [
    ...wrap(group === undefined ? DESCRIPTION : `Commands to ${GROUPS[group]}.`, width),
    '',
    `${colors.bold('Usage')}: notarykit ${prefix}<command> [flags]`,
    '',
    ...(group === undefined ? [colors.bold('Start here'), ...START.map((line) => INDENT + line), ''] : []),
    colors.bold('Commands'),
    ...definitions(
      names.map((name) => [name, COMMANDS[name]?.summary ?? '']),
      width,
    ),
    '',
    ...wrap(`Run \`notarykit ${prefix}<command> --help\` for the flags and examples of a command.`, width),
    ...(group === undefined ? ['', colors.bold('Exit codes'), ...definitions(EXIT_CODES, width)] : []),
  ].join('\n');
}

const DESCRIPTION =
  'Sign OCI artifacts and blobs, and verify their Notary Project signatures. It reads the configuration of notation.';

const START = [
  'notarykit cert generate-test --default acme.example',
  'notarykit sign localhost:5000/app:v1',
  'notarykit policy init --name app --trust-store ca:acme.example --trusted-identity "*"',
  'notarykit verify localhost:5000/app:v1',
];

const EXIT_CODES: readonly (readonly [string, string])[] = [
  ['0', 'verified, accepted with warnings, or skipped by the policy; done'],
  ['1', 'rejected or unsigned'],
  ['2', 'wrong arguments, or a configuration that must be corrected'],
  ['3', 'no verdict could be reached, such as because a registry is down'],
  ['130', 'stopped by Ctrl-C'],
];

/** An operand as it is written: `[<file>...]`. */
export function operandText({ name, optional, several }: Operand): string {
  const text = `<${name}>${several ? '...' : ''}`;
  return optional ? `[${text}]` : text;
}

/** A flag as it is written: `-o, --output <format>`. */
export function flagText(name: string, flag: Flag): string {
  const short = flag.short ? `-${flag.short}, ` : '    ';
  return `${short}--${name}${flag.kind === 'switch' ? '' : ` <${flag.value}>`}`;
}

/** What a flag does, with its choices. */
export function flagSummary(flag: Flag): string {
  const choices = flag.kind === 'text' && flag.choices ? `: ${flag.choices.join(', ')}` : '';
  return `${flag.summary}${choices}${flag.kind === 'list' || flag.kind === 'pairs' ? '; may be repeated' : ''}`;
}

/** Formats names with what they mean: next to them, or below them on a narrow terminal. */
function definitions(entries: readonly (readonly [string, string])[], width: number): string[] {
  const column = Math.min(Math.max(...entries.map(([name]) => name.length)) + 2, 34);
  return entries.flatMap(([name, meaning]) => {
    if (width < WIDE) {
      return [INDENT + name.trim(), ...wrap(meaning, width - 6).map((line) => `      ${line}`)];
    }
    const [first = '', ...rest] = wrap(meaning, width - column - INDENT.length);
    const fits = name.length + 2 <= column;
    const lines = fits ? rest : [first, ...rest];
    return [
      `${INDENT}${fits ? name.padEnd(column) + first : name}`,
      ...lines.map((line) => INDENT + ' '.repeat(column) + line),
    ];
  });
}
