export interface AllowanceOptions {
  /** How much there is at first, and at most. */
  burst: number;
  /** Milliseconds after which there is one more. */
  interval: number;
}

/** How many images may be evaluated because a page shows them: a page that names others all the time must not use up a registry. */
export class Allowance {
  readonly #options: AllowanceOptions;
  #left: number;
  #since: number | undefined;

  constructor(options: AllowanceOptions) {
    this.#options = options;
    this.#left = options.burst;
  }

  /**
   * Takes one, if there is one.
   * @param now - Milliseconds since 1970.
   */
  take(now: number): boolean {
    const { burst, interval } = this.#options;
    const since = this.#since ?? now;
    // A clock that was set back must not take anything away.
    const more = Math.max(0, Math.floor((now - since) / interval));
    this.#left = Math.min(burst, this.#left + more);
    this.#since = this.#left === burst || now < since ? now : since + more * interval;
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}
