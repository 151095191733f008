import { existsSync, readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const page = readFileSync('docs/specification.md', 'utf8');
const interop = readFileSync('docs/interop.md', 'utf8');

/** A row of a table: the rule, and the lines of its cells. */
interface Rule {
  id: string;
  requirement: string;
  section: string;
  code: string[];
  tests: string[];
}

const rules = [...page.matchAll(/^\| ([A-Z]+-\d+) \| (.+) \| (.+) \| (.+) \| (.+) \|$/gm)].map(
  ([, id = '', requirement = '', section = '', code = '', tests = '']): Rule => ({
    id,
    requirement,
    section,
    code: code.split('<br>'),
    tests: tests.split('<br>'),
  }),
);
const links = new Map(
  [...page.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, name = '', url = '']) => [name, url]),
);
/** The rows of tables, without their headings and rules. */
const rows = page.split('\n').filter((line) => /^\|(?! rule \||---)/.test(line));

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
}

/** Returns the paths of the files below a directory that end so. */
function filesIn(directory: string, end: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(end))
    .map((path) => `${directory}/${path.replaceAll('\\', '/')}`);
}

/** Reads each file once; a missing file counts as empty. */
function remembered(read: (path: string) => string[]): (path: string) => string[] {
  const known = new Map<string, string[]>();
  return (path) => {
    const found = known.get(path) ?? (existsSync(path) ? read(path) : []);
    known.set(path, found);
    return found;
  };
}

/** Returns the names that a file declares at its top: functions, classes and constants. */
function declaredNames(path: string): string[] {
  return parse(path).statements.flatMap((statement) => {
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      return statement.name ? [statement.name.text] : [];
    }
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  });
}

/** Returns the titles of the tests in a file, each after those of its groups. */
function titlesIn(path: string): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node, groups: readonly string[]): void => {
    const title = ts.isCallExpression(node) ? titleOf(node) : undefined;
    const called = ts.isCallExpression(node) ? calledName(node.expression) : undefined;
    if (title !== undefined && called === 'it') titles.push([...groups, title].join(' '));
    const inside = title !== undefined && called === 'describe' ? [...groups, title] : groups;
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  visit(parse(path), []);
  return titles;
}

function titleOf({ arguments: [first] }: ts.CallExpression): string | undefined {
  if (first && ts.isStringLiteralLike(first)) return first.text;
  return first && ts.isTemplateExpression(first) ? first.getText().slice(1, -1) : undefined;
}

/** Returns `it` for `it(…)`, and also for `it.each(…)(…)` and `it.runIf(…)(…)`. */
function calledName(expression: ts.Expression): string {
  if (ts.isCallExpression(expression) || ts.isPropertyAccessExpression(expression)) {
    return calledName(expression.expression);
  }
  return ts.isTaggedTemplateExpression(expression) ? calledName(expression.tag) : expression.getText();
}

/** Returns the files and names in a cell of each rule; both are empty for a line in another form. */
function entriesOf(cell: 'code' | 'tests', form: RegExp): { id: string; file: string; name: string }[] {
  return rules.flatMap((rule) =>
    rule[cell].map((line) => {
      const { file = '', name = '' } = form.exec(line)?.groups ?? {};
      return { id: rule.id, file, name };
    }),
  );
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
    expect(rows.length).toBe(rules.length);
    expect(rules.length).toBeGreaterThan(200);
  });

  it('numbers the rules of each group from one, without a gap', () => {
    const counts = new Map<string, number>();
    const expected = rules.map(({ id }) => {
      const group = id.replace(/-\d+$/, '');
      counts.set(group, (counts.get(group) ?? 0) + 1);
      return `${group}-${counts.get(group)}`;
    });
    expect(rules.map(({ id }) => id)).toEqual(expected);
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
    const namesIn = remembered(declaredNames);
    const unknown = entriesOf('code', /^`(?<name>\w+)` in (?<file>\S+)$/).filter(
      ({ name, file }) => !namesIn(`src/${file}`).includes(name),
    );
    expect(unknown).toEqual([]);
  });

  it('names only tests that exist, and no name that several have', () => {
    const titles = remembered(titlesIn);
    const unknown = entriesOf('tests', /^(?<file>\S+\.test\.ts): (?<name>.+)$/).filter(
      ({ name, file }) => titles(`test/${file}`).filter((title) => title === name).length !== 1,
    );
    expect(unknown).toEqual([]);
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
