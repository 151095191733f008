import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };
const entries = Object.keys(exports)
  .filter((path) => /^\.(?:\/[a-z0-9/]+)?$/.test(path))
  .map((path) => ({ path, file: resolve('src', path, 'index.ts') }));
const program = ts.createProgram(
  entries.map(({ file }) => file),
  { ...ts.readConfigFile('tsconfig.json', ts.sys.readFile).config.compilerOptions, ...options() },
);
const checker = program.getTypeChecker();

/** Returns the options that are strings in tsconfig.json and numbers in the compiler's API. */
function options(): ts.CompilerOptions {
  return {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  };
}

/** Returns what an entry point exports, under the names that users import. */
function exportsOf(file: string): { name: string; symbol: ts.Symbol }[] {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} is not a module`);
  return checker.getExportsOfModule(module).map((exported) => ({
    name: exported.name,
    symbol: exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported,
  }));
}

const hasFlags = (flags: ts.SymbolFlags) => (symbol: ts.Symbol) => Boolean(symbol.flags & flags);
const isRunnable = hasFlags(ts.SymbolFlags.Function | ts.SymbolFlags.Class);

describe.each(entries)('each name of notarykit ($path)', ({ file }) => {
  it('is documented', () => {
    const undocumented = exportsOf(file).filter(
      ({ symbol }) => symbol.getDocumentationComment(checker).length === 0,
    );
    expect(undocumented.map(({ name }) => name)).toEqual([]);
  });

  it('has an example if it is a function or a class', () => {
    const without = exportsOf(file).filter(
      ({ symbol }) =>
        isRunnable(symbol) && !symbol.getJsDocTags(checker).some((tag) => tag.name === 'example'),
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });
});
