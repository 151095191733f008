import { describe, expect, it, vi } from 'vitest';
import { isNotationError, NotationError } from '../../src/errors/index.ts';
import { backoff, withRetries } from '../../src/net/retry.ts';

describe('the time before a repetition', () => {
  it('is random below a limit that doubles up to five seconds', () => {
    for (const [count, limit] of [
      [0, 300],
      [1, 600],
      [3, 2400],
      [5, 5000],
      [30, 5000],
    ] as const) {
      const times = Array.from({ length: 200 }, () => backoff(count));
      expect(Math.max(...times)).toBeLessThanOrEqual(limit);
      expect(Math.min(...times)).toBeLessThan(limit / 4);
      expect(Math.max(...times)).toBeGreaterThan(limit / 2);
    }
  });
});

describe('an attempt', () => {
  const response = (status: number, retryAfter?: string) => ({
    status,
    headers: new Headers(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  });
  const unreachable = () => new NotationError('ERR_KMS_UNREACHABLE', 'not there');

  /** Runs attempts with given outcomes; the times are those before each repetition. */
  async function run(outcomes: readonly (NotationError | ReturnType<typeof response>)[], limit = 5) {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const times: number[] = [];
    let last = Date.now();
    const work = withRetries(
      async (count) => {
        if (count > 0) times.push(Date.now() - last);
        last = Date.now();
        const outcome = outcomes[count];
        if (outcome instanceof Error) throw outcome;
        if (!outcome) throw new Error('no attempt was expected');
        return outcome;
      },
      {
        limit,
        signal: undefined,
        what: 'the request',
        mayPass: (outcome) => isNotationError(outcome) || outcome.status === 503,
      },
    ).catch((error: Error) => error);
    await vi.runAllTimersAsync();
    const result = await work;
    vi.useRealTimers();
    vi.restoreAllMocks();
    return { result, times };
  }

  it('is made once if its outcome is final', async () => {
    expect(await run([response(404)])).toMatchObject({ result: { status: 404 }, times: [] });
  });

  it('is repeated while its failure may be temporary', async () => {
    expect(await run([unreachable(), response(503), response(200)])).toMatchObject({
      result: { status: 200 },
      times: [150, 300],
    });
  });

  it('is repeated no more often than allowed, and the last outcome counts', async () => {
    expect(await run([response(503), response(503)], 1)).toMatchObject({ result: { status: 503 } });
    expect(await run([response(503), unreachable()], 1)).toMatchObject({
      result: { code: 'ERR_KMS_UNREACHABLE' },
    });
  });

  it('is not repeated after an error that is not typed', async () => {
    expect((await run([])).result).toMatchObject({ message: 'no attempt was expected' });
  });

  it.each([
    ['2', 2000],
    ['0', 0],
    ['86400', 5000],
    [new Date(Date.now() + 86_400_000).toUTCString(), 5000],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 150],
    ['soon', 150],
    ['-1', 150],
  ])('waits as Retry-After requires, within a limit: %s', async (retryAfter, milliseconds) => {
    expect((await run([response(503, retryAfter), response(200)])).times).toEqual([milliseconds]);
  });

  it('is not repeated once the signal is aborted', async () => {
    const controller = new AbortController();
    const attempts: number[] = [];
    const work = withRetries(
      async (count) => {
        attempts.push(count);
        controller.abort();
        return response(503);
      },
      { limit: 5, signal: controller.signal, what: 'the request', mayPass: () => true },
    );
    expect((await work).status).toBe(503);
    expect(attempts).toEqual([0]);
  });
});
