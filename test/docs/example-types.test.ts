import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { afterAll, expect, it } from 'vitest';
import { examplesOfPages, fileNameOf } from './read-examples.ts';

const DIRECTORY = resolve(`.cache/example-types-${process.pid}`);

mkdirSync(DIRECTORY, { recursive: true });
afterAll(() => rmSync(DIRECTORY, { recursive: true, force: true }));

it('the examples of README and of the guides compile under strict', () => {
  const files = examplesOfPages().map((example) => {
    const file = join(DIRECTORY, fileNameOf(example));
    // A file without imports and exports would share its names with the others.
    writeFileSync(file, `${example.code}\nexport {};\n`);
    return file;
  });
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'],
    types: ['node'],
    paths: { notarykit: [resolve('src/index.ts')], 'notarykit/*': [resolve('src/*/index.ts')] },
  });
  const found = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  expect(found.map(messageOf)).toEqual([]);
});

function messageOf({ file, start = 0, messageText }: ts.Diagnostic): string {
  const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
  return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}
