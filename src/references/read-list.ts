import type { Findings } from './found.ts';

/** Finds the references of a list: one a line; `#` starts a comment at the start of a line or after white space. */
export function findInList(text: string, findings: Findings): void {
  for (const [index, line] of text.split(/\r\n|[\n\r]/).entries()) {
    const start = line.search(/\S/);
    if (start < 0) continue;
    const comment = startOfComment(line);
    const reference = line.slice(0, comment).trim();
    if (reference !== '') findings.add(reference, { line: index + 1, column: start + 1 }, 'the list');
  }
}

function startOfComment(line: string): number {
  for (let at = line.indexOf('#'); at >= 0; at = line.indexOf('#', at + 1)) {
    if (at === 0 || /\s/.test(line.charAt(at - 1))) return at;
  }
  return line.length;
}
