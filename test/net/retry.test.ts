import { describe, expect, it } from 'vitest';
import { backoff } from '../../src/net/retry.ts';

describe('the time before a repetition', () => {
  it('is random below a ceiling that doubles up to five seconds', () => {
    for (const [count, ceiling] of [
      [0, 300],
      [1, 600],
      [3, 2400],
      [5, 5000],
      [30, 5000],
    ] as const) {
      const times = Array.from({ length: 200 }, () => backoff(count));
      expect(Math.max(...times)).toBeLessThanOrEqual(ceiling);
      expect(Math.min(...times)).toBeLessThan(ceiling / 4);
      expect(Math.max(...times)).toBeGreaterThan(ceiling / 2);
    }
  });
});
