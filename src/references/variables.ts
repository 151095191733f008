/** Looks a variable up; `undefined` if it is not set. */
export type Lookup = (name: string) => string | undefined;

/** A text with its variables replaced, or why that is impossible. */
export type Expansion = { value: string; problem?: undefined } | { problem: string; value?: undefined };

/** How deep defaults may contain variables. */
const MAX_DEPTH = 10;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /:?[-+?]/y;

/**
 * Replaces `$NAME`, `${NAME}`, `${NAME-default}`, `${NAME:-default}`, `${NAME+value}` and `${NAME:+value}`, as shells, compose and
 * Dockerfiles do. A variable that is not set and has no default is a problem.
 *
 * @param escaped - Returns the text that an escape sequence at a position stands for, and its end.
 */
export function expand(
  text: string,
  lookup: Lookup,
  escaped: (text: string, at: number) => { text: string; end: number } | undefined,
): Expansion {
  const reader = { text, at: 0 };
  try {
    return { value: until(reader, undefined, 0) };
  } catch (error) {
    if (error instanceof Unresolved) return { problem: error.message };
    throw error;
  }

  function until(from: typeof reader, end: string | undefined, depth: number): string {
    if (depth > MAX_DEPTH) throw new Unresolved('its variables are nested too deep');
    let value = '';
    while (from.at < from.text.length) {
      const character = from.text.charAt(from.at);
      if (character === end) return value;
      const literal = escaped(from.text, from.at);
      if (literal) {
        value += literal.text;
        from.at = literal.end;
      } else if (character === '$') {
        from.at++;
        value += variable(from, depth);
      } else {
        value += character;
        from.at++;
      }
    }
    if (end !== undefined) throw new Unresolved(`a variable in it has no closing ${end}`);
    return value;
  }

  function variable(from: typeof reader, depth: number): string {
    const braces = from.text.charAt(from.at) === '{';
    if (braces) from.at++;
    const name = match(from, NAME);
    if (name === undefined) throw new Unresolved('it has a variable without a name');
    if (!braces) return required(name, lookup(name));
    const operator = match(from, OPERATOR);
    if (operator === undefined && from.text.charAt(from.at) !== '}') {
      throw new Unresolved(`the variable ${name} has an operator that is not supported`);
    }
    const value = lookup(name);
    const isSet = operator?.startsWith(':') ? Boolean(value) : value !== undefined;
    const takesWord = operator?.endsWith('+') ? isSet : operator?.endsWith('-') && !isSet;
    // A word that is not taken may contain variables that are not set.
    const word = takesWord ? until(from, '}', depth + 1) : skip(from);
    from.at++;
    if (takesWord) return word;
    if (operator?.endsWith('+')) return '';
    return required(name, operator === undefined || isSet ? value : undefined);
  }

  /** Skips a word up to its closing brace. */
  function skip(from: typeof reader): string {
    let open = 1;
    for (; from.at < from.text.length; from.at++) {
      if (from.text.startsWith('${', from.at)) open++;
      if (from.text.charAt(from.at) === '}' && --open === 0) return '';
    }
    throw new Unresolved('a variable in it has no closing }');
  }
}

/** Why a text cannot be expanded; caught by {@link expand}. */
class Unresolved extends Error {}

function required(name: string, value: string | undefined): string {
  if (value === undefined) throw new Unresolved(`the variable ${name} is not set`);
  return value;
}

function match(from: { text: string; at: number }, pattern: RegExp): string | undefined {
  pattern.lastIndex = from.at;
  const [found] = pattern.exec(from.text) ?? [];
  if (found !== undefined) from.at += found.length;
  return found;
}
