import { describe, expect, it } from 'vitest';
import { formatTable } from '../../src/report/index.ts';
import { failure } from '../encoding/failure.ts';
import { EACH, LOCATION, REFERENCE, UNSIGNED } from './evaluations.ts';

describe('formatTable', () => {
  it('aligns its columns, and counts the classes below them', () => {
    expect(
      formatTable(EACH.slice(2, 4)),
    ).toBe(`RESULT    IMAGE                        WHERE                  WHY
skipped   registry.example.com/app:v1                         the policy says to skip the verification
unsigned  registry.example.com/app:v1  deploy/app.yaml:12:16  it has no signature [ERR_NO_SIGNATURE]

2 evaluated: 1 skipped, 1 unsigned`);
  });

  it('has no column that would be empty', () => {
    expect(formatTable([{ reference: REFERENCE, error: UNSIGNED }]).split('\n')[0]).toBe(
      'RESULT    IMAGE                        WHY',
    );
  });

  it('is a block of lines for each reference if the terminal is too narrow, and cuts nothing', () => {
    expect(
      formatTable([{ reference: REFERENCE, location: LOCATION, error: UNSIGNED }], { width: 30 }),
    ).toBe(`unsigned
  registry.example.com/app:v1
  in deploy/app.yaml:12:16
  it has no signature
  [ERR_NO_SIGNATURE]

1 evaluated: 1 unsigned`);
  });

  it.each([20, 40, 80])('keeps to %i columns, except for words that are longer', (width) => {
    for (const line of formatTable(EACH, { width }).split('\n').slice(0, -1)) {
      if (line.trim().includes(' ')) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  it('knows which characters take two columns of a terminal, and which none', () => {
    const [, wide, combined] = formatTable([
      { reference: '株式', error: UNSIGNED },
      { reference: 'e\u0301xyz', error: UNSIGNED },
    ]).split('\n');
    expect(wide).toContain('  株式   it has');
    expect(combined).toContain('  e\u0301xyz   it has');
  });

  it('says that there is nothing', () => {
    expect(formatTable([])).toBe('0 evaluated');
  });

  it.each([0, -1, 1.5, Number.NaN])('rejects the width %d', (width) => {
    failure(() => formatTable([], { width }), 'ERR_ARGUMENT_INVALID');
  });
});
