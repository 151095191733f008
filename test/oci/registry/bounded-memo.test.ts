import { describe, expect, it } from 'vitest';
import { createBoundedMemo } from '../../../src/oci/registry/bounded-memo.ts';

describe('a bounded memo', () => {
  it('makes a value once', () => {
    const made: string[] = [];
    const memo = createBoundedMemo(2, (name) => made.push(name));
    expect([memo('a'), memo('a'), memo('b')]).toEqual([1, 1, 2]);
  });

  it('remembers a value that is undefined', () => {
    let made = 0;
    const memo = createBoundedMemo(2, () => {
      made++;
    });
    memo('a');
    memo('a');
    expect(made).toBe(1);
  });

  it('forgets the oldest value when there are too many', () => {
    const made: string[] = [];
    const memo = createBoundedMemo(2, (name) => made.push(name));
    for (const name of ['a', 'b', 'c', 'b', 'c', 'a']) memo(name);
    expect(made).toEqual(['a', 'b', 'c', 'a']);
  });
});
