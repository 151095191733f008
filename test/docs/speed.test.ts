import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { markdownOf } from '../../bench/peers/page.mjs';

it('docs/speed.md has the committed figures', () => {
  const table = JSON.parse(readFileSync('bench/peers/table.json', 'utf8'));
  const [, figures] =
    /<!-- figures -->\n([\s\S]*)\n<!-- \/figures -->/.exec(readFileSync('docs/speed.md', 'utf8')) ?? [];
  expect(figures).toBe(markdownOf(table));
});
