import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { parse } from './source-files.ts';

/** A row of a table: what is required or promised, and the lines of its cells. */
export interface Rule {
  id: string;
  requirement: string;
  section: string;
  code: string[];
  tests: string[];
}

/** Returns the rows of the tables of a page, each of five cells. */
export function readRules(page: string): Rule[] {
  return [...page.matchAll(/^\| ([A-Z]+-\d+) \| (.+) \| (.+) \| (.+) \| (.+) \|$/gm)].map(
    ([, id = '', requirement = '', section = '', code = '', tests = '']): Rule => ({
      id,
      requirement,
      section,
      code: code.split('<br>'),
      tests: tests.split('<br>'),
    }),
  );
}

/** Returns the rows of the tables of a page, without their headings and rules. */
export function readRows(page: string): string[] {
  const lines = page.split('\n');
  return lines.filter((line, i) => line.startsWith('| ') && !(lines[i + 1] ?? '').startsWith('|---'));
}

/** Returns the ids as they must be: the rules of each group are numbered from one, without a gap. */
export function expectedIds(rules: readonly Rule[]): string[] {
  const counts = new Map<string, number>();
  return rules.map(({ id }) => {
    const group = id.replace(/-\d+$/, '');
    counts.set(group, (counts.get(group) ?? 0) + 1);
    return `${group}-${counts.get(group)}`;
  });
}

/** Returns the lines about code that name no function, class or constant at the top of a file of `src`. */
export function unknownCode(rules: readonly Rule[]): NamedEntry[] {
  const namesIn = remembered(declaredNames);
  return entriesOf(rules, 'code', /^`(?<name>\w+)` in (?<file>\S+)$/).filter(
    ({ name, file }) => name === '' || !namesIn(`src/${file}`).includes(name),
  );
}

/** Returns the lines about tests that name no test, or several of one file. */
export function unknownTests(rules: readonly Rule[]): NamedEntry[] {
  const titles = remembered(titlesIn);
  return entriesOf(rules, 'tests', /^(?<file>\S+\.test\.ts): (?<name>.+)$/).filter(
    ({ name, file }) => name === '' || titles(`test/${file}`).filter((title) => title === name).length !== 1,
  );
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
  return parse(path, readFileSync(path, 'utf8')).statements.flatMap((statement) => {
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
  visit(parse(path, readFileSync(path, 'utf8')), []);
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

/** A file and a name in it, for a rule. */
interface NamedEntry {
  id: string;
  file: string;
  name: string;
}

/** Returns the files and names in a cell of each rule; both are empty for a line in another form. */
function entriesOf(rules: readonly Rule[], cell: 'code' | 'tests', form: RegExp): NamedEntry[] {
  return rules.flatMap((rule) =>
    rule[cell].map((line) => {
      const { file = '', name = '' } = form.exec(line)?.groups ?? {};
      return { id: rule.id, file, name };
    }),
  );
}
