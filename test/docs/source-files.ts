import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** The parsed files of `src`, each with its path below it. */
export function sourceFiles(): { path: string; file: ts.SourceFile }[] {
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => path.replaceAll('\\', '/'))
    .map((path) => ({ path, file: parse(path, readFileSync(`src/${path}`, 'utf8')) }));
}

export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}
