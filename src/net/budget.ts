import { NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { abortError, checkTimeout, onAbort, TimeUsedUp, throwIfAborted, untilAborted } from './abort.ts';

/** The limits of a whole operation. What others send cannot make it exceed them. */
export interface OperationLimits {
  /** Milliseconds. The time in which a blob of the caller's is read does not count. */
  time?: number | undefined;
  /** HTTP requests, each redirect and each repetition counted. */
  requests?: number | undefined;
  /** Bytes that are received from the network, or read from an image layout or a registry in memory. */
  bytes?: number | undefined;
}

/** Limits with no member left out. */
export type Complete<T> = { readonly [Key in keyof T]-?: Exclude<T[Key], undefined> };

/** The limits of an operation, unless the caller sets others or it has defaults of its own. */
export const OPERATION_LIMITS: Complete<OperationLimits> = {
  time: 60_000,
  requests: 1000,
  bytes: 128 * 1024 * 1024,
};

/** The resources that are counted. */
export type Resource = 'requests' | 'bytes';

/**
 * Counts what an operation uses. Pass it on together with the signal of the operation: the signal is aborted as soon as a
 * limit is exceeded. An implementation of your own may charge what it uses itself, or ignore it.
 */
export interface Budget {
  /** Charges an amount. It never throws. */
  charge(resource: Resource, amount: number): void;
}

/**
 * The budget of one operation. When a limit is exceeded its signal is aborted, which no step of the operation may take for
 * a result of its own.
 */
export class OperationBudget implements Budget {
  readonly #controller = new AbortController();
  readonly #limits: Complete<OperationLimits>;
  readonly #what: string;
  readonly #used = { requests: 0, bytes: 0 };
  #timeLeft: number;
  #begun = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #aborted: (() => void) | undefined;

  /** @param what - The operation, for errors. */
  constructor(limits: Complete<OperationLimits>, what: string) {
    this.#limits = limits;
    this.#what = what;
    this.#timeLeft = limits.time;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  charge(resource: Resource, amount: number): void {
    this.#used[resource] += amount;
    const limit = this.#limits[resource];
    if (this.#used[resource] <= limit) return;
    const message = `${this.#what} exceeds its limit of ${limit} ${resource} (limits.${resource})`;
    this.abort(new NotationError('ERR_BUDGET_EXCEEDED', message));
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
    this.#aborted?.();
  }

  /** Resolves after an abort: unlike a listener of the signal, this costs nothing. */
  untilAborted(): Promise<void> {
    return new Promise((resolve) => {
      this.#aborted = resolve;
    });
  }

  /** Lets the time run. */
  start(): void {
    if (this.signal.aborted) return;
    // Not by `performance`, whose first use makes Node load a module.
    this.#begun = Date.now();
    this.#timer = setTimeout(() => this.#useUp(), this.#timeLeft);
  }

  #useUp(): void {
    const message = `the limit of ${this.#limits.time} ms for ${this.#what} (limits.time)`;
    this.abort(new TimeUsedUp(message));
  }

  /** Stops the time. */
  stop(): void {
    clearTimeout(this.#timer);
    // The clock of the machine may be set back meanwhile.
    const used = Math.max(0, Date.now() - this.#begun);
    this.#timeLeft = Math.max(1, this.#timeLeft - used);
  }

  /** Does work whose time does not count, because it depends on the caller alone. No other work may run meanwhile. */
  async untimed<T>(work: () => Promise<T>): Promise<T> {
    this.stop();
    try {
      return await work();
    } finally {
      this.start();
    }
  }
}

/**
 * Does work within limits.
 *
 * @param signal - Stops the work early.
 * @param what - The operation, for errors.
 * @param work - Gets the budget, whose signal is aborted when a limit is exceeded or `signal` is aborted.
 * @throws NotationError `ERR_TIMEOUT`, `ERR_BUDGET_EXCEEDED`, `ERR_ABORTED`, whatever the work made of the aborted signal;
 * and what the work throws
 */
export async function withBudget<T>(
  limits: Complete<OperationLimits>,
  signal: AbortSignal | undefined,
  what: string,
  work: (budget: OperationBudget) => Promise<T>,
): Promise<T> {
  const { budget, end } = beginBudget(limits, signal, what);
  budget.start();
  try {
    const result = await Promise.race([work(budget), afterAbort(budget, what)]);
    // A step of the caller's own may have gone on without what it was refused.
    throwIfAborted(budget.signal, what);
    return result;
  } finally {
    end();
  }
}

/**
 * Yields values within limits. The time that the caller takes for a value does not count.
 * @throws NotationError As {@link withBudget} does
 */
export async function* yieldWithBudget<T>(
  limits: Complete<OperationLimits>,
  signal: AbortSignal | undefined,
  what: string,
  values: (budget: OperationBudget) => AsyncGenerator<T, void>,
): AsyncGenerator<T, void, undefined> {
  const { budget, end } = beginBudget(limits, signal, what);
  const source = values(budget);
  try {
    for (;;) {
      budget.start();
      const next = await untilAborted(source.next(), budget.signal, what);
      budget.stop();
      throwIfAborted(budget.signal, what);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    end();
    // Not awaited: a source that hangs ends only after its current step.
    void source.return();
  }
}

/** Begins a budget, which `signal` aborts, too, until it is ended. */
function beginBudget(limits: Complete<OperationLimits>, signal: AbortSignal | undefined, what: string) {
  throwIfAborted(signal, what);
  const budget = new OperationBudget(limits, what);
  const release = signal && onAbort(signal, () => budget.abort(signal.reason));
  return {
    budget,
    end() {
      budget.stop();
      release?.();
    },
  };
}

/** Rejects after an abort, but not before steps that notice it can say what they were waiting for. */
async function afterAbort(budget: OperationBudget, what: string): Promise<never> {
  await budget.untilAborted();
  await new Promise((resolve) => setTimeout(resolve));
  throw abortError(budget.signal, what);
}

/**
 * Checks limits and completes them.
 * @param defaults - All limits that the operation knows.
 * @param given - Those of the caller; of several, the last one decides.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readLimits<T extends object>(
  defaults: Complete<T>,
  ...given: (Partial<T> | undefined)[]
): Complete<T> {
  const limits: Record<string, unknown> = { ...defaults };
  for (const one of given) {
    if (one === undefined) continue;
    if (typeof one !== 'object' || one === null) throw argumentInvalid('limits must be an object');
    for (const [name, value] of Object.entries(one)) {
      if (!Object.hasOwn(defaults, name)) {
        throw argumentInvalid(`limits must have no members but ${Object.keys(defaults).join(', ')}`);
      }
      if (value !== undefined) limits[name] = readLimit(name, value);
    }
  }
  return limits as Complete<T>;
}

function readLimit(name: string, value: unknown): number {
  if (name === 'time') checkTimeout(value, 'limits.time');
  else if (!Number.isSafeInteger(value) || Number(value) < 1) {
    throw argumentInvalid(`limits.${name} must be a positive integer`);
  }
  return Number(value);
}
