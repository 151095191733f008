/** Characters of outside text that a message shows by default. */
const MAX_QUOTED = 160;
/** Characters of a line of output for people; longer lines are cut. */
const MAX_LINE = 1000;

/** Control and format characters, surrogates without a partner, and what ends a line: they could forge a log line. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Quotes text from outside for a message: as a JSON string on one line, cut where it is long.
 * @param text - Anything; what is not a string is converted.
 * @param max - Characters to show at most.
 */
export function quote(text: unknown, max = MAX_QUOTED): string {
  return escapeUnprintable(JSON.stringify(cut(String(text), max)));
}

/** Writes every unprintable character of a text as `\u{…}`, so that what is shown is what is there. */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Makes a line of output for people, with unprintable characters escaped, so that nothing in it can forge a line. */
export function printableLine(text: string): string {
  return escapeUnprintable(cut(text, MAX_LINE));
}

/**
 * Puts text that another program wrote for people on one line, for a message that passes it on.
 * @param max - Characters to keep at most.
 */
export function oneLine(text: string, max = MAX_QUOTED): string {
  // Cut first: the text may be much longer than what is kept of it.
  const visible = text.slice(0, 4 * max).replace(UNPRINTABLE, ' ');
  return cut(visible.replace(/\s+/g, ' ').trim(), max);
}

/** The start of a text, without half of a character at its end. */
function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max).replace(/[\ud800-\udbff]$/, '')}…` : text;
}
