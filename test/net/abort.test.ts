import { describe, expect, it } from 'vitest';
import { NotationError } from '../../src/errors/index.ts';
import {
  checkTimeout,
  joinSignals,
  LazySignal,
  onAbort,
  pause,
  rethrowIfAborted,
  throwIfAborted,
  untilAborted,
  withDeadline,
} from '../../src/net/abort.ts';
import { failure } from '../oci/support.ts';

/** The reason with which AbortSignal.timeout aborts. */
const timeUp = () => new DOMException('The operation was aborted due to timeout', 'TimeoutError');
const never = new Promise<never>(() => undefined);

function thrown(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('throwIfAborted', () => {
  it('does nothing without a signal, or with one that is not aborted', () => {
    expect(thrown(() => throwIfAborted(undefined))).toBeUndefined();
    expect(thrown(() => throwIfAborted(new AbortController().signal))).toBeUndefined();
  });

  it('reports a cancellation as such, with its reason as the cause', () => {
    expect(thrown(() => throwIfAborted(AbortSignal.abort('enough'), 'the copy'))).toMatchObject({
      code: 'ERR_ABORTED',
      message: 'the copy was aborted',
      cause: 'enough',
    });
  });

  it('reports a deadline as a timeout', () => {
    const reason = timeUp();
    expect(thrown(() => throwIfAborted(AbortSignal.abort(reason), 'the copy'))).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the copy did not end before the deadline of the signal',
      cause: reason,
    });
  });

  it('throws a NotationError that is the reason of the signal', () => {
    const reason = new NotationError('ERR_NOT_FOUND', 'gone');
    expect(thrown(() => throwIfAborted(AbortSignal.abort(reason)))).toBe(reason);
  });
});

describe('untilAborted', () => {
  it('returns the result of the work', async () => {
    expect(await untilAborted(Promise.resolve(1), new AbortController().signal, 'the work')).toBe(1);
  });

  it('names the work that a signal of AbortSignal.timeout stops', async () => {
    expect(await failure(untilAborted(never, AbortSignal.timeout(1), 'the work'))).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the work did not end before the deadline of the signal',
    });
  });

  it('rejects at once for a signal that is aborted already', async () => {
    expect(await failure(untilAborted(never, AbortSignal.abort(), 'the work'))).toMatchObject({
      code: 'ERR_ABORTED',
      message: 'the work was aborted',
    });
  });

  it('stops every piece of work that waits with the same signal', async () => {
    const controller = new AbortController();
    const names = ['the first', 'the second', 'the third'];
    const works = names.map((name) => failure(untilAborted(never, controller.signal, name)));
    controller.abort();
    expect((await Promise.all(works)).map(({ message }) => message)).toEqual(
      names.map((name) => `${name} was aborted`),
    );
  });

  it('still hears the signal after another piece of work has ended', async () => {
    const controller = new AbortController();
    await untilAborted(Promise.resolve(), controller.signal, 'the first');
    const second = failure(untilAborted(never, controller.signal, 'the second'));
    controller.abort();
    expect((await second).message).toBe('the second was aborted');
  });
});

describe('withDeadline', () => {
  it('names the work and the time limit', async () => {
    expect(await failure(withDeadline(1, undefined, 'the work', () => never))).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the work took longer than 1 ms',
    });
  });

  it('distinguishes the deadline of the signal from its own time limit', async () => {
    const work = withDeadline(60_000, AbortSignal.timeout(1), 'the work', () => never);
    expect(await failure(work)).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the work did not end before the deadline of the signal',
    });
  });

  it('does not begin work for a signal that is aborted', async () => {
    let begun = false;
    const work = withDeadline(60_000, AbortSignal.abort(), 'the work', async () => {
      begun = true;
    });
    expect(await failure(work)).toMatchObject({ code: 'ERR_ABORTED', message: 'the work was aborted' });
    expect(begun).toBe(false);
  });
});

describe('LazySignal', () => {
  it.each(['before', 'after'])('aborts an AbortSignal that is read %s the abort', (when) => {
    const lazy = new LazySignal();
    const early = when === 'before' ? lazy.signal : undefined;
    lazy.abort('enough');
    const signal = early ?? lazy.signal;
    expect([signal.aborted, signal.reason]).toEqual([true, 'enough']);
    expect(lazy.signal).toBe(signal);
  });

  it('calls the listeners once that were not removed, and later ones at once', () => {
    const lazy = new LazySignal();
    const called: string[] = [];
    onAbort(lazy, () => called.push('kept'));
    onAbort(lazy, () => called.push('removed'))();
    lazy.abort('first');
    lazy.abort('second');
    onAbort(lazy, () => called.push('late'));
    expect(called).toEqual(['kept', 'late']);
    expect(lazy.reason).toBe('first');
  });
});

describe('joinSignals', () => {
  it.each([0, 1])('is aborted with the reason of either signal: %d', (which) => {
    const controllers = [new AbortController(), new AbortController()] as const;
    const { signal } = joinSignals(controllers[0].signal, controllers[1].signal);
    const reason = timeUp();
    controllers[which]?.abort(reason);
    expect(signal?.reason).toBe(reason);
  });

  it('does not hear the signals any more once it is released', () => {
    const controller = new AbortController();
    const { signal, release } = joinSignals(controller.signal, new AbortController().signal);
    release();
    controller.abort();
    expect(signal?.aborted).toBe(false);
  });
});

describe('rethrowIfAborted', () => {
  it('does nothing unless the signal is aborted', () => {
    const error = new NotationError('ERR_ABORTED', 'the work was aborted');
    expect(thrown(() => rethrowIfAborted(error, new AbortController().signal))).toBeUndefined();
  });

  it('throws the failure that the signal caused, which names the work', async () => {
    const signal = AbortSignal.abort(timeUp());
    const error = await failure(untilAborted(never, signal, 'the work'));
    expect(thrown(() => rethrowIfAborted(error, signal))).toBe(error);
  });

  it('does not throw another failure in place of the abort', () => {
    const error = new NotationError('ERR_NOT_FOUND', 'gone');
    expect(thrown(() => rethrowIfAborted(error, AbortSignal.abort()))).toMatchObject({
      code: 'ERR_ABORTED',
      message: 'the operation was aborted',
    });
  });
});

describe('pause', () => {
  it('ends early for a signal, with the name of the work', async () => {
    expect(await failure(pause(60_000, AbortSignal.timeout(1), 'the upload'))).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the upload did not end before the deadline of the signal',
    });
  });
});

describe('checkTimeout', () => {
  it.each([0, -1, Number.NaN, 2 ** 31, '5'])('rejects %s, which no timer can wait for', (timeout) => {
    expect(thrown(() => checkTimeout(timeout, 'patience'))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: 'patience must be a number of milliseconds above 0 and at most 2147483647',
    });
  });
});
