import { describe, expect, it } from 'vitest';
import { BoundedCache } from '../../src/encoding/bounded-cache.ts';

describe('a bounded cache', () => {
  it('returns what was stored last under a name', () => {
    const cache = new BoundedCache<number>(10_000);
    cache.set('a', 1, { bytes: 8 });
    cache.set('a', 2, { bytes: 8 });
    expect([cache.get('a'), cache.get('b')]).toEqual([2, undefined]);
  });

  it('forgets the values that were not used for longest when there is no room', () => {
    const cache = new BoundedCache<string>(3000);
    for (const name of ['a', 'b']) cache.set(name, name, { bytes: 1000 });
    cache.get('a');
    cache.set('c', 'c', { bytes: 1000 });
    expect(['a', 'b', 'c'].map((name) => cache.get(name))).toEqual(['a', undefined, 'c']);
  });

  it('counts names and entries, so that empty values are bounded too', () => {
    const cache = new BoundedCache<true>(100_000);
    const names = Array.from({ length: 2000 }, (_, i) => `name ${i}`);
    for (const name of names) cache.set(name, true, { bytes: 0 });
    expect(names.filter((name) => cache.get(name)).length).toBeLessThan(400);
  });

  it('does not count a value that was replaced or deleted', () => {
    const cache = new BoundedCache<string>(4000);
    cache.set('kept', 'kept', { bytes: 1000 });
    for (let i = 0; i < 10; i++) cache.set('b', 'b', { bytes: 1000 });
    cache.delete('b');
    cache.set('c', 'c', { bytes: 1000 });
    expect([cache.get('kept'), cache.get('c')]).toEqual(['kept', 'c']);
  });

  it('does not keep a value that is larger than itself', () => {
    const cache = new BoundedCache<string>(1000);
    cache.set('a', 'a', { bytes: 1001 });
    expect(cache.get('a')).toBeUndefined();
  });

  it('returns no value that has expired', () => {
    const cache = new BoundedCache<string>(1000);
    cache.set('a', 'a', { bytes: 1, expires: 500 }, 0);
    expect([cache.get('a', 500), cache.get('a', 501)]).toEqual(['a', undefined]);
  });

  it('makes room by what has expired before it forgets what has not', () => {
    const cache = new BoundedCache<string>(10_000);
    cache.set('kept', 'kept', { bytes: 1000 }, 0);
    for (let i = 0; i < 100; i++) cache.set(`${i}`, 'short', { bytes: 1000, expires: i }, i + 1);
    expect(cache.get('kept')).toBe('kept');
  });

  it('makes a value once', () => {
    const cache = new BoundedCache<object>(1000);
    const make = () => ({});
    expect(cache.getOrMake('a', make, { bytes: 1 })).toBe(cache.getOrMake('a', make, { bytes: 1 }));
  });
});
