import { limitExceeded } from './key-errors.ts';

/** Honest producers use at most a tenth of this, which takes some seconds. */
const MAX_ITERATIONS = 10_000_000;

/** Limits the total cost of deriving the keys of one file: a file may contain many, each with a cost of its own. */
export class KeyDerivationBudget {
  #left = MAX_ITERATIONS;

  /**
   * @param most - The most iterations for one key.
   * @throws NotationError `ERR_LIMIT_EXCEEDED`
   */
  spend(iterations: number, most = MAX_ITERATIONS): void {
    if (!(iterations > 0 && iterations <= most)) {
      throw limitExceeded(`a key is derived in ${iterations} iterations: 1 to ${most} are allowed`);
    }
    this.#left -= iterations;
    if (this.#left < 0)
      throw limitExceeded(`keys are derived in more than ${MAX_ITERATIONS} iterations together`);
  }
}
