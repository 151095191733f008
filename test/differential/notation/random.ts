/** Random choices that follow from a seed alone (SplitMix32), so that any case of a run can be made again. */
export class Random {
  #state: number;

  constructor(...seed: readonly number[]) {
    this.#state = 0;
    for (const part of seed) this.#state = (this.#state ^ part ^ this.below(2 ** 32)) >>> 0;
  }

  /** An integer of 0 and more, less than the limit. */
  below(limit: number): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let bits = this.#state ^ (this.#state >>> 16);
    bits = Math.imul(bits, 0x21f0aaad);
    bits ^= bits >>> 15;
    bits = Math.imul(bits, 0x735a2d97);
    return ((bits ^ (bits >>> 15)) >>> 0) % limit;
  }

  /** Reports true so many times out of a hundred. */
  percent(chance: number): boolean {
    return this.below(100) < chance;
  }

  pick<T>(list: readonly T[]): T {
    const index = this.below(list.length);
    return list[index] as T;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}
