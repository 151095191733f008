import { expect, it } from 'vitest';
import { Allowance } from '../../../examples/browser-extension/src/background/allowance.ts';

function takeAll(allowance: Allowance, now: number): number {
  let taken = 0;
  while (allowance.take(now)) taken++;
  return taken;
}

it('gives what there is at first, and then one at each interval', () => {
  const allowance = new Allowance({ burst: 3, interval: 1000 });
  expect(takeAll(allowance, 0)).toBe(3);
  expect(takeAll(allowance, 999)).toBe(0);
  expect(takeAll(allowance, 1000)).toBe(1);
  expect(takeAll(allowance, 3500)).toBe(2);
  expect(takeAll(allowance, 4000)).toBe(1);
});

it('never has more than at first', () => {
  const allowance = new Allowance({ burst: 3, interval: 1000 });
  takeAll(allowance, 0);
  expect(takeAll(allowance, 1_000_000)).toBe(3);
});

it('takes nothing away, and gives nothing, when the clock is set back', () => {
  const allowance = new Allowance({ burst: 3, interval: 1000 });
  expect(allowance.take(10_000)).toBe(true);
  expect(takeAll(allowance, 0)).toBe(2);
  expect(takeAll(allowance, 1000)).toBe(1);
});
