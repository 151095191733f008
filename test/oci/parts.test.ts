import { describe, expect, it } from 'vitest';
import { createQueue } from '../../src/oci/queue.ts';
import { createMemo } from '../../src/oci/registry/memo.ts';

describe('a memo', () => {
  it('makes a value once', () => {
    const made: string[] = [];
    const memo = createMemo(2, (name) => made.push(name));
    expect([memo('a'), memo('a'), memo('b')]).toEqual([1, 1, 2]);
  });

  it('remembers a value that is undefined', () => {
    let made = 0;
    const memo = createMemo(2, () => {
      made++;
    });
    memo('a');
    memo('a');
    expect(made).toBe(1);
  });

  it('forgets the oldest value when there are too many', () => {
    const made: string[] = [];
    const memo = createMemo(2, (name) => made.push(name));
    for (const name of ['a', 'b', 'c', 'b', 'c', 'a']) memo(name);
    expect(made).toEqual(['a', 'b', 'c', 'a']);
  });
});

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
