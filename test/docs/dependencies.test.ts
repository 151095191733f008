import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const rows = [...readFileSync('docs/dependencies.md', 'utf8').matchAll(/^\| (\S.*?) \|/gm)]
  .flatMap(([, names = '']) => names.split(', '))
  .filter((name) => name !== 'package');

it('docs/dependencies.md has a row for each package in package.json', () => {
  const packages = Object.keys({ ...dependencies, ...devDependencies });
  expect(packages.filter((name) => !rows.includes(name))).toEqual([]);
});

it('docs/dependencies.md has a row for no other package than those it says are not used', () => {
  const packages = Object.keys({ ...dependencies, ...devDependencies });
  expect(rows.filter((name) => !packages.includes(name))).toEqual(['pkijs']);
});
