import type { ImageDetails } from '../state.ts';
import { Allowance } from './allowance.ts';
import { detailsOf } from './details-of.ts';
import type { Evaluate, EvaluateOptions } from './evaluator.ts';
import type { SessionState } from './session-state.ts';

/** How many images are evaluated at a time. */
export const AT_ONCE = 4;
/** The images that pages may have evaluated: as many as a few long pages show, then two a second. */
export const PAGES_ALLOWANCE = { burst: 400, interval: 500 };
/** Milliseconds for which the state of an image is shown without being looked up again. */
const STATE_AGE = 5 * 60_000;
const RETRYABLE_AGE = 30_000;

export interface SchedulerOptions {
  state: SessionState;
  evaluate: Evaluate;
  /** Called when an image gets a state, and when its evaluation begins. */
  changed: (image: string) => void;
  /** Called when all is done, and when there is something to do again. */
  idle: (idle: boolean) => void;
  now?: (() => number) | undefined;
}

/**
 * Evaluates the images that someone sees and whose state is not known, a few at a time. There is no list of work that could be
 * lost: what is left to do follows from the tabs and the states, which survive the worker.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #now: () => number;
  readonly #running = new Map<string, AbortController>();
  readonly #allowance = new Allowance(PAGES_ALLOWANCE);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Starts what can be started, and stops what nobody wants any more. */
  run(): void {
    const wanted = this.#wanted();
    for (const [image, controller] of this.#running) {
      if (!wanted.has(image)) controller.abort();
    }
    for (const [image, fresh] of wanted) {
      if (this.#running.size >= AT_ONCE) break;
      if (this.#running.has(image)) continue;
      // What the user wants is not what a page wants.
      if (fresh || this.#allowance.take(this.#now())) void this.#evaluate(image, fresh);
      else this.#runLater();
    }
    this.#options.idle(wanted.size === 0 && this.#running.size === 0);
  }

  /** Stops everything: the settings have changed. */
  restart(): void {
    for (const controller of this.#running.values()) controller.abort();
    this.run();
  }

  progressOf(image: string): 'waiting' | 'evaluating' | 'done' | 'not-requested' {
    if (this.#running.has(image)) return 'evaluating';
    if (this.#wanted().has(image)) return 'waiting';
    return this.#options.state.detailsOf(image) ? 'done' : 'not-requested';
  }

  /** The images to evaluate, the most urgent first, and whether known verdicts do not count. */
  #wanted(): Map<string, boolean> {
    const tabs = [...this.#options.state.tabs.values()];
    const requested = tabs.flatMap(({ requested }) => requested);
    const addresses = tabs.flatMap(({ address }) => (address === undefined ? [] : [address]));
    const visible = tabs.flatMap(({ visible }) => visible);
    const seen = [...addresses, ...visible].filter((image) => !this.#isCurrent(image));
    return new Map([
      ...requested.map((image) => [image, true] as const),
      ...seen.filter((image) => !requested.includes(image)).map((image) => [image, false] as const),
    ]);
  }

  #runLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.run();
    }, PAGES_ALLOWANCE.interval);
  }

  #isCurrent(image: string): boolean {
    const details = this.#options.state.detailsOf(image);
    if (!details) return false;
    const { evaluatedAt, validUntil, retryable } = details.state;
    const now = this.#now();
    const age = now - Date.parse(evaluatedAt);
    return age < (retryable ? RETRYABLE_AGE : STATE_AGE) && !(Date.parse(validUntil ?? '') <= now);
  }

  async #evaluate(image: string, fresh: boolean): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    this.#running.set(image, controller);
    this.#options.changed(image);
    try {
      const details = await this.#detailsOf(image, { fresh, signal });
      if (!signal.aborted) await this.#finish(details);
    } finally {
      this.#running.delete(image);
      this.#options.changed(image);
      this.run();
    }
  }

  /** Whatever fails is a state: otherwise the image would be evaluated again at once. */
  async #detailsOf(image: string, options: EvaluateOptions): Promise<ImageDetails> {
    try {
      return await this.#options.evaluate(image, options);
    } catch (error) {
      return detailsOf(error, { image, now: new Date(this.#now()), needs: [] });
    }
  }

  async #finish(details: ImageDetails): Promise<void> {
    const { state } = this.#options;
    for (const [tabId, tab] of state.tabs) {
      if (!tab.requested.includes(details.image)) continue;
      const requested = tab.requested.filter((image) => image !== details.image);
      await state.setTab(tabId, { ...tab, requested });
    }
    await state.setDetails(details);
  }
}
