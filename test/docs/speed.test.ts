import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { markdownOf } from '../../bench/peers/page.mjs';

it('docs/speed.md has the committed figures', () => {
  const table = JSON.parse(readFileSync('bench/peers/table.json', 'utf8'));
  const page = readFileSync('docs/speed.md', 'utf8');
  const [, figures] = /<!-- figures -->\n([\s\S]*)\n<!-- \/figures -->/.exec(page) ?? [];
  expect(figures).toBe(markdownOf(table));
});
