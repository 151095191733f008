/** Everything in JSON text that a terminal could act on, or that is not valid UTF-8; line feeds separate its lines. */
const UNPRINTABLE = /[\p{Zl}\p{Zp}]|(?!\n)\p{C}/gu;

/** What begins a command that a CI service looks for in its log: `##[group]`, `##vso[…]`. */
const COMMAND_MARK = /##/g;

/** Writes a value as indented JSON in which unprintable characters of strings are escaped: it parses to the same value. */
export function printableJson(value: unknown): string {
  const json = JSON.stringify(value, null, 2).replace(COMMAND_MARK, '#\\u0023');
  return json.replace(UNPRINTABLE, (character) =>
    // A character outside the basic plane is two escapes.
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
