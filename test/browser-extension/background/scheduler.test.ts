import { describe, expect, it } from 'vitest';
import type { EvaluateOptions } from '../../../examples/browser-extension/src/background/evaluator.ts';
import {
  AT_ONCE,
  PAGES_ALLOWANCE,
  Scheduler,
} from '../../../examples/browser-extension/src/background/scheduler.ts';
import {
  SessionState,
  type TabRecord,
} from '../../../examples/browser-extension/src/background/session-state.ts';
import type { ImageDetails, ImageState } from '../../../examples/browser-extension/src/state.ts';
import { createFakeArea } from '../support/fake-browser.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

/** Evaluations that end when a test says so. */
class Evaluations {
  readonly begun: { image: string; options: EvaluateOptions; end: (change?: Partial<ImageState>) => void }[] =
    [];

  evaluate = (image: string, options: EvaluateOptions): Promise<ImageDetails> =>
    new Promise((resolve, reject) => {
      options.signal.addEventListener('abort', () => reject(options.signal.reason));
      this.begun.push({ image, options, end: (change) => resolve(detailsOf(image, change)) });
    });

  get images(): string[] {
    return this.begun.map(({ image }) => image);
  }

  async end(image: string, change?: Partial<ImageState>): Promise<void> {
    this.begun.findLast((one) => one.image === image)?.end(change);
    await settle();
  }
}

function detailsOf(image: string, change: Partial<ImageState> = {}): ImageDetails {
  const evaluatedAt = new Date(START).toISOString();
  const state: ImageState = {
    kind: 'trusted',
    evaluatedAt,
    reasons: [],
    needs: [],
    retryable: false,
    ...change,
  };
  return { image, state, signatures: [] };
}

/** Lets everything run that waits for nothing else. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function tab(change: Partial<TabRecord>): TabRecord {
  const page = { pattern: 'https://quay.io/*', kind: 'quay' } as const;
  return { url: 'https://quay.io/', page, images: [], omitted: 0, visible: [], requested: [], ...change };
}

/** A worker over a session, as the browser starts it. */
async function startWorker(area = createFakeArea()) {
  const state = new SessionState(area);
  await state.load();
  const work = new Evaluations();
  const clock = { now: START };
  const idle: boolean[] = [];
  const scheduler = new Scheduler({
    state,
    evaluate: work.evaluate,
    changed: () => {},
    idle: (one) => idle.push(one),
    now: () => clock.now,
  });
  return { area, state, work, scheduler, clock, idle };
}

const images = (count: number) => Array.from({ length: count }, (_, index) => `quay.io/acme/app:v${index}`);

describe('the images in view', () => {
  it('are evaluated a few at a time, the one of the address first', async () => {
    const { state, work, scheduler } = await startWorker();
    const [address, ...visible] = images(10);
    await state.setTab(1, tab({ address, visible }));
    scheduler.run();
    expect(work.images).toEqual([address, ...visible.slice(0, AT_ONCE - 1)]);
    expect(scheduler.progressOf('quay.io/acme/app:v9')).toBe('waiting');
    await work.end('quay.io/acme/app:v0');
    expect(work.images).toHaveLength(AT_ONCE + 1);
    expect(scheduler.progressOf('quay.io/acme/app:v0')).toBe('done');
  });

  it('are evaluated once, however many tabs and places show them', async () => {
    const { state, work, scheduler } = await startWorker();
    const [image = ''] = images(1);
    await state.setTab(1, tab({ address: image, visible: [image] }));
    await state.setTab(2, tab({ visible: [image] }));
    scheduler.run();
    await work.end(image);
    scheduler.run();
    expect(work.images).toEqual([image]);
  });

  it('are the only ones: what was only seen on the page is not requested', async () => {
    const { state, work, scheduler } = await startWorker();
    await state.setTab(1, tab({ images: images(100) }));
    scheduler.run();
    expect(work.images).toEqual([]);
    expect(scheduler.progressOf('quay.io/acme/app:v5')).toBe('not-requested');
  });

  it('are given up when they leave the view, or when the tab is closed', async () => {
    const { state, work, scheduler } = await startWorker();
    await state.setTab(1, tab({ visible: images(10) }));
    scheduler.run();
    await state.setTab(1, tab({ visible: images(10).slice(4) }));
    scheduler.run();
    expect(work.begun.map(({ options }) => options.signal.aborted)).toEqual([true, true, true, true]);
    await settle();
    expect(work.images.slice(AT_ONCE)).toEqual(images(10).slice(4, 8));
    await state.deleteTab(1);
    scheduler.run();
    await settle();
    expect(work.begun.every(({ options }) => options.signal.aborted)).toBe(true);
    expect(work.images).toHaveLength(2 * AT_ONCE);
    expect(scheduler.progressOf('quay.io/acme/app:v4')).toBe('not-requested');
  });
});

