import { describe, expect, it } from 'vitest';
import { readClock } from '../../src/encoding/clock.ts';
import { failure } from './failure.ts';

describe('a clock', () => {
  it('returns a copy of its time', () => {
    const time = new Date(1000);
    const read = readClock(() => time);
    expect(read).toEqual(time);
    expect(read).not.toBe(time);
  });

  it('is that of the machine by default', () => {
    const before = Date.now();
    const read = readClock().getTime();
    expect(read).toBeGreaterThanOrEqual(before);
    expect(read).toBeLessThanOrEqual(Date.now());
  });

  it.each<[string, unknown]>([
    ['a date', new Date()],
    ['null', null],
    ['a function that gives a number', Date.now],
    ['a function that gives nothing', () => undefined],
    ['a function that gives no valid date', () => new Date('never')],
  ])('must not be %s', (_, clock) => {
    expect(failure(() => readClock(clock as () => Date), 'ERR_ARGUMENT_INVALID')).toBe(
      'clock must be a function that returns a valid Date',
    );
  });
});
