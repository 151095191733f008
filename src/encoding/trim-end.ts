/** Removes characters from the end of a string in linear time: a regular expression such as `/x+$/` tries every start. */
export function trimEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