describe('a page that names other images all the time', () => {
  it('has some of them evaluated, and then one now and then', async () => {
    const { state, work, scheduler, clock } = await startWorker();
    const { burst, interval } = PAGES_ALLOWANCE;
    const all = images(burst + 10);
    const endAll = async () => {
      for (let done = 0; done < work.begun.length; done++) await work.end(work.images[done] ?? '');
    };
    await state.setTab(1, tab({ visible: all }));
    scheduler.run();
    await endAll();
    expect(work.images).toHaveLength(burst);
    expect(scheduler.progressOf(all.at(-1) ?? '')).toBe('waiting');
    clock.now += 3 * interval;
    scheduler.run();
    await endAll();
    expect(work.images).toHaveLength(burst + 3);
    await state.deleteTab(1);
    scheduler.run();
  });

  it('does not keep the user from having one evaluated', async () => {
    const { state, work, scheduler } = await startWorker();
    const { burst } = PAGES_ALLOWANCE;
    await state.setTab(1, tab({ visible: images(burst + 10) }));
    scheduler.run();
    for (let done = 0; done < burst; done++) await work.end(work.images[done] ?? '');
    const wanted = `quay.io/acme/app:v${burst + 9}`;
    await state.setTab(1, tab({ visible: [], requested: [wanted] }));
    scheduler.run();
    expect(work.images.at(-1)).toBe(wanted);
  });
});

describe('a worker that is stopped in the middle', () => {
  it('goes on where it was when it starts again', async () => {
    const first = await startWorker();
    await first.state.setTab(1, tab({ visible: images(6) }));
    first.scheduler.run();
    await first.work.end('quay.io/acme/app:v1');
    // The browser stops it here: four evaluations are lost.
    const second = await startWorker(first.area);
    second.scheduler.run();
    expect(second.work.images).toEqual([0, 2, 3, 4].map((number) => `quay.io/acme/app:v${number}`));
    for (const image of images(6)) await second.work.end(image);
    expect(second.scheduler.progressOf('quay.io/acme/app:v5')).toBe('done');
    expect(second.idle.at(-1)).toBe(true);
  });

  it('has an alarm as long as there is work', async () => {
    const { state, work, scheduler, idle } = await startWorker();
    await state.setTab(1, tab({ visible: images(1) }));
    scheduler.run();
    expect(idle).toEqual([false]);
    await work.end('quay.io/acme/app:v0');
    expect(idle.at(-1)).toBe(true);
  });
});

describe('a state', () => {
  it('is looked up again after five minutes, but not before', async () => {
    const { state, work, scheduler, clock } = await startWorker();
    const [image = ''] = images(1);
    await state.setTab(1, tab({ visible: [image] }));
    await state.setDetails(detailsOf(image));
    clock.now = START + 299_999;
    scheduler.run();
    expect(work.images).toEqual([]);
    clock.now = START + 300_000;
    scheduler.run();
    expect(work.images).toEqual([image]);
  });

  it.each([
    ['that a retry may change is looked up again after half a minute', { retryable: true }, 30_000],
    [
      'is not shown beyond the time until which the verdict holds',
      { validUntil: new Date(START + 5000).toISOString() },
      5000,
    ],
  ])('%s', async (_, change, age) => {
    const { state, work, scheduler, clock } = await startWorker();
    const [image = ''] = images(1);
    await state.setTab(1, tab({ visible: [image] }));
    await state.setDetails(detailsOf(image, change));
    clock.now = START + age - 1;
    scheduler.run();
    expect(work.images).toEqual([]);
    clock.now = START + age;
    scheduler.run();
    expect(work.images).toEqual([image]);
  });

  it('is determined anew at the request of the user, once and before all others', async () => {
    const { state, work, scheduler } = await startWorker();
    const [wanted = '', ...others] = images(6);
    await state.setDetails(detailsOf(wanted));
    await state.setTab(1, tab({ visible: [...others, wanted], requested: [wanted] }));
    scheduler.run();
    expect(work.begun[0]).toMatchObject({ image: wanted, options: { fresh: true } });
    expect(work.begun[1]).toMatchObject({ options: { fresh: false } });
    await work.end(wanted);
    expect(state.tabs.get(1)?.requested).toEqual([]);
    expect(scheduler.progressOf(wanted)).toBe('done');
  });

  it('is not stored if the settings changed while it was determined', async () => {
    const { state, work, scheduler } = await startWorker();
    await state.setTab(1, tab({ visible: images(1) }));
    scheduler.run();
    scheduler.restart();
    await settle();
    expect(state.detailsOf('quay.io/acme/app:v0')).toBeUndefined();
    expect(work.images).toHaveLength(2);
  });

  it('is kept for the 500 images that were evaluated last', async () => {
    const { state, area } = await startWorker();
    for (const image of images(501)) await state.setDetails(detailsOf(image));
    expect(state.detailsOf('quay.io/acme/app:v0')).toBeUndefined();
    expect(state.detailsOf('quay.io/acme/app:v1')).toBeDefined();
    expect(Object.keys(area.items)).toHaveLength(500);
  });
});
