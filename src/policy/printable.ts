/** Characters of a line: a person reads no more. */
const MAX_LINE = 1000;

/** A line stays one line, and what cannot be seen is shown, so that nothing from outside can forge one. */
export function printable(line: string): string {
  const shown = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
  return shown.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
