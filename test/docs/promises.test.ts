import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectedIds, readRows, readRules, unknownCode, unknownTests } from './rules.ts';

const page = readFileSync('docs/promises.md', 'utf8');
const security = readFileSync('SECURITY.md', 'utf8');
const model = readFileSync('docs/security-model.md', 'utf8');
const promises = readRules(page);
const sources = new Set(promises.map(({ section }) => section));

/** Returns the first cell of each row of the table below a heading. */
function rowsBelow(heading: string): string[] {
  const [, section = ''] = model.split(`\n${heading}\n`);
  const [text = ''] = section.split(/\n##/);
  return readRows(text).map((row) => row.split(' | ')[0]?.slice(2) ?? '');
}

describe('docs/promises.md', () => {
  it('has no row that the checks skip', () => {
    expect(readRows(page).length).toBe(promises.length);
    expect(promises.length).toBeGreaterThan(100);
  });

  it('numbers the promises of each group from one, without a gap', () => {
    expect(promises.map(({ id }) => id)).toEqual(expectedIds(promises));
  });

  it('names only code that exists', () => {
    expect(unknownCode(promises)).toEqual([]);
  });

  it('names only tests that exist, and no name that several have', () => {
    expect(unknownTests(promises)).toEqual([]);
  });

  it('has each promise of SECURITY.md, and no other', () => {
    const numbered = [...security.matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => `promise ${number}`);
    const named = [...sources].filter((source) => source.startsWith('promise '));
    expect(numbered.length).toBeGreaterThan(10);
    expect(named.sort()).toEqual(numbered.sort());
  });

  it.each(['## Attackers', '## By layer', '## Names of registries', '## Limits'])(
    'has each row of the table of the security model below "%s"',
    (heading) => {
      const rows = rowsBelow(heading);
      expect(rows.length).toBeGreaterThan(5);
      expect(rows.filter((row) => ![...sources].some((source) => row.startsWith(source)))).toEqual([]);
    },
  );
});
