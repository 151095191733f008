import { parseArgs } from 'node:util';
import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { closest } from './closest.ts';
import { COMMON_FLAGS, type Command, type Invocation } from './command.ts';
import { type Flags, readValue } from './flags.ts';

/** The flags and operands of a command line. */
export type ParsedArguments = Pick<Invocation<typeof COMMON_FLAGS>, 'values' | 'operands'>;

/**
 * Reads the arguments of a command as notation's parser does: `--flag value`, `--flag=value`, `-f value`, `-fvalue`,
 * `--switch=false`, flags before and after operands, `--` before operands that begin with a dash.
 *
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function parseArguments(name: string, command: Command, args: readonly string[]): ParsedArguments {
  const flags: Flags = { ...command.flags, ...COMMON_FLAGS };
  const { tokens } = parseArgs({ args, options: optionsOf(flags), strict: false, tokens: true });
  const given = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const value = optionValue(name, flags, token);
    given.set(token.name, [...(given.get(token.name) ?? []), value]);
  }
  const values = Object.fromEntries(
    Object.entries(flags).map(([flag, spec]) => [flag, readValue(`--${flag}`, spec, given.get(flag) ?? [])]),
  ) as ParsedArguments['values'];
  if (!values.help) checkOperands(name, command, operands);
  return { values, operands };
}

/** Makes the error of a command line that cannot be understood. */
export function usageError(message: string, name: string): NotationError {
  const nextStep = `Run \`${['notarykit', name, '--help'].filter(Boolean).join(' ')}\` for its arguments and examples.`;
  return new NotationError('ERR_ARGUMENT_INVALID', message, { nextStep });
}

function optionsOf(flags: Flags) {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { kind, short }]) => [
      name,
      { type: kind === 'switch' ? ('boolean' as const) : ('string' as const), ...(short && { short }) },
    ]),
  );
}

interface OptionToken {
  name: string;
  rawName: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}

function optionValue(
  command: string,
  flags: Flags,
  { name, rawName, value, inlineValue }: OptionToken,
): string {
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (!flag) throw unknownFlag(command, flags, name, rawName);
  if (flag.kind === 'switch') return value ?? 'true';
  if (value === undefined) throw usageError(`${rawName} needs a value: ${flag.value}`, command);
  const isShort = !rawName.startsWith('--');
  return isShort && inlineValue ? value.replace(/^=/, '') : value;
}

function unknownFlag(command: string, flags: Flags, name: string, rawName: string): NotationError {
  const similar = rawName.startsWith('--') ? closest(name, Object.keys(flags)) : undefined;
  const hint = similar === undefined ? '' : `; did you mean --${similar}?`;
  return usageError(`there is no flag ${quote(rawName)}${hint}`, command);
}

function checkOperands(name: string, { operands: wanted }: Command, given: readonly string[]): void {
  const missing = wanted.find((operand, at) => !operand.optional && given[at] === undefined);
  if (missing) throw usageError(`the argument <${missing.name}> is missing`, name);
  if (wanted.at(-1)?.several || given.length <= wanted.length) return;
  throw usageError(`there is one argument too many: ${quote(given[wanted.length])}`, name);
}
