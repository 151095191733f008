import { describe, expect, it } from 'vitest';
import { measureRows, missedBy, overBudgetOf } from '../../bench/peers/figures.mjs';

const ROW = { id: 'row', committed: 2, mustBe: 1 };

/** Measures the row above; the costs come one after the other, next to 10 ms of the other side. */
function measured(...costs: number[]) {
  const taken = [...costs];
  return measureRows([ROW], async () => ({
    row: { ours: taken.shift() ?? Number.NaN, base: 10, unit: 'ms' },
  }));
}

describe('a row of the table', () => {
  it('has the ratio of both sides as its figure', async () => {
    expect(await measured(9)).toMatchObject([{ figure: 0.9 }]);
  });

  it('fails if it is twice beyond 1.5 times its committed figure', async () => {
    expect(overBudgetOf(await measured(40, 31))).toEqual(['row: 3.1, twice beyond 1.5 x 2']);
  });

  it('passes if it is beyond that only once', async () => {
    expect(overBudgetOf(await measured(40, 30))).toEqual([]);
  });

  it('is not measured again below that', async () => {
    expect(await measured(30, 1)).toMatchObject([{ figure: 3 }]);
  });

  it('misses its goal above what it must be, without failing', async () => {
    const rows = await measured(11);
    expect([missedBy(rows), overBudgetOf(rows)]).toEqual([['row'], []]);
  });

  it('that cannot be measured says why, and does not fail', async () => {
    const rows = await measureRows([ROW], async () => ({ row: { missing: 'no history' } }));
    expect(rows).toEqual([{ ...ROW, missing: 'no history' }]);
    expect([missedBy(rows), overBudgetOf(rows)]).toEqual([[], []]);
  });

  it('without a figure is an error', async () => {
    await expect(measured()).rejects.toThrow('row was not measured');
  });
});
