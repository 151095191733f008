import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTokenCache, type ObtainToken } from '../../src/net/token-cache.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Obtains numbered tokens that are used for a number of milliseconds. */
function numbered(lifetime = Number.POSITIVE_INFINITY) {
  let count = 0;
  return async () => ({ token: `token-${++count}`, usableUntil: Date.now() + lifetime });
}

describe('a token cache', () => {
  it('has no token at first', () => {
    const cache = createTokenCache<string>();
    expect([cache.get('a'), cache.peek('a'), cache.renew('a')]).toEqual([undefined, undefined, undefined]);
  });

  it('shares a token that is being obtained', async () => {
    const cache = createTokenCache<string>();
    const obtained = cache.obtain('a', numbered());
    expect(cache.get('a')).toBe(obtained);
    expect(await obtained).toBe('token-1');
  });

  it('obtains a token that is no longer usable again in the same way', async () => {
    const cache = createTokenCache<string>();
    await cache.obtain('a', numbered(1000));
    vi.advanceTimersByTime(999);
    expect(await cache.get('a')).toBe('token-1');
    vi.advanceTimersByTime(1);
    expect(await cache.peek('a')).toBe('token-1');
    expect(await Promise.all([cache.get('a'), cache.get('a')])).toEqual(['token-2', 'token-2']);
  });

  it('renews a token on request', async () => {
    const cache = createTokenCache<string>();
    await cache.obtain('a', numbered());
    expect(await cache.renew('a')).toBe('token-2');
  });

  it('does not keep a failure', async () => {
    const cache = createTokenCache<string>();
    const failing = () => Promise.reject(new Error('no token'));
    await expect(cache.obtain('a', failing)).rejects.toThrow('no token');
    expect(cache.get('a')).toBeUndefined();
  });

  it('does not let a late failure remove a newer token', async () => {
    const cache = createTokenCache<string>();
    let fail: (() => void) | undefined;
    const late = cache.obtain(
      'a',
      () => new Promise((_, reject) => (fail = () => reject(new Error('late')))),
    );
    const newer = cache.obtain('a', numbered());
    fail?.();
    await expect(late).rejects.toThrow('late');
    expect(cache.get('a')).toBe(newer);
  });

  it('forgets the oldest tokens when there are too many', () => {
    const cache = createTokenCache<string>();
    for (let i = 0; i <= 20_000; i++) cache.obtain(`name-${i}`, numbered());
    expect(cache.peek('name-0')).toBeUndefined();
    expect(cache.peek('name-20000')).toBeDefined();
  });

  it('forgets the oldest tokens when they are too long together', async () => {
    const cache = createTokenCache<string>();
    const long = async () => ({ token: 'x'.repeat(6 * 1024 * 1024), usableUntil: Number.POSITIVE_INFINITY });
    for (const name of ['a', 'b', 'c']) await cache.obtain(name, long);
    expect(cache.peek('a')).toBeUndefined();
    expect(cache.peek('b')).toBeDefined();
  });

  it('forgets how a token was obtained some time after it expired', async () => {
    const cache = createTokenCache<string>();
    await cache.obtain('a', numbered(1000));
    vi.advanceTimersByTime(15 * 60_000);
    expect(cache.get('a')).toBeUndefined();
  });

  it('charges the budget of the caller who needs a token, not of the one who obtained the last', async () => {
    const charged: string[] = [];
    const budgetOf = (name: string) => ({ charge: () => charged.push(name) });
    const cache = createTokenCache<string>();
    const how: ObtainToken<string> = async (budget) => {
      budget?.charge('requests', 1);
      return { token: 'token', usableUntil: Date.now() + 1000 };
    };
    await cache.obtain('a', how, budgetOf('first'));
    vi.advanceTimersByTime(2000);
    await cache.get('a', budgetOf('second'));
    await cache.renew('a', budgetOf('third'));
    expect(charged).toEqual(['first', 'second', 'third']);
  });

  it('does not count a token that was replaced or forgotten', async () => {
    const cache = createTokenCache<string>();
    const long = async () => ({ token: 'x'.repeat(6 * 1024 * 1024), usableUntil: Number.POSITIVE_INFINITY });
    await cache.obtain('a', long);
    for (let i = 0; i < 5; i++) await cache.obtain('b', long);
    await cache.obtain('c', long);
    cache.forget('c');
    expect(cache.peek('b')).toBeDefined();
    await cache.obtain('a', long);
    expect(cache.peek('b')).toBeDefined();
  });
});
