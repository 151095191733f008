import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const packages = Object.keys({ ...dependencies, ...devDependencies });
const rows = readFileSync('docs/dependencies.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!package )\S/.test(line))
  .map((line) => line.split(' | '))
  .map(([names = '', where = '']) => ({ names: names.slice(2).split(', '), where }));

it('docs/dependencies.md has a row for each package in package.json, and for no other', () => {
  expect(rows.flatMap(({ names }) => names).sort()).toEqual([...packages].sort());
});

it('docs/dependencies.md says of each package that the build inlines, and of no other, that it is inlined', () => {
  const [, list = ''] = /noExternal: \[(.*?)\]/s.exec(readFileSync('tsup.config.ts', 'utf8')) ?? [];
  const inlined = rows.filter(({ where }) => where.startsWith('inlined')).flatMap(({ names }) => names);
  expect(inlined.sort()).toEqual([...list.matchAll(/'(.*?)'/g)].map(([, name]) => name).sort());
});

it('docs/dependencies.md names files and directories that exist and mention the package', () => {
  for (const { names, where } of rows) {
    for (const [, path = ''] of where.matchAll(/`((?:src|test|bench)\/[^`]*)`/g)) {
      expect(existsSync(path), path).toBe(true);
      if (path.endsWith('.ts')) expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`'${names[0]}`));
    }
  }
});
