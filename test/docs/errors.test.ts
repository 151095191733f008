import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/errors/index.ts';

const page = readFileSync('docs/errors.md', 'utf8');
const rows = new Map(
  [...page.matchAll(/^\| `(ERR_\w+)` \| (.+) \| (.+) \|$/gm)].map(([, code = '', when, step]) => [
    code,
    { when, step },
  ]),
);

describe('docs/errors.md', () => {
  it.each(Object.entries(errorCodes))('says when %s occurs, and what to do next', (code, nextStep) => {
    expect(rows.get(code)).toEqual({ when: expect.stringMatching(/\w{3}/), step: nextStep });
  });

  it('has no row for a code that does not exist', () => {
    expect([...rows.keys()].filter((code) => !Object.hasOwn(errorCodes, code))).toEqual([]);
  });
});
