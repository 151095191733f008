/** Characters of an outside string that a message shows by default. */
const MAX_QUOTED = 160;
/** Characters of a line of output for people; longer lines are truncated. */
const MAX_LINE = 1000;

/** Control and format characters, lone surrogates and line separators, which could forge a log line. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** What CI services look for: `::name` at the start of a line; `##[name]`, `##vso[name]` or `##teamcity[name]` anywhere. */
const COMMAND_MARK = /^\s*::|##(?=[a-z]*\[)/gi;

/**
 * Quotes a string from outside for a message: as a JSON string on one line, truncated if it is long.
 * @param text - A string; any other value is converted to one.
 * @param max - The most characters to show.
 */
export function quote(text: unknown, max = MAX_QUOTED): string {
  return escapeUnprintable(JSON.stringify(cut(String(text), max)));
}

/** Escapes every unprintable character of a string as `\u{…}`. */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/**
 * Makes a line of output for people: unprintable characters are escaped, so that nothing in it can forge a line, and so is
 * the mark of a command, so that a CI service that reads the output does not run it.
 */
export function printableLine(text: string): string {
  return escapeUnprintable(cut(text, MAX_LINE)).replace(COMMAND_MARK, (mark) => {
    const last = mark.charAt(mark.length - 1);
    return `${mark.slice(0, -1)}\\u{${last.charCodeAt(0).toString(16)}}`;
  });
}

/**
 * Puts a message of another program on one line, to pass it on in a message.
 * @param max - The most characters to keep.
 */
export function oneLine(text: string, max = MAX_QUOTED): string {
  // Cut first: the string may be much longer than the part that is kept.
  const visible = text.slice(0, 4 * max).replace(UNPRINTABLE, ' ');
  return cut(visible.replace(/\s+/g, ' ').trim(), max);
}

/** Returns the start of a string, without half of a character at its end. */
function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max).replace(/[\ud800-\udbff]$/, '')}…` : text;
}
