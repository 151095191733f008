import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import ts from 'typescript';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { parse, sourceFiles } from './source-files.ts';

/** Patterns that recheck does not decide within seconds; `npm run bench -- --linear` measures them on hostile input. */
const MEASURED: readonly string[] = [
  'envelope/rfc3339.ts',
  'oci/registry/challenge.ts',
  'kms/google/key-version-name.ts',
];
/** Counts above this are checked without an end: a class that may occur 255 times would be 255 states. */
const MAX_COUNT = 4;

/** The patterns that were found safe, by this version of recheck: checking all of them takes seconds. */
const { version } = JSON.parse(readFileSync('node_modules/recheck/package.json', 'utf8'));
const CACHE = `.cache/regular-expressions-${version}.json`;

interface Pattern {
  path: string;
  /** `undefined` if it is not constant. */
  source: string | undefined;
  flags: string;
}

/** Returns the regular expressions of a file. */
function patternsIn(path: string, file: ts.SourceFile): Pattern[] {
  const constants = new Map<string, ts.Expression>();
  const found: Pattern[] = [];
  const textOf = (node: ts.Expression | undefined): string | undefined => {
    if (node === undefined) return undefined;
    if (ts.isStringLiteralLike(node)) return node.text;
    if (ts.isIdentifier(node)) return textOf(constants.get(node.text));
    if (!ts.isTemplateExpression(node)) return undefined;
    const parts = node.templateSpans.map(({ expression, literal }) => {
      const value = textOf(expression);
      return value === undefined ? undefined : value + literal.text;
    });
    return parts.includes(undefined) ? undefined : node.head.text + parts.join('');
  };
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
      constants.set(node.name.text, node.initializer);
    }
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.push({ path, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    }
    if (ts.isNewExpression(node) && node.expression.getText() === 'RegExp') {
      const [source, flags] = node.arguments ?? [];
      found.push({ path, source: textOf(source), flags: textOf(flags) ?? '' });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function withoutCounts(source: string): string {
  return source.replace(/\\.|\{(\d+)(?:,(\d+))?\}/g, (written, least, most) => {
    if (least === undefined || Number(most ?? least) <= MAX_COUNT) return written;
    return `{${Math.min(Number(least), 1)},}`;
  });
}

/** Returns `safe`, or what is wrong with a pattern. */
async function verdict({ source = '', flags }: Pattern): Promise<string> {
  const { check } = await import('recheck');
  const found = await check(withoutCounts(source), flags);
  return found.status === 'vulnerable' ? found.complexity.summary : found.status;
}

beforeEach(() => {
  // Its other ways to run are a native program and a Java archive.
  vi.stubEnv('RECHECK_BACKEND', 'pure');
});

const patterns = sourceFiles().flatMap(({ path, file }) => patternsIn(path, file));

describe('the regular expressions of src', () => {
  it('are all constant, so that they can be checked', () => {
    expect(patterns.length).toBeGreaterThan(100);
    expect(patterns.filter(({ source }) => source === undefined)).toEqual([]);
  });

  it('match every input in linear time', { timeout: 120_000 }, async () => {
    const known = new Set<string>(existsSync(CACHE) ? JSON.parse(readFileSync(CACHE, 'utf8')) : []);
    const distinct = new Map(patterns.map((one) => [`/${one.source}/${one.flags}`, one]));
    const bad: string[] = [];
    for (const [text, pattern] of distinct) {
      if (MEASURED.includes(pattern.path) || known.has(text)) continue;
      const found = await verdict(pattern);
      if (found === 'safe') known.add(text);
      else bad.push(`${pattern.path}: ${text} is ${found}`);
    }
    mkdirSync('.cache', { recursive: true });
    writeFileSync(CACHE, JSON.stringify([...known].filter((text) => distinct.has(text))));
    expect(bad).toEqual([]);
  });
});

describe('the check of regular expressions', () => {
  it.each([
    String.raw`/[ \t]+$/`,
    '/^(a+)+$/',
    '/^(a|a)*$/',
    String.raw`/(\w+\s*)+:/`,
    String.raw`/^\s*(.*?)\s*$/`,
    String.raw`/\/\*[\s\S]*?\*\//g`,
    'new RegExp(`$' + '{part}+$`)',
  ])('finds %s', async (text) => {
    const file = parse('planted.ts', `const part = '[ab]'; f(${text});`);
    const found = await Promise.all(patternsIn('planted.ts', file).map(verdict));
    expect(found).toHaveLength(1);
    expect(found).not.toContain('safe');
  });

  it('finds a regular expression that is not constant', () => {
    const [pattern] = patternsIn('planted.ts', parse('planted.ts', 'new RegExp(argument)'));
    expect(pattern).toEqual({ path: 'planted.ts', source: undefined, flags: '' });
  });
});
