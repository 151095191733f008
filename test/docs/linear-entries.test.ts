import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { entries, exemptions } from '../../bench/linear/entries.mjs';
import { sourceFiles } from './source-files.ts';

/** The names of functions that read bytes or text. */
const READER = /^(?:parse|read|decode)[A-Z]/;

function isExported(node: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

/** The names of the functions that a file exports; also those that it exports as constants. */
function exportedFunctions(file: ts.SourceFile): string[] {
  const names = file.statements.filter(isExported).flatMap((statement) => {
    if (ts.isFunctionDeclaration(statement)) return [statement.name?.text];
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  });
  // Overloads have several declarations.
  return [...new Set(names.filter((name) => name !== undefined))];
}

const exported = sourceFiles().flatMap(({ path, file }) =>
  exportedFunctions(file).map((name) => `${path} ${name}`),
);
const readers = exported.filter((name) => READER.test(name.slice(name.indexOf(' ') + 1)));
const measured = new Set(entries.map(({ of }) => of));

describe('the benchmark of linear readers', () => {
  it('finds the readers', () => {
    expect(readers.length).toBeGreaterThan(80);
  });

  it('measures or exempts every exported function that reads bytes or text', () => {
    expect(readers.filter((name) => !measured.has(name) && !Object.hasOwn(exemptions, name))).toEqual([]);
  });

  it('exempts nothing that it measures, and nothing that is gone', () => {
    const stale = Object.keys(exemptions).filter((name) => measured.has(name) || !readers.includes(name));
    expect(stale).toEqual([]);
  });

  it('gives a reason for each exemption', () => {
    expect(Object.entries(exemptions).filter(([, reason]) => reason.length < 20)).toEqual([]);
  });
});
