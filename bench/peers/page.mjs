// The committed figures as a table in docs/speed.md.
import { readFile, writeFile } from 'node:fs/promises';

const PAGE = new URL('../../docs/speed.md', import.meta.url);
const BEGIN = '<!-- figures -->';
const END = '<!-- /figures -->';

export async function writePage(table) {
  const text = await readFile(PAGE, 'utf8');
  const [start, stop] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (start < 0 || stop < start) throw new Error(`docs/speed.md has no ${BEGIN} … ${END}`);
  await writeFile(PAGE, `${text.slice(0, start + BEGIN.length)}\n${markdownOf(table)}\n${text.slice(stop)}`);
}

export function markdownOf(table) {
  const lines = table.map(({ what, committed, mustBe = '', stretch = '' }) => [
    what,
    committed,
    mustBe,
    stretch,
  ]);
  const rows = [['what', 'figure', 'must be', 'stretch'], ['---', '---', '---', '---'], ...lines];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
