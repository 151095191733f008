import { describe, expect, it } from 'vitest';
import { createQueue } from '../../src/oci/queue.ts';

describe('a queue', () => {
  it('runs tasks of one name one after another, whatever becomes of them', async () => {
    const queue = createQueue();
    const order: string[] = [];
    const task =
      (label: string, fails = false) =>
      async () => {
        order.push(`${label} starts`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push(`${label} ends`);
        if (fails) throw new Error(label);
      };
    const results = await Promise.allSettled([queue('x', task('a', true)), queue('x', task('b'))]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(order).toEqual(['a starts', 'a ends', 'b starts', 'b ends']);
  });

  it('does not hold up tasks of other names', async () => {
    const queue = createQueue();
    queue('x', () => new Promise<void>(() => undefined));
    expect(await queue('y', async () => 'done')).toBe('done');
  });
});
