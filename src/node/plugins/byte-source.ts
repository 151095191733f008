import { archiveInvalid } from './archive.ts';

/** Reads bytes that come in chunks in pieces of other lengths. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Returns bytes in one piece. @throws NotationError `ERR_PLUGIN_INVALID` if there are fewer */
  async take(length: number): Promise<Uint8Array> {
    const piece = new Uint8Array(length);
    let filled = 0;
    for await (const chunk of this.stream(length)) {
      piece.set(chunk, filled);
      filled += chunk.length;
    }
    return piece;
  }

  /** Returns bytes as they come. Iterated again, it continues where it stopped. */
  stream(length: number): AsyncIterable<Uint8Array> {
    let left = length;
    const next = async (): Promise<IteratorResult<Uint8Array>> => {
      if (left === 0) return { done: true, value: undefined };
      const piece = await this.#next(left);
      left -= piece.length;
      return { done: false, value: piece };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  /** Reads to the end, so that a checksum there is checked. */
  async drain(): Promise<void> {
    while (!(await this.#chunks.next()).done);
  }

  /** Returns at least one byte. */
  async #next(max: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) throw archiveInvalid('it ends too early');
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, max);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}
