import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { expiryOf, TokenKeeper } from '../../src/kms/token.ts';
import { failure } from '../oci/support.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Tokens that are numbered, and good for a number of seconds. */
function source(seconds = 3600) {
  let given = 0;
  return async () => ({ token: `token-${++given}`, expiresAt: expiryOf(seconds) });
}

describe('a keeper of tokens', () => {
  it('asks once for all who ask at the same time', async () => {
    const keeper = new TokenKeeper(source(), 'token');
    const tokens = await Promise.all([keeper.current(), keeper.current(), keeper.current()]);
    expect(tokens).toEqual(['token-1', 'token-1', 'token-1']);
  });

  it('keeps a token until a minute before its end', async () => {
    const keeper = new TokenKeeper(source(600), 'token');
    await keeper.current();
    vi.advanceTimersByTime(539_000);
    expect(await keeper.current()).toBe('token-1');
    vi.advanceTimersByTime(2000);
    expect(await keeper.current()).toBe('token-2');
  });

  it('asks once for all who find that a token ends', async () => {
    const keeper = new TokenKeeper(source(600), 'token');
    await keeper.current();
    vi.advanceTimersByTime(600_000);
    expect(await Promise.all([keeper.current(), keeper.current()])).toEqual(['token-2', 'token-2']);
  });

  it('gets another token where one is refused, if there is any', async () => {
    const keeper = new TokenKeeper(source(), 'token');
    await keeper.current();
    expect(keeper.renew()).toBe(true);
    expect(await keeper.current()).toBe('token-2');
    expect(new TokenKeeper('fixed', 'token').renew()).toBe(false);
  });

  it('does not keep a failure', async () => {
    let asked = 0;
    const keeper = new TokenKeeper(() => {
      if (++asked === 1) throw new Error('no login');
      return 'token';
    }, 'token');
    expect((await failure(keeper.current())).message).toBe('no login');
    expect(await keeper.current()).toBe('token');
  });

  it.each([
    'null',
    '42',
    '""',
    '"a b"',
    '"a\\r\\nb: c"',
    '[]',
    '{"token":{}}',
    JSON.stringify('x'.repeat(20_000)),
  ])('refuses what is no token, and does not tell it: %.20s', async (text) => {
    const keeper = new TokenKeeper(async () => JSON.parse(text), 'accessToken');
    const error = await failure(keeper.current());
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect(error.message).toBe('accessToken must be a text of visible ASCII characters');
  });
});

describe('the end of a token', () => {
  it.each([
    [3599, 3_599_000],
    ['3599', 3_599_000],
    [0, 0],
    [-1, 0],
    ['soon', 0],
  ])('is so many seconds away: %j', (seconds, milliseconds) => {
    expect(expiryOf(seconds) - Date.now()).toBe(milliseconds);
  });
});
