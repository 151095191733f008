import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const HOOK_OF_THE_MODULE = /^(?:before|after)(?:Each|All)\(/m;
/** The interop suite and the comparison with Go isolate their files, and the shims are not tests. */
const ELSEWHERE = /^(?:interop|runtimes|differential[\\/]notation)[\\/]/;

// Test files share modules (isolate: false in vitest.config.ts), which are loaded for the first of them only.
it('No module that test files import calls a hook when it is loaded', () => {
  const modules = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !/\.(?:test|browser)\.ts$/.test(path) && !ELSEWHERE.test(path),
  );
  expect(modules.length).toBeGreaterThan(10);
  const calling = modules.filter((path) => HOOK_OF_THE_MODULE.test(readFileSync(join('test', path), 'utf8')));
  expect(calling).toEqual([]);
});
