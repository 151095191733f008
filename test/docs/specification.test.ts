import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectedIds, readRows, readRules, unknownCode, unknownTests } from './rules.ts';

const page = readFileSync('docs/specification.md', 'utf8');
const interop = readFileSync('docs/interop.md', 'utf8');
const rules = readRules(page);
const links = new Map(
  [...page.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, name = '', url = '']) => [name, url]),
);

/** Returns the paths of the files below a directory that end so. */
function filesIn(directory: string, end: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(end))
    .map((path) => `${directory}/${path.replaceAll('\\', '/')}`);
}

/** Returns the rules that a text cites, such as "rule JWS-1", "rules JWS-1, JWS-4" and "rules JWS-1 to JWS-3". */
function citedIn(text: string): string[] {
  const lists = text.matchAll(/\brules? ((?:[A-Z]+-\d+(?:, | and | to |\s*\n\s*\*\s*)?)+)/g);
  return [...lists].flatMap(([, list = '']) =>
    [...list.matchAll(/([A-Z]+)-(\d+)(?: to \1-(\d+))?/g)].flatMap(([, group, first, last = first]) =>
      Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => `${group}-${Number(first) + i}`),
    ),
  );
}

describe('docs/specification.md', () => {
  it('has no row that the checks skip', () => {
    expect(readRows(page).length).toBe(rules.length);
    expect(rules.length).toBeGreaterThan(200);
  });

  it('numbers the rules of each group from one, without a gap', () => {
    expect(rules.map(({ id }) => id)).toEqual(expectedIds(rules));
  });

  it('links each rule to a section', () => {
    const without = rules.filter(({ section }) => {
      const [, name = ''] = /^\[[^\]]+\]\[([^\]]+)\]$/.exec(section) ?? [];
      return !/^https:\/\/[^#]+#[\w.-]+$/.test(links.get(name) ?? '');
    });
    expect(without).toEqual([]);
  });

  it('has no link that is not used', () => {
    expect([...links.keys()].filter((name) => !page.includes(`][${name}] |`))).toEqual([]);
  });

  it('names only code that exists', () => {
    expect(unknownCode(rules)).toEqual([]);
  });

  it('names only tests that exist, and no name that several have', () => {
    expect(unknownTests(rules)).toEqual([]);
  });

  it('names only rows of docs/interop.md that exist', () => {
    const named = rules.flatMap(({ requirement }) =>
      [...requirement.matchAll(/(?:See|written\*\*:) ((?:`[a-z0-9-]+`(?:, )?)+)/g)].flatMap(
        ([, list = '']) => list.match(/[a-z0-9-]+/g) ?? [],
      ),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((row) => !interop.includes(`| \`${row}\` |`))).toEqual([]);
  });
});

describe('a rule that the code cites', () => {
  it('is on the page, and enforced by that file', () => {
    const citations = filesIn('src', '.ts').flatMap((path) =>
      citedIn(readFileSync(path, 'utf8')).map((id) => ({ id, file: path.replace('src/', '') })),
    );
    expect(citations.length).toBeGreaterThan(100);
    const stray = citations.filter(
      ({ id, file }) =>
        !rules.find((rule) => rule.id === id)?.code.some((line) => line.endsWith(` in ${file}`)),
    );
    expect(stray).toEqual([]);
  });

  it('has a group, also in tests', () => {
    const numbered = [...filesIn('src', '.ts'), ...filesIn('test', '.ts')].filter((path) =>
      /\b(?:rules?|difference) (?:\d|[A-Z]{1,2}\b(?!-))/.test(readFileSync(path, 'utf8')),
    );
    expect(numbered).toEqual([]);
  });
});
