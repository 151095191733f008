import { closest } from '../cli/closest.ts';
import { type Flag, type Flags, readValue, type Values } from '../cli/flags.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';

const PREFIX = 'INPUT_';

/** An input of notation-action that changes nothing here, so that a workflow that gives it goes on. */
export const IGNORED_FLAGS = {
  'allow-referrers-api': {
    kind: 'switch',
    summary: 'as in notation-action; the referrers API is used wherever there is one',
  },
} as const satisfies Flags;

/**
 * Reads the inputs of a step, which are flags of the command: `trust_policy` is the flag `trust-policy`. Lists and pairs have
 * one entry a line. An empty input is not given: that is what the runner passes for those that a workflow leaves out.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, also for an input that does not exist
 */
export function collectInputs<const Of extends Flags>(
  flags: Of,
  env: Readonly<Record<string, string | undefined>>,
): Values<Of> {
  const names = Object.keys(flags).map(inputOf);
  for (const name of Object.keys(env)) {
    if (name.startsWith(PREFIX)) checkName(name.slice(PREFIX.length).toLowerCase(), names);
  }
  const values = Object.entries(flags).map(([flag, spec]) => {
    const input = inputOf(flag);
    const { [PREFIX + input.toUpperCase()]: text = '' } = env;
    return [flag, readValue(input, spec, entriesOf(spec, text))];
  });
  return Object.fromEntries(values) as Values<Of>;
}

/** Returns the name of the input that is a flag. */
export function inputOf(flag: string): string {
  return flag.replaceAll('-', '_');
}

function checkName(name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const similar = closest(name, names);
  const hint = similar === undefined ? '' : `; did you mean ${similar}?`;
  throw argumentInvalid(`there is no input ${quote(name)}${hint}`);
}

function entriesOf({ kind }: Flag, text: string): string[] {
  const entries = kind === 'list' || kind === 'pairs' ? text.split(/\r?\n/) : [text];
  return entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
}
