import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, it, vi } from 'vitest';

/** Examples become files that import `notarykit/…` as a user does; the configuration maps that to the sources. */
const FOLDER = `.cache/examples-${process.pid}`;

interface Example {
  /** File and line. */
  name: string;
  code: string;
}

const guides = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));
const examples = [...sourceExamples('src'), ...['README.md', ...guides].flatMap(markdownExamples)];

mkdirSync(FOLDER, { recursive: true });
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

function sourceExamples(folder: string): Example[] {
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) return sourceExamples(path);
    const text = readFileSync(path, 'utf8').replace(/^ \* ?/gm, '');
    return blocks(path, text, /@example\n```ts\n([\s\S]*?)```/g);
  });
}

function markdownExamples(path: string): Example[] {
  return blocks(path, readFileSync(path, 'utf8'), /```ts\n([\s\S]*?)```/g);
}

function blocks(path: string, text: string, pattern: RegExp): Example[] {
  return [...text.matchAll(pattern)].map(({ 1: code = '', index }) => ({
    name: `${path}:${text.slice(0, index).split('\n').length}`,
    code,
  }));
}

describe('the examples of README, guides and TSDoc', () => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  // Not the configuration of whoever runs the tests.
  vi.stubEnv('NOTATION_CONFIG', join(FOLDER, 'no-configuration'));

  it.each(examples)('$name runs', async ({ name, code }) => {
    const file = join(process.cwd(), FOLDER, `${name.replace(/\W+/g, '-')}.ts`);
    writeFileSync(file, code);
    await import(/* @vite-ignore */ file);
  });
});
