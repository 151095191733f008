import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { NotationError } from '../../src/errors/index.ts';
import { untilAborted } from '../../src/net/abort.ts';
import {
  type OperationBudget,
  type OperationLimits,
  readLimits,
  withBudget,
  yieldWithBudget,
} from '../../src/net/budget.ts';
import { sendRequest, type TransportPolicy } from '../../src/net/transport.ts';
import { rejection } from '../support/artifact.ts';

const LIMITS = { time: 60_000, requests: 3, bytes: 100 };
const errors = { unreachable: 'ERR_REGISTRY_UNREACHABLE', response: 'ERR_REGISTRY_RESPONSE' } as const;
const never = new Promise<never>(() => undefined);

function request(budget: OperationBudget, change: Partial<TransportPolicy> = {}, maxBytes = 1000) {
  const policy = { errors, timeout: 60_000, fetch: async () => new Response('x'.repeat(40)), ...change };
  const url = new URL('https://registry.example/');
  return sendRequest({ method: 'GET', url, maxBytes, signal: budget.signal, budget }, policy);
}

describe('a budget', () => {
  it('returns what the work returns', async () => {
    expect(await withBudget(LIMITS, undefined, 'the work', async () => 5)).toBe(5);
  });

  it('passes on what the work throws', async () => {
    const failing = withBudget(LIMITS, undefined, 'the work', async () => {
      throw new TypeError('no');
    });
    expect(await rejection(failing)).toBeInstanceOf(TypeError);
  });

  it('ends work that ignores the signal at its deadline, and names the limit', async () => {
    const work = withBudget({ ...LIMITS, time: 10 }, undefined, 'the work', () => never);
    expect(await rejection(work)).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the work did not end before the limit of 10 ms for the work (limits.time)',
    });
  });

  it('lets the work say what it was waiting for', async () => {
    const work = withBudget({ ...LIMITS, time: 10 }, undefined, 'the work', ({ signal }) =>
      untilAborted(never, signal, 'the request to registry.example'),
    );
    expect(await rejection(work)).toMatchObject({
      code: 'ERR_TIMEOUT',
      message:
        'the request to registry.example did not end before the limit of 10 ms for the work (limits.time)',
    });
  });

  it('ends the work when the caller aborts it', async () => {
    const controller = new AbortController();
    const work = withBudget(LIMITS, controller.signal, 'the work', () => never);
    controller.abort();
    expect(await rejection(work)).toMatchObject({ code: 'ERR_ABORTED', message: 'the work was aborted' });
  });

  it('does not begin work that was aborted before', async () => {
    let begun = false;
    const work = withBudget(LIMITS, AbortSignal.abort(), 'the work', async () => {
      begun = true;
    });
    expect(await rejection(work)).toMatchObject({ code: 'ERR_ABORTED' });
    expect(begun).toBe(false);
  });

  it.each([
    ['requests', 3],
    ['bytes', 100],
  ] as const)('of %s is exhausted by more than its limit', async (resource, limit) => {
    const spend = (amount: number) =>
      withBudget(LIMITS, undefined, 'the work', async (budget) => budget.charge(resource, amount));
    await spend(limit);
    expect(await rejection(spend(limit + 1))).toMatchObject({
      code: 'ERR_BUDGET_EXCEEDED',
      message: `the work exceeds its limit of ${limit} ${resource} (limits.${resource})`,
    });
  });

  it('fails even if a step took the refusal for a result', async () => {
    const work = withBudget(LIMITS, undefined, 'the work', async (budget) => {
      budget.charge('requests', 4);
      return 'good';
    });
    expect(await rejection(work)).toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
  });

  it('does not count the time of untimed work', async () => {
    const value = await withBudget({ ...LIMITS, time: 30 }, undefined, 'the work', (budget) =>
      budget.untimed(() => new Promise((resolve) => setTimeout(() => resolve('read'), 60))),
    );
    expect(value).toBe('read');
  });

  it('counts the time after untimed work', async () => {
    const work = withBudget({ ...LIMITS, time: 10 }, undefined, 'the work', async (budget) => {
      await budget.untimed(async () => undefined);
      await never;
    });
    expect(await rejection(work)).toMatchObject({ code: 'ERR_TIMEOUT' });
  });
});

