import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';

interface FlagText {
  /** What it does, in a phrase. */
  summary: string;
  /** A single letter that stands for it. */
  short?: string;
}

interface ValueFlag extends FlagText {
  /** What its value is, as help shows it: `file`. */
  value: string;
}

/** A flag of a command, by the kind of its value. */
export type Flag =
  | (FlagText & { kind: 'switch' })
  | (ValueFlag & { kind: 'text'; choices?: readonly string[] })
  | (ValueFlag & { kind: 'list' })
  | (ValueFlag & { kind: 'pairs' })
  | (ValueFlag & { kind: 'count' })
  | (ValueFlag & { kind: 'duration' });

/** The flags of a command by their names. */
export type Flags = Readonly<Record<string, Flag>>;

interface ValueByKind {
  switch: boolean;
  text: string | undefined;
  list: readonly string[];
  pairs: Readonly<Record<string, string>> | undefined;
  /** A positive whole number. */
  count: number | undefined;
  /** Whole seconds. */
  duration: number | undefined;
}

/** The values of flags, by their names. */
export type Values<Of extends Flags> = { readonly [Name in keyof Of]: ValueByKind[Of[Name]['kind']] };

/**
 * Reads the value of a flag.
 * @param name - The flag as it was written, for the error.
 * @param given - What the command line gives, in its order.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readValue(name: string, flag: Flag, given: readonly string[]): ValueByKind[Flag['kind']] {
  const last = given.at(-1);
  switch (flag.kind) {
    case 'switch':
      return last !== undefined && readSwitch(name, last);
    case 'list':
      return given;
    case 'pairs':
      return given.length === 0 ? undefined : readPairs(name, given);
    case 'text':
      return last === undefined ? undefined : readText(name, flag.choices, last);
    case 'count':
      return last === undefined ? undefined : readCount(name, last);
    case 'duration':
      return last === undefined ? undefined : readDuration(name, last);
  }
}

function readSwitch(name: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw argumentInvalid(`${name} is true or false, not ${quote(text)}`);
}

function readText(name: string, choices: readonly string[] | undefined, text: string): string {
  if (!choices || choices.includes(text)) return text;
  throw argumentInvalid(`${name} must be one of ${choices.join(', ')}, not ${quote(text)}`);
}

/** Reads `key=value` pairs as notation does, which rejects an empty value. */
function readPairs(name: string, given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
      throw argumentInvalid(`${name} must be key=value, not ${quote(text)}`);
    }),
  );
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0 && Number.isSafeInteger(count)) return count;
  throw argumentInvalid(`${name} must be a positive whole number, not ${quote(text)}`);
}

const DURATION = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/;

/** Reads a duration such as `3h20m`, in whole seconds. */
function readDuration(name: string, text: string): number {
  const [, hours = 0, minutes = 0, seconds = 0] = DURATION.exec(text) ?? [];
  const duration = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (duration > 0) return duration;
  throw argumentInvalid(`${name} must be a duration such as 12h, 30m or 3h20m, not ${quote(text)}`);
}
