import { broken } from './archive.ts';

/** Bytes that come in chunks, taken in other pieces. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** So many bytes in one piece. @throws NotationError `ERR_PLUGIN_INVALID` where there are fewer */
  async take(length: number): Promise<Uint8Array> {
    const piece = new Uint8Array(length);
    let filled = 0;
    for await (const chunk of this.stream(length)) {
      piece.set(chunk, filled);
      filled += chunk.length;
    }
    return piece;
  }

  /** So many bytes as they come; iterated again, it goes on where it was left. */
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

  /** Reads to the end, so that a checksum there is looked at. */
  async drain(): Promise<void> {
    while (!(await this.#chunks.next()).done);
  }

  /** Some bytes, at most so many. */
  async #next(most: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) throw broken('it ends too early');
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}