describe('a budget of values', () => {
  it('does not count the time that the caller takes for a value', async () => {
    const values = yieldWithBudget({ ...LIMITS, time: 30 }, undefined, 'the list', async function* () {
      yield* [1, 2];
    });
    const taken: number[] = [];
    for await (const value of values) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      taken.push(value);
    }
    expect(taken).toEqual([1, 2]);
  });

  it('ends a source that ignores the signal at its deadline, and names the limit', async () => {
    const values = yieldWithBudget({ ...LIMITS, time: 10 }, undefined, 'the list', async function* () {
      yield await never;
    });
    expect(await rejection(values.next())).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the list did not end before the limit of 10 ms for the list (limits.time)',
    });
  });

  it('yields no value beyond what it may cost', async () => {
    const values = yieldWithBudget(LIMITS, undefined, 'the list', async function* (budget) {
      for (let i = 1; ; i++) {
        budget.charge('requests', 1);
        yield i;
      }
    });
    const taken: number[] = [];
    const all = (async () => {
      for await (const value of values) taken.push(value);
    })();
    expect(await rejection(all)).toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
    expect(taken).toEqual([1, 2, 3]);
  });

  it('ends when the caller aborts it', async () => {
    const controller = new AbortController();
    const values = yieldWithBudget(LIMITS, controller.signal, 'the list', async function* () {
      yield await never;
    });
    const next = values.next();
    controller.abort();
    expect(await rejection(next)).toMatchObject({ code: 'ERR_ABORTED', message: 'the list was aborted' });
  });

  it('closes its source when the caller takes no further value', async () => {
    let closed = false;
    const values = yieldWithBudget(LIMITS, undefined, 'the list', async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        closed = true;
      }
    });
    for await (const _ of values) break;
    expect(closed).toBe(true);
  });
});

describe('a transport', () => {
  it('charges a request for each redirect and each repetition', async () => {
    let sent = 0;
    const follow: TransportPolicy['follow'] = async (first, _, hop) => ({
      ...first,
      response: await hop(new URL('/next', first.url)),
    });
    const repeat: TransportPolicy['repeat'] = async (attempt) => {
      await attempt(0);
      return attempt(1);
    };
    const fetch = async () => {
      sent += 1;
      return new Response();
    };
    const work = withBudget(LIMITS, undefined, 'the work', (budget) =>
      request(budget, { fetch, follow, repeat }),
    );
    expect(await rejection(work)).toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
    expect(sent).toBe(3);
  });

  it('charges bytes as they arrive', async () => {
    let pulled = 0;
    const body = () =>
      new ReadableStream({
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(40));
        },
      });
    const work = withBudget(LIMITS, undefined, 'the work', (budget) =>
      request(budget, { fetch: async () => new Response(body()) }, 1_000_000),
    );
    expect(await rejection(work)).toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
    expect(pulled).toBeLessThan(6);
  });

  it('charges the bytes of a body that it has to decode', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const fetch = async () => new Response(gzipSync('x'.repeat(101)), { headers });
    const work = withBudget(LIMITS, undefined, 'the work', (budget) => request(budget, { fetch }));
    expect(await rejection(work)).toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
  });

  it('charges the bytes of failures', async () => {
    const fetch = async () => new Response('x'.repeat(101), { status: 500 });
    const work = withBudget(LIMITS, undefined, 'the work', (budget) => request(budget, { fetch }));
    expect(await rejection(work)).toMatchObject({ code: 'ERR_BUDGET_EXCEEDED' });
  });
});

describe('limits', () => {
  const read = (...given: unknown[]) => readLimits<OperationLimits>(LIMITS, ...(given as OperationLimits[]));

  it('are those given last, and the defaults for the others', () => {
    expect(read({ time: 5, bytes: 7 }, undefined, { time: 6, bytes: undefined })).toEqual({
      time: 6,
      requests: 3,
      bytes: 7,
    });
  });

  it.each([
    [5, 'limits must be an object'],
    [null, 'limits must be an object'],
    [{ timeout: 5 }, 'limits must have no members but time, requests, bytes'],
    [{ requests: 0 }, 'limits.requests must be a positive integer'],
    [{ requests: '5' }, 'limits.requests must be a positive integer'],
    [{ bytes: Number.NaN }, 'limits.bytes must be a positive integer'],
    [{ time: 0 }, 'limits.time must be a number of milliseconds'],
    [{ time: '5' }, 'limits.time must be a number of milliseconds'],
  ])('are not %j', (given, message) => {
    expect(() => read(given)).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID', message: expect.stringContaining(message) }),
    );
    expect(() => read(given)).toThrow(NotationError);
  });
});
