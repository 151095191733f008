import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createIssuedTokenSupply, createTokenSupply, usableUntil } from '../../src/kms/token.ts';
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
  return async () => ({ token: `token-${++given}`, usableUntil: usableUntil(seconds) });
}

describe('a supply of tokens', () => {
  it('calls the source once for concurrent callers', async () => {
    const supply = createIssuedTokenSupply(source());
    const tokens = await Promise.all([supply.current(), supply.current(), supply.current()]);
    expect(tokens).toEqual(['token-1', 'token-1', 'token-1']);
  });

  it('keeps a token until a minute before its expiry', async () => {
    const supply = createIssuedTokenSupply(source(600));
    await supply.current();
    vi.advanceTimersByTime(539_000);
    expect(await supply.current()).toBe('token-1');
    vi.advanceTimersByTime(2000);
    expect(await supply.current()).toBe('token-2');
  });

  it('calls the source once for concurrent callers of an expired token', async () => {
    const supply = createIssuedTokenSupply(source(600));
    await supply.current();
    vi.advanceTimersByTime(600_000);
    expect(await Promise.all([supply.current(), supply.current()])).toEqual(['token-2', 'token-2']);
  });

  it('gets another token after a refusal, if there is one', async () => {
    const supply = createIssuedTokenSupply(source());
    await supply.current();
    expect(supply.renew()).toBe(true);
    expect(await supply.current()).toBe('token-2');
    expect(createTokenSupply('fixed', 'token').renew()).toBe(false);
  });

  it('charges the budget of the caller for whom a token is obtained', async () => {
    const charged: string[] = [];
    const budgetOf = (name: string) => ({
      charge: (resource: string) => void charged.push(`${name} ${resource}`),
    });
    const supply = createIssuedTokenSupply(async (budget) => {
      budget?.charge('requests', 1);
      return { token: 'token', usableUntil: usableUntil(3600) };
    });
    for (const name of ['first', 'second']) await supply.current(budgetOf(name));
    expect(charged).toEqual(['first requests']);
  });

  it('passes no argument to a function of the caller', async () => {
    const getToken = vi.fn((..._: unknown[]) => 'token');
    await createTokenSupply(getToken, 'token').current({ charge: () => undefined });
    expect(getToken).toHaveBeenCalledExactlyOnceWith();
  });

  it('does not keep a failure', async () => {
    let requested = 0;
    const supply = createTokenSupply(() => {
      if (++requested === 1) throw new Error('no login');
      return 'token';
    }, 'token');
    expect((await failure(supply.current())).message).toBe('no login');
    expect(await supply.current()).toBe('token');
  });

  it.each([
    'null',
    '42',
    '""',
    '"a b"',
    '"a\\r\\nb: c"',
    '[]',
    '{"token":{}}',
    JSON.stringify('x'.repeat(70_000)),
  ])('rejects what is not a token, and does not show it: %.20s', async (text) => {
    const supply = createTokenSupply(async () => JSON.parse(text), 'accessToken');
    const error = await failure(supply.current());
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    expect(error.message).toBe('accessToken must be a string of visible ASCII characters');
  });
});

describe('the end of the use of a token', () => {
  it.each([
    [3599, 3_539_000],
    ['3599', 3_539_000],
    [0, -60_000],
    [-1, -60_000],
    ['soon', -60_000],
    [{}, -60_000],
  ])('is a minute less than the seconds that the server sent away: %j', (seconds, milliseconds) => {
    expect(usableUntil(seconds) - Date.now()).toBe(milliseconds);
  });
});
