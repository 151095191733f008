import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A block of TypeScript in README, in a guide or in TSDoc. */
export interface Example {
  /** File and line. */
  name: string;
  code: string;
  /** The output that the page shows, if any. */
  output?: string | undefined;
}

/** Returns the examples of README, of docs and of docs/guides, each with the output that follows it. */
export function examplesOfPages(): Example[] {
  const pattern = /```ts\n([\s\S]*?)```\n(?:\n```text\n([\s\S]*?)```)?/g;
  return ['README.md', ...['docs', 'docs/guides'].flatMap(pagesIn)].flatMap((path) =>
    blocks(path, readFileSync(path, 'utf8'), pattern),
  );
}

/** Returns the examples in the doc comments of all files below a directory. */
export function examplesOfSources(directory: string): Example[] {
  return readdirSync(directory).flatMap((entry) => {
    const path = join(directory, entry);
    if (statSync(path).isDirectory()) return examplesOfSources(path);
    const text = readFileSync(path, 'utf8').replace(/^ \* ?/gm, '');
    return blocks(path, text, /@example\n```ts\n([\s\S]*?)```/g);
  });
}

/** Returns the name of a file to write an example to. */
export function fileNameOf({ name }: Example): string {
  return `${name.replace(/\W+/g, '-')}.ts`;
}

function pagesIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(directory, name));
}

function blocks(path: string, text: string, pattern: RegExp): Example[] {
  return [...text.matchAll(pattern)].map(({ 1: code = '', 2: output, index }) => ({
    name: `${path}:${text.slice(0, index).split('\n').length}`,
    code,
    output,
  }));
}
