/** Typing errors in a name: one in each so many characters. */
const CHARACTERS_PER_ERROR = 3;

/** Returns the name that was probably meant by one that does not exist. */
export function closest(given: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, distance: name.startsWith(given) ? 1 : distance(given, name) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= given.length / CHARACTERS_PER_ERROR ? best.name : undefined;
}

/** The number of characters to insert, delete or replace (Levenshtein), for short strings. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [at, character] of [...from.slice(0, 64)].entries()) {
    const next = [at + 1];
    for (let column = 1; column <= to.length; column++) {
      const [left = 0, above = 0, diagonal = 0] = [next[column - 1], row[column], row[column - 1]];
      next.push(Math.min(left + 1, above + 1, diagonal + (to[column - 1] === character ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
